"""The bulk is dealt with apart, as numbers: nobody may see that in what comes out."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.reconcile import ReconcileError, read_table, reconcile, reconcile_files, settled
from schemas.agreement import FOLDER, load
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

AGREEMENT = load(FOLDER / "idn-sau.yaml")
SCHEMA = arrow_schema(STREAMS["placement"])
TERMS = {"stream": "placement", "agreement": AGREEMENT, "us": "IDN", "period": "2026-09"}

PERSON = {
    "contract_no": st.sampled_from([None, "C-1", "c1", "C-2", "C-3", "C-4", "\tC-4", "C-5 "]),
    "passport_no": st.sampled_from([None, "P1", "P2", "P3", "P4", "p 4"]),
    "visa_no": st.sampled_from([None, None, "V1", "V2"]),
    "previous_passport_nos": st.sampled_from([None, None, None, [], ["P1"], ["P9", "P4"]]),
    "name_latin": st.sampled_from([None, "SITI AMINAH", "BUDI", "DEWI SARTIKA"]),
    "birth_date": st.sampled_from([None, date(1990, 3, 4), date(1991, 5, 6)]),
    "passport_expires_on": st.sampled_from([None, date(2020, 1, 1), date(2030, 1, 1)]),
    "visa_issued_on": st.sampled_from([None, date(2019, 1, 1), date(2026, 1, 1)]),
    "contract_end": st.sampled_from([None, None, date(2022, 1, 1), date(2028, 1, 1)]),
    "contract_start": st.sampled_from([None, date(2024, 1, 1), date(2024, 2, 1), date(2026, 1, 1)]),
    "wage_amount": st.sampled_from([None, Decimal(1500), Decimal(1501)]),
    "wage_currency": st.sampled_from([None, "SAR", "USD"]),
    "wage_period": st.sampled_from([None, "month", "hijri_month", "week"]),
    "stage": st.sampled_from(["departed", "arrived"]),
}
CHANGE = st.dictionaries(st.sampled_from(list(PERSON)), st.none(), max_size=2).flatmap(
    lambda chosen: st.fixed_dictionaries({field: PERSON[field] for field in chosen})
)


def test_an_earlier_link_of_a_settled_pair_is_no_second_link(corridor, shows):
    sides = [
        f"""
        record_ref | contract_no | wage_amount | wage_currency
        {party}-1  | C1          | {wage}      | SAR
        """
        for party, wage in (("A", 1500), ("X", 1200))
    ]
    before = corridor.placements(*sides)

    found = corridor.placements(*sides, earlier=before.links)

    assert shows(found.links, "ours_ref | theirs_ref | why \n A-1 | X-1 | same contract number")
    assert found.discrepancies == before.discrepancies


@st.composite
def both_sides(draw):
    """People of whom most stand on both sides, many of them alike."""
    ours, theirs = [], []
    for n, person in enumerate(draw(st.lists(st.fixed_dictionaries(PERSON), max_size=8))):
        where = draw(st.sampled_from(["both", "both", "both", "ours", "theirs"]))
        if where != "theirs":
            ours.append({"record_ref": f"IDN-P-{n}", **person})
        if where != "ours":
            theirs.append({"record_ref": f"SAU-P-{n}", **person, **draw(CHANGE)})
    return tuple(pa.Table.from_pylist(rows, SCHEMA) for rows in (ours, theirs))


def all_the_long_way(ours, theirs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settled, "_main_key", lambda *_: None)
        return reconcile(ours, theirs, **TERMS)


def test_pairs_alike_in_everything_are_settled_and_linked(corridor, shows):
    found = corridor.placements(
        ours="""
            record_ref | contract_no | passport_no | name_latin
            IDN-P-1    | KTR-1       | B1          | SITI
            IDN-P-2    | KTR-2       |             | DEWI
        """,
        theirs="""
            record_ref | contract_no | passport_no | name_latin
            SAU-P-2    | KTR-2       |             | DEWI
            SAU-P-1    | KTR-1       | B1          | SITI
        """,
    )

    assert shows(
        found.links,
        """
            ours_ref | theirs_ref | grade   | why
            IDN-P-1  | SAU-P-1    | certain | same contract number; same passport
            IDN-P-2  | SAU-P-2    | certain | same contract number
        """,
    )
    assert found.summary["linked_by_key"] == {"contract_no": 2, "passport_no": 1, "visa_no": 0, "residence_no": 0}
    assert found.discrepancies.num_rows == 0


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(both_sides())
def test_what_is_settled_changes_nothing(sides):
    settled_first, the_long_way = reconcile(*sides, **TERMS), all_the_long_way(*sides)

    assert settled_first.links.to_pylist() == the_long_way.links.to_pylist()
    assert settled_first.discrepancies.to_pylist() == the_long_way.discrepancies.to_pylist()
    assert settled_first.summary == the_long_way.summary


PLACEMENTS = "record_ref,contract_no,birth_date,wage_amount,stage\n{}-1,KTR-1,1990-03-04,1500,arrived\n"


@pytest.fixture
def files(tmp_path):
    """Both sides as CSV, and the same as Parquet."""
    for name, party in (("ours", "IDN"), ("theirs", "SAU")):
        (tmp_path / f"{name}.csv").write_text(PLACEMENTS.format(f"{party}-P"), encoding="utf-8")
        table = read_table(tmp_path / f"{name}.csv", stream="placement")
        pq.write_table(table, tmp_path / f"{name}.parquet")
    return tmp_path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_are_reconciled_as_tables_are(files, kind):
    paths = [files / f"{name}.{kind}" for name in ("ours", "theirs")]

    summary = reconcile_files(*paths, files / "out", **TERMS)

    expected = reconcile(*(read_table(path, stream="placement") for path in paths), **TERMS)
    assert summary == expected.summary
    assert pq.read_table(files / "out" / "links.parquet").to_pylist() == expected.links.to_pylist()
    assert sorted(path.name for path in (files / "out").iterdir()) == [
        "discrepancies.parquet",
        "links.parquet",
        "summary.json",
    ]


@pytest.mark.parametrize("keep", [slice(4), slice(2000)], ids=["a page is overwritten", "it breaks off"])
def test_a_damaged_parquet_file_is_refused_without_its_text(files, keep):
    whole = (files / "ours.parquet").read_bytes()
    rest = bytes(36) + whole[40:] if keep.stop == 4 else b""
    (files / "ours.parquet").write_bytes(whole[keep] + rest)

    with pytest.raises(ReconcileError, match=r"cannot be read|not readable") as refused:
        reconcile_files(files / "ours.parquet", files / "theirs.parquet", files / "out", **TERMS)
    assert "KTR" not in str(refused.value)
    assert not (files / "out").exists()


def test_amounts_of_another_scale_are_read_and_floats_are_refused(files):
    table = pq.read_table(files / "ours.parquet")
    place = table.column_names.index("wage_amount")
    for kind, fits in ((pa.decimal128(9, 2), True), (pa.float64(), False)):
        changed = table.set_column(place, "wage_amount", table["wage_amount"].cast(kind))
        pq.write_table(changed, files / "ours.parquet")
        if fits:
            assert reconcile_files(files / "ours.parquet", files / "theirs.parquet", files / "out", **TERMS)["linked"]
        else:
            with pytest.raises(ReconcileError, match="wage_amount is double"):
                reconcile_files(files / "ours.parquet", files / "theirs.parquet", files / "out", **TERMS)
