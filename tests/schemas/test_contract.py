"""The contract: one description of a record, from which every other form of it follows."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from builders import a_complaint, a_placement
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from amanah.store.tables import RECORDS
from schemas import codelists, forms
from schemas.fields import Classification
from schemas.streams import STREAMS

EVERY_FIELD = [(stream, field) for stream in STREAMS.values() for field in stream.fields]
LISTS = sorted(path.stem for path in codelists.FOLDER.glob("*.yaml"))


def test_the_published_schemas_are_the_models_own():
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in forms.PUBLISHED.glob("*")}

    assert on_disk == forms.published(), "run: make docs"


@pytest.mark.parametrize("name", forms.published())
def test_a_published_schema_is_a_json_schema(name):
    Draft202012Validator.check_schema(Draft202012Validator.META_SCHEMA)
    assert (forms.PUBLISHED / name).read_text(encoding="utf-8").startswith('{\n  "$schema"')


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_every_field_says_what_it_is_how_sensitive_and_what_for(stream, field):
    described = stream.model.model_fields[field]

    assert stream.classification(field) in Classification
    assert described.json_schema_extra["purpose"] in {"linkage", "protection", "evaluation"}
    assert described.description.endswith(".")


def test_what_could_point_at_a_person_is_never_called_operational():
    shown = {field for stream, field in EVERY_FIELD if stream.classification(field).may_be_shown}

    assert not shown & {
        *("record_ref", "placement_ref", "contract_no", "passport_no", "previous_passport_nos", "visa_no"),
        *("residence_no", "name_latin", "name_arabic", "birth_date", "sex", "nationality", "wage_amount", "kind"),
    }


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_table_and_arrow_agree_with_the_model(stream, field):
    """The three forms hold the same values: the type each of them gives back in Python is the model's."""
    column = RECORDS[stream.name].c[field]
    arrow = forms.arrow_type(stream, field)
    in_arrow = {"string": str, "date32[day]": date, "decimal128(12, 2)": Decimal}.get(str(arrow), list[str])
    in_sql = list[str] if isinstance(column.type, sa.ARRAY) else column.type.python_type

    assert (in_sql, in_arrow) == (stream.python_type(field), stream.python_type(field))


def test_a_table_holds_every_field_and_its_own_bookkeeping_only():
    for stream in STREAMS.values():
        extra = {"holder", "revision", "known_in", "withdrawn", "fingerprint", "origin"}
        assert set(RECORDS[stream.name].c.keys()) == {*stream.fields, *extra}


@pytest.mark.parametrize("name", LISTS)
def test_a_code_list_has_a_source_and_a_label_in_every_language(name):
    found = codelists.load(name)

    assert len(found.source) > 20
    assert found.codes
    for code in found.codes:
        assert set(found.labels[code]) == {"en", "id", "ar"}
        assert all(label.strip() for label in found.labels[code].values())
        assert any("\u0600" <= letter <= "\u06ff" for letter in found.label(code, "ar"))


def test_an_unlisted_code_is_called_what_it_is():
    assert codelists.load("sex").label("Q", "ar") == "Q"


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"record_ref": "P-1"}, "record_ref", "string_pattern_mismatch"),
        ({"stage": "vanished"}, "stage", "value_error"),
        ({"stage": None}, "stage", "string_type"),
        ({"sex": "W"}, "sex", "value_error"),
        ({"passport_no": "a b"}, "passport_no", "string_pattern_mismatch"),
        ({"wage_amount": Decimal(-1)}, "wage_amount", "greater_than_equal"),
        ({"wage_amount": Decimal("1.001")}, "wage_amount", "decimal_max_places"),
        ({"wage_amount": Decimal("NaN")}, "wage_amount", "finite_number"),
        ({"birth_date": "17/05/1990"}, "birth_date", "date_from_datetime_parsing"),
        ({"name_latin": "SITI\x00"}, "name_latin", "nul_character"),
        ({"previous_passport_nos": ["A1", "A\x002"]}, "previous_passport_nos", "nul_character"),
        ({"blood_group": "A"}, "blood_group", "extra_forbidden"),
        ({"contract_end": date(2026, 5, 31)}, None, "contract_dates"),
        ({"birth_date": date(2026, 6, 1)}, None, "birth_after_contract"),
        ({"wage_currency": None}, None, "wage_currency"),
    ],
)
def test_a_placement_that_cannot_be_right_is_refused(values, field, rule):
    with pytest.raises(ValidationError) as caught:
        STREAMS["placement"].model.model_validate(a_placement() | values)

    [fault] = caught.value.errors()
    assert (".".join(map(str, fault["loc"])) or None, fault["type"]) == (field, rule)


def test_a_complaint_cannot_have_been_handled_before_it_came():
    with pytest.raises(ValidationError, match="stage_date lies before received_on"):
        STREAMS["complaint"].model.model_validate(a_complaint(stage_date=date(2026, 7, 7)))


@pytest.mark.parametrize("stream", STREAMS)
def test_what_is_not_available_is_absent_never_a_default(stream):
    needed = {"record_ref": f"IDN-{stream[0].upper()}-1", "stage": "received", "kind": "other"}
    needed |= {"received_on": date(2026, 7, 1)}
    if stream == "placement":
        needed = {"record_ref": needed["record_ref"], "stage": "requested"}

    record = STREAMS[stream].model.model_validate(needed).model_dump()

    assert {field: value for field, value in record.items() if value is not None} == needed
