"""A second corridor, invented, which differs in all that corridors can: nothing is hard-wired to the first."""

import ast
import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from amanah.demo import corridor as synthetic
from amanah.exchange import parts
from amanah.exchange.parts import Statement
from amanah.reconcile import reconcile
from amanah.store.fingerprint import fingerprint
from schemas.agreement import FOLDER, Agreement, load
from schemas.cautions import cautions
from schemas.envelope import Action
from schemas.forms import arrow_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def second() -> Agreement:
    return load(HERE / "ken-jor.yaml")


@pytest.fixture(scope="module")
def made(second):
    return synthetic.generate(records=120, seed=7, agreement=second)


def valid(second: Agreement, records: list[dict[str, object]], stream: str) -> list[dict[str, object]]:
    """The records that the corridor's model takes, in its own types."""
    model, kept = second.record_model(stream), []
    for record in records:
        try:
            kept.append(model.model_validate(record).model_dump())
        except ValidationError:
            continue
    return kept


def test_it_differs_from_the_first_in_everything(second):
    first = load(FOLDER / "idn-sau.yaml")
    same = {
        name
        for name in Agreement.model_fields
        if getattr(first, name) == getattr(second, name)
    }  # fmt: skip

    assert same == {"environment", "cases"}


@pytest.mark.parametrize("stream", ["placement", "complaint"])
def test_records_go_the_whole_way(second, made, tmp_path, stream):
    """Generated, validated by the corridor's model, written as the agreement says, read by the partner, reconciled."""
    agreed, arrived = second.stream(stream), {}
    for party in second.parties:
        fields = second.granted(stream, sender=party)
        table = made.current(party, stream)
        records = valid(second, table.to_pylist(), stream)
        refused = set(table["record_ref"].to_pylist()) - {record["record_ref"] for record in records}
        assert refused <= made.planted_faults.keys()
        sent = [Statement(Action.NEW, str(record["record_ref"]), 1, record) for record in records]
        part = tmp_path / f"{party}.{second.package.parts}"
        parts.write(part, sent, agreed, fields)
        header = part.read_text(encoding="utf-8").splitlines()[0]
        assert header == ",".join(["action", "revision", *fields])
        read = list(parts.read(part, agreed, fields, expected=len(sent)))
        arrived[party] = pa.Table.from_pylist([statement.values for statement in read], schema=arrow_schema(agreed))

    outcome = reconcile(
        arrived["KEN"],
        arrived["JOR"],
        stream=stream,
        agreement=second,
        us="JOR",
        period="2026-09",
        parents=pa.table({"ours_ref": pa.array([], pa.string()), "theirs_ref": pa.array([], pa.string())})
        if stream == "complaint"
        else None,
    )

    if stream == "placement":
        assert outcome.links.num_rows > 50
        assert {row["why"] for row in outcome.links.to_pylist() if row["score"] == 1.0} <= {
            "same passport",
            "same passport (ours is their earlier passport)",
            "same passport (theirs is our earlier passport)",
        }
    assert set(outcome.discrepancies["field"].to_pylist()) <= {
        *second.streams[stream].linkage.compare,
        *second.streams[stream].linkage.keys,
        None,
    }


def test_its_own_figures_documents_and_lists_are_the_ones_that_count(second, made):
    [record] = valid(second, made.current("KEN", "placement").to_pylist()[:1], "placement")
    odd = record | {"wage_amount": 289, "wage_currency": "JOD", "area": "SA-01", "residence_no": "2000000007"}

    said = [caution.code for caution in cautions(odd, second, second.stream("placement"))]

    assert {"wage_below_minimum", "area_not_listed", "check_digit"} <= set(said)
    with pytest.raises(ValidationError, match="passport_no"):
        second.record_model("placement").model_validate(record | {"passport_no": "ABC-1"})


def test_a_dinar_has_a_thousand_fils_all_the_way(second, made, tmp_path):
    """One fils more than the agreement tolerates is found; the same wage is written and fingerprinted the same."""
    agreed, fields = second.stream("placement"), second.granted("placement", sender="KEN")
    known = [r for r in valid(second, made.current("KEN", "placement").to_pylist(), "placement") if r["wage_amount"]]
    assert any(record["wage_amount"] * 100 % 1 for record in known), "the invented wages have no fils"
    wages = {"KEN": ["290.125", "290.500", "1e3"], "JOR": ["290.131", "290.505", "1000"]}
    arrived = {}
    same = known[0] | {"not_applicable": None}
    for party, amounts in wages.items():
        records = [
            same | {"record_ref": f"{party}-P-{n}", "passport_no": f"AB12345{n}", "wage_amount": Decimal(amount)}
            for n, amount in enumerate(amounts)
        ]
        part = tmp_path / f"{party}.csv"
        parts.write(part, [Statement(Action.NEW, str(r["record_ref"]), 1, r) for r in records], agreed, fields)
        read = [statement.values for statement in parts.read(part, agreed, fields, expected=3)]
        with part.open(encoding="utf-8", newline="") as file:
            written = [row["wage_amount"] for row in csv.DictReader(file)]
        assert written == (["290.125", "290.50", "1000.00"] if party == "KEN" else ["290.131", "290.505", "1000.00"])
        assert [fingerprint(r, fields) for r in read] == [
            fingerprint(r, fields) for r in pa.Table.from_pylist(records, schema=arrow_schema(agreed)).to_pylist()
        ]
        arrived[party] = pa.Table.from_pylist(read, schema=arrow_schema(agreed))

    found = reconcile(
        arrived["KEN"], arrived["JOR"], stream="placement", agreement=second, us="KEN", period="2026-09"
    ).discrepancies.to_pylist()

    assert [(row["field"], row["ours"], row["theirs"]) for row in found] == [
        ("wage_amount", "290.125 JOD", "290.131 JOD")
    ]


def test_its_own_weekend_and_holidays_are_the_ones_that_count(second):
    assert second.add_working_days("KEN", date(2026, 5, 30), 1) == date(2026, 6, 2)  # Sunday, then Madaraka Day
    assert second.add_working_days("JOR", date(2026, 5, 28), 1) == date(2026, 5, 31)  # Friday and Saturday are off


def test_its_own_routes_are_the_ones_that_count(second):
    def owner(party: str, klass: str, area: str | None) -> str:
        routes = second.parties[party].routes
        return next(r.official for r in routes if r.takes(stream="placement", klass=klass, area=area))

    assert owner("KEN", "identity", "JO-AQ") == "danger@authority.ke.example"
    assert owner("KEN", "field", "JO-BA") == "amman@mission.ke.example"
    assert owner("JOR", "protection", None) == "desk@ministry.jo.example"


# What only the first corridor has; the demonstration and what it is made of may know it.
FIRST_CORRIDOR = re.compile(r"\b(IDN|SAU|SAR|IDR|idn|sau|Riyadh|Jakarta|Makkah|KP2MI|MHRSD|SA-0[1-4])\b|idn-sau")
# The second are values shown in the data dictionary, the third messages shown to a partner's engineer.
EXEMPT = ("plugins/amanah/demo/", "schemas/examples.py", "plugins/amanah/partner/samples.py")
JUSTIFIED = {
    ("plugins/amanah/cli/file_options.py", "idn-sau.yaml"),  # the agreement that verbs take when none is given
}
EXAMPLE = re.compile(r"(such as|e\.g\.|for example,?|like) [^;]*$")  # in a message: what was expected looks like this


def constants(path: Path) -> Iterator[str]:
    """The texts in a module that do something: no docstring, and no example in a message."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    standing_alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in standing_alone:
            yield EXAMPLE.sub("", node.value)


def test_no_code_outside_the_demonstration_knows_the_first_corridor():
    found = set()
    for folder in ("schemas", "reports", "plugins", "dags"):
        for path in (ROOT / folder).rglob("*.py"):
            where = path.relative_to(ROOT).as_posix()
            if not where.startswith(EXEMPT):
                found |= {(where, text) for text in constants(path) if FIRST_CORRIDOR.search(text)}

    assert found == JUSTIFIED


def test_no_query_template_or_page_outside_the_demonstration_knows_it():
    kinds = ("*.sql", "*.j2", "*.html", "*.css")
    paths = [p for folder in ("reports", "plugins", "dags") for kind in kinds for p in (ROOT / folder).rglob(kind)]

    assert paths
    assert [
        p for p in paths if "/demo/" not in p.as_posix() and FIRST_CORRIDOR.search(p.read_text(encoding="utf-8"))
    ] == []
