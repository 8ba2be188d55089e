"""Records as a part: they come out as they went in, and nothing goes in that may not leave."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import CANARIES, a_placement, with_canaries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.exchange import parts
from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts import Statement
from schemas.envelope import Action, Counts
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]
VALUES = {
    str: st.text(st.characters(codec="utf-8"), max_size=30),
    date: st.dates(),
    Decimal: st.decimals(0, Decimal("9999999999.99"), places=2),
    list[str]: st.lists(st.text(st.characters(codec="utf-8"), max_size=10), max_size=3),
}


@st.composite
def statements(draw, stream):
    """Statements of any content that the types allow."""
    values = {f: draw(st.none() | VALUES[stream.python_type(f)]) for f in stream.fields}
    values["record_ref"] = draw(st.from_regex(r"[A-Z]{3}-P-[A-Z0-9-]{1,32}", fullmatch=True))
    return Statement(draw(st.sampled_from(Action)), values["record_ref"], draw(st.integers(1, 2**31 - 1)), values)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_records_come_out_as_they_went_in(stream, tmp_path):
    @settings(max_examples=30, deadline=None)
    @given(st.lists(statements(stream), max_size=4))
    def round_trip(sent):
        parts.write(tmp_path / "p.parquet", sent, stream, stream.fields)
        assert list(parts.read(tmp_path / "p.parquet", stream, stream.fields, expected=len(sent))) == sent

    round_trip()


def test_a_field_that_is_not_granted_cannot_leave(tmp_path):
    granted = ("record_ref", "stage")
    sent = Statement(Action.NEW, "IDN-P-1", 1, with_canaries() | {"blood_group": "CANARY"})

    parts.write(tmp_path / "p.parquet", [sent], PLACEMENT, granted)

    assert pq.read_schema(tmp_path / "p.parquet").names == ["action", "revision", *granted]
    content = (tmp_path / "p.parquet").read_bytes()
    assert not [canary for canary in (*CANARIES, "CANARY") if canary.encode() in content]


def test_a_withdrawn_record_says_its_reference_only(tmp_path):
    parts.write(tmp_path / "p.parquet", [Statement(Action.WITHDRAW, "IDN-P-1", 2)], PLACEMENT, PLACEMENT.fields)

    [row] = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert {name: value for name, value in row.items() if value is not None} == {
        "action": "withdraw",
        "revision": 2,
        "record_ref": "IDN-P-1",
    }


def test_statements_are_counted_by_action():
    actions = [Action.NEW, Action.NEW, Action.CORRECT, Action.WITHDRAW]

    assert parts.count([Statement(action, "IDN-P-1", 1) for action in actions]) == Counts(new=2, correct=1, withdraw=1)


def test_a_statement_does_not_show_its_values_when_it_is_printed():
    printed = repr(Statement(Action.NEW, "IDN-P-1", 1, with_canaries()))

    assert not [canary for canary in CANARIES if canary in printed]


def written_by_hand(path, **columns):
    """A part with one record, as other software could have written it; ``columns`` are added or replaced."""
    head = {"action": pa.array(["new"]), "revision": pa.array([1], pa.int32())}
    schema = arrow_schema(PLACEMENT)
    content = {field.name: pa.array([a_placement()[field.name]], field.type) for field in schema}
    pq.write_table(pa.table(head | content | columns), path)
    return path


def refused(path, code):
    with pytest.raises(Refused) as caught:
        list(parts.read(path, PLACEMENT, PLACEMENT.fields, expected=1))
    assert caught.value.code == code
    return True


def test_a_part_of_other_software_is_read(tmp_path):
    [statement] = parts.read(written_by_hand(tmp_path / "p.parquet"), PLACEMENT, PLACEMENT.fields, expected=1)

    assert statement == Statement(Action.NEW, "IDN-P-1", 1, a_placement())


@pytest.mark.parametrize(
    "columns",
    [
        {"blood_group": pa.array(["A"])},
        {"wage_amount": pa.array([1800.0])},
        {"birth_date": pa.array(["1990-05-17"])},
        {"revision": pa.array([1], pa.int64())},
        {"action": pa.array(["replace"])},
        {"action": pa.array([None], pa.string())},
        {"record_ref": pa.array([None], pa.string())},
        {"record_ref": pa.array(["IDN-P-1\0"])},
        {"revision": pa.array([None], pa.int32())},
    ],
)
def test_columns_other_than_agreed_are_refused(tmp_path, columns):
    assert refused(written_by_hand(tmp_path / "p.parquet", **columns), Code.FIELD_NOT_AGREED)


def test_a_column_that_is_missing_is_refused(tmp_path):
    parts.write(tmp_path / "p.parquet", [Statement(Action.NEW, "IDN-P-1", 1)], PLACEMENT, PLACEMENT.fields[:-1])

    assert refused(tmp_path / "p.parquet", Code.FIELD_NOT_AGREED)


@pytest.mark.parametrize("expected", [0, 2])
def test_more_or_fewer_records_than_the_manifest_says_are_refused(tmp_path, expected):
    path = written_by_hand(tmp_path / "p.parquet")

    with pytest.raises(Refused) as caught:
        list(parts.read(path, PLACEMENT, PLACEMENT.fields, expected=expected))
    assert caught.value.code == Code.COUNTS_DIFFER


@pytest.mark.parametrize(
    "columns",
    [
        {"birth_date": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())},
        {"name_latin": pa.array([b"\xff\xfe"]).view(pa.string())},
    ],
)
def test_values_that_no_type_of_ours_can_hold_are_refused(tmp_path, columns):
    assert refused(written_by_hand(tmp_path / "p.parquet", **columns), Code.PART_DIFFERS)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_anywhere_is_refused_or_harmless(tmp_path, data):
    """A part whose hash is right and whose content is not: a refusal with a code, never another error."""
    content = bytearray(written_by_hand(tmp_path / "p.parquet").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged.parquet").write_bytes(content)

    with suppress(Refused):
        list(parts.read(tmp_path / "damaged.parquet", PLACEMENT, PLACEMENT.fields, expected=1))
