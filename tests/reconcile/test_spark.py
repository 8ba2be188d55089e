"""On Spark the outcome is that of DuckDB's engine, row for row, and nothing of a record stays behind.

One small Spark on this machine serves the module; it needs Java.
"""

import json
import os
import random
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amanah.demo import corridor as corridors
from amanah.reconcile import Known, ReconcileError, reconcile_files
from amanah.reconcile.known import DECISIONS
from amanah.reconcile.spark import run as on_spark
from amanah.reconcile.spark.session import SparkUnavailable, java_home, session
from benchmarks.linkage import registers
from benchmarks.linkage.generate import generator
from schemas.agreement import FOLDER, load
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

pytestmark = pytest.mark.slow

AGREEMENT = load(FOLDER / "idn-sau.yaml")
PLACEMENT = arrow_schema(STREAMS["placement"]).append(pa.field("first_known", pa.string()))
TERMS = {"stream": "placement", "agreement": AGREEMENT, "us": "IDN", "period": "2026-09"}


@pytest.fixture(scope="module")
def java():
    try:
        return java_home()
    except SparkUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def spark(java):
    # Small data: what pays off for a million records, compiling and planning anew, is left out.
    small = dict.fromkeys(("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"), "false")
    with session({"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", **small}) as started:
        yield started


@pytest.fixture
def same(spark, tmp_path):
    """A call that reconciles with both engines, insists on the same outcome, and gives it."""

    def reconciled(ours, theirs, **terms):
        paths = []
        for name, records in (("ours", ours), ("theirs", theirs)):
            paths.append(records if isinstance(records, Path) else tmp_path / f"{name}.parquet")
            if not isinstance(records, Path):
                pq.write_table(records, paths[-1])
        terms = {**TERMS, **terms}
        told = reconcile_files(*paths, tmp_path / "duckdb", **terms)
        assert on_spark.reconcile_files(*paths, tmp_path / "spark", **terms) == told
        for name in ("links.parquet", "discrepancies.parquet"):
            expected, found = (pq.read_table(tmp_path / engine / name) for engine in ("duckdb", "spark"))
            assert (found.column_names, found.schema.types) == (expected.column_names, expected.schema.types)
            in_order = [(column, "ascending") for column in expected.column_names]
            assert found.sort_by(in_order).to_pylist() == expected.sort_by(in_order).to_pylist()
            assert found.column(0).to_pylist() == expected.column(0).to_pylist()  # in the same order
        assert json.loads((tmp_path / "spark" / "summary.json").read_text()) == told
        assert sorted(path.name for path in (tmp_path / "spark").iterdir()) == [
            "discrepancies.parquet",
            "links.parquet",
            "summary.json",
        ]
        return told

    return reconciled


def corridor(folder, records, noise):
    """Our and their placements, our and their complaints, and the truth, as files."""
    made = corridors.generate(records=records, seed=11, noise=noise, agreement=AGREEMENT)
    corridors.write(made, folder / "corridor")
    names = ("ours", "theirs", "complaints_ours", "complaints_theirs", "truth")
    return [folder / "corridor" / f"{name}.parquet" for name in names]


def with_fewer_names(path):
    """The same file, with names that others bear too: people born in one year and month are called the same."""
    table = pq.read_table(path)
    births = table["birth_date"].to_pylist()
    names = [born and f"{'BCDFGHJKLMNP'[born.month - 1]}UDI SANTOSO{'AEIOU'[born.year % 5]}" for born in births]
    names = [
        name and f"{name} {'BDGKLMNPRSTW'[born.year % 12]}ARTONO" for name, born in zip(names, births, strict=True)
    ]
    pq.write_table(table.set_column(table.column_names.index("name_latin"), "name_latin", pa.array(names)), path)
    return path


def test_a_corridor_seen_from_the_other_side_with_the_links_of_an_earlier_run(same, tmp_path):
    ours, theirs, *_ = corridor(tmp_path, 600, "high")
    reconcile_files(theirs, ours, tmp_path / "before", **{**TERMS, "us": "SAU"})

    told = same(theirs, ours, us="SAU", known=Known(links=pq.read_table(tmp_path / "before" / "links.parquet")))

    assert told["linked"] > 450
    assert told["discrepancies"]["field"]


def test_registers_of_the_linkage_benchmark(same, tmp_path):
    paths = registers.write(generator("clerks", 3_000, 5), 3_000, tmp_path)

    told = same(*(with_fewer_names(paths[whose]) for whose in ("ours", "theirs")))

    assert told["linked"] > 2_000


def hostile(rng, party, group):
    """Records whose keys come from a handful of values: they repeat, cross and contradict each other all the time."""

    def maybe(*values):
        return rng.choice([None, None, *values])

    def number():
        value = maybe("K1", "k-1", "K2", "K3", "K4", "K5", "\u00a0K5", "straße", "STRASSE", "")
        return value and f"{group} {value}"

    for n in range(rng.randrange(9)):
        yield {
            "record_ref": rng.choice(["", " "]) + f"{party}-{group}-{n}",
            **{key: number() for key in ("contract_no", "passport_no", "visa_no", "residence_no")},
            "previous_passport_nos": rng.choice([None, [], [number(), f"{group}-K6"]]),
            "name_latin": maybe("SITI", "Siti binti Ahmad", "BUDI", "...", " DEWI SARTIKA\u00a0"),
            "birth_date": maybe(date(1990, 3, 4), date(1990, 4, 3), date(1991, 5, 6)),
            "wage_amount": maybe(Decimal(1500), Decimal("1500.5"), Decimal(1200)),
            "wage_currency": maybe("SAR", "USD"),
            "wage_period": maybe("month", "hijri_month", "week", "day"),
            "rest_days_per_week": maybe(0, 1),
            "employer_name": maybe("PT Sinar Jaya", "Sinar Jaya, P.T.", "Al-Noor Est.", "شركة النور"),
            "occupation_isco": maybe("5152", "5150", "9111"),
            "area": maybe("SA-01", "SA-02"),
            "passport_expires_on": maybe(date(2020, 1, 1), date(2030, 1, 1)),
            "visa_issued_on": maybe(date(2019, 1, 1), date(2025, 12, 1)),
            "contract_end": maybe(date(2022, 1, 1), date(2028, 1, 1)),
            "contract_start": maybe(date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 9), date(2024, 1, 1)),
            "stage": rng.choice(["requested", "departed", "arrived", "absconding_reported", "died"]),
            "stage_date": maybe(date(2026, 8, 1), date(2026, 9, 2)),
            "first_known": maybe("2026-05", "2026-08", "2026-09"),
        }


def test_hostile_tables_with_decisions_and_earlier_links(same):
    rng = random.Random(1)
    rows = {party: [row for n in range(250) for row in hostile(rng, party, f"G{n}")] for party in ("IDN", "SAU")}
    refs = {party: rng.sample([row["record_ref"].strip() for row in rows[party]], 90) for party in rows}
    pairs = [{"ours_ref": a, "theirs_ref": b} for a, b in zip(refs["IDN"], refs["SAU"], strict=True)]
    pairs.append({"ours_ref": "IDN-nobody", "theirs_ref": refs["SAU"][0]})
    decisions = [{**pair, "decision": rng.choice(["same", "other"])} for pair in pairs[:30]]
    earlier = [{**pair, "grade": "certain", "score": 1.0, "why": "same visa"} for pair in pairs[30:]]
    earlier += [{**earlier[n], "theirs_ref": rng.choice(refs["SAU"])} for n in range(10)]

    told = same(
        *(pa.Table.from_pylist(rows[party], PLACEMENT) for party in ("IDN", "SAU")),
        known=Known(pa.Table.from_pylist(decisions, DECISIONS), pa.Table.from_pylist(earlier)),
    )

    assert told["linked"] > 150
    assert {"field", "identity", "duplicate"} <= set(told["discrepancies"])


def test_a_side_without_a_record(same):
    told = same(pa.Table.from_pylist([{"record_ref": "A", "contract_no": "1"}], PLACEMENT), PLACEMENT.empty_table())

    assert told["linked"] == 0


def test_csv_files_with_few_columns(same, tmp_path):
    (tmp_path / "ours.csv").write_text("record_ref,contract_no,wage_amount\nA,C-1,1500\nB,C-2,1500\n")
    (tmp_path / "theirs.csv").write_text("record_ref,contract_no,wage_amount\nX,c1,1500\nY,c2,1200\nZ,,\n")

    told = same(tmp_path / "ours.csv", tmp_path / "theirs.csv")

    assert told["linked"] == 2
    assert told["alone"] == {"ours": 0, "theirs": 1}


def test_complaints(same, tmp_path):
    ours, theirs, our_complaints, their_complaints, _ = corridor(tmp_path, 600, "real")
    reconcile_files(ours, theirs, tmp_path / "placements", **TERMS)
    parents = pq.read_table(tmp_path / "placements" / "links.parquet")

    told = same(our_complaints, their_complaints, stream="complaint", parents=parents)

    assert told["linked"] > 0


def test_references_that_repeat_are_refused_as_ever(spark, tmp_path):
    paths = _written(tmp_path, *(pa.table({"record_ref": ["A", " A"], "contract_no": ["1", "2"]}) for _ in "ab"))

    with pytest.raises(ReconcileError, match="ours, placement: record_ref repeated 1 time"):
        on_spark.reconcile_files(*paths, tmp_path / "out", **TERMS)


def _written(folder, ours, theirs):
    paths = [folder / f"{name}-written.parquet" for name in ("ours", "theirs")]
    for path, table in zip(paths, (ours, theirs), strict=True):
        pq.write_table(table, path)
    return paths


def amanah(folder, *arguments, **environment):
    command = [
        Path(sys.executable).with_name("amanah"),
        "reconcile",
        *arguments,
        "--out",
        folder / "out",
        "--engine",
        "spark",
    ]
    (folder / "tmp").mkdir()
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_leaves_nothing_behind_but_the_outcome(java, tmp_path):
    rows = [{"record_ref": f"R{n}", "contract_no": f"C{n}", "name_latin": f"ZUBAIDAH {n}"} for n in range(20)]
    paths = _written(tmp_path, *(pa.Table.from_pylist(rows[which:], PLACEMENT) for which in (0, 2)))

    done = amanah(tmp_path, *paths, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["linked"] == 18
    assert "ZUBAIDAH" not in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"out", "tmp", *(path.name for path in paths)}


def test_without_java_the_command_says_what_to_do(tmp_path):
    paths = _written(tmp_path, *(pa.table({"record_ref": ["A"]}) for _ in "ab"))

    done = amanah(tmp_path, *paths, JAVA_HOME=str(tmp_path / "no-java"))

    assert done.returncode == 2
    assert "Spark needs Java 17 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_what_to_do(java, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)

    with pytest.raises(SparkUnavailable, match="not installed"), session():
        pass
