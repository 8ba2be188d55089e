"""The tables of a node's database hold whatever the contract accepts, and give it back as it was."""

from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa

from amanah.store.tables import RECORDS
from schemas import examples, forms
from schemas.dictionary.words import value_schema
from schemas.streams import STREAMS
from schemas.values import DECIMALS, MOST_DIGITS

EVERY_FIELD = [(stream, field) for stream in STREAMS.values() for field in stream.fields]
BOOKKEEPING = {
    "holder": "IDN",
    "revision": 1,
    "known_in": "2026-07",
    "withdrawn": False,
    "fingerprint": "f",
    "origin": "x",
}


def scalar(column: sa.Column) -> sa.types.TypeEngine:
    return column.type.item_type if isinstance(column.type, sa.ARRAY) else column.type


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_a_column_is_as_wide_as_the_contract(stream, field):
    kind = scalar(RECORDS[stream.name].c[field])
    arrow = forms.arrow_type(stream, field)

    if isinstance(kind, sa.Text):
        assert kind.length is None, "a text is bounded by the model, never cut by a column"
    if isinstance(kind, sa.Numeric):
        assert (kind.precision, kind.scale) == (arrow.precision, arrow.scale) == (MOST_DIGITS, DECIMALS)
    if isinstance(kind, sa.Integer):
        assert arrow == pa.int32()
        assert value_schema(stream, field)["maximum"] < 2**31


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_only_the_reference_is_never_null_for_a_withdrawn_record_has_no_values(stream):
    assert [field for field in stream.fields if not RECORDS[stream.name].c[field].nullable] == ["record_ref"]


@pytest.mark.slow
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_record_comes_back_from_the_database_as_it_went_in(stream, a_database):
    table = RECORDS[stream.name]
    records = [dict(record) for record in examples.RECORDS[stream.name]]
    largest = {f: Decimal("9999999999.999") for f in stream.fields if stream.python_type(f) is Decimal}
    records.append({**records[0], **largest, "record_ref": f"{records[0]['record_ref']}-MOST"})

    with a_database().engine.begin() as connection:
        connection.execute(table.insert(), [BOOKKEEPING | record for record in records])
        found = connection.execute(sa.select(*(table.c[field] for field in stream.fields)).order_by("record_ref"))
        back = [dict(row) for row in found.mappings()]

    assert back == sorted(records, key=lambda record: record["record_ref"])
