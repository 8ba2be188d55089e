"""The contract: one description of a record, from which every other form of it follows."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa
import yaml
from builders import a_complaint, a_placement
from pydantic import ValidationError

from amanah.store.tables import RECORDS
from schemas import codelists, forms
from schemas.fields import Classification
from schemas.streams import STREAMS

SPECIMEN = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"  # the specimen passport of ICAO Doc 9303
EVERY_FIELD = [(stream, field) for stream in STREAMS.values() for field in stream.fields]
LISTS = sorted(path.stem for path in codelists.FOLDER.glob("*.yaml"))


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_every_field_says_what_it_is_how_sensitive_and_what_for(stream, field):
    described = stream.model.model_fields[field]

    assert stream.classification(field) in Classification
    assert stream.purposes(field)
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
    scalars = {"string": str, "date32[day]": date, "decimal128(13, 3)": Decimal, "int32": int}
    in_arrow = list[scalars[str(arrow.value_type)]] if pa.types.is_list(arrow) else scalars[str(arrow)]
    is_list = isinstance(column.type, sa.ARRAY)
    in_sql = list[column.type.item_type.python_type] if is_list else column.type.python_type

    assert (in_sql, in_arrow) == (stream.python_type(field), stream.python_type(field))


def test_a_table_holds_every_field_and_its_own_bookkeeping_only():
    for stream in STREAMS.values():
        extra = {"holder", "revision", "known_in", "withdrawn", "fingerprint", "origin", "origins"}
        assert set(RECORDS[stream.name].c.keys()) == {*stream.fields, *extra}


@pytest.mark.parametrize("name", LISTS)
def test_the_fast_reader_reads_a_code_list_as_the_plain_one_does(name: str) -> None:
    text = (codelists.FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert yaml.load(text, Loader=codelists.LOADER) == yaml.safe_load(text)


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
        ({"stage": "vanished"}, "stage", "unknown_code"),
        ({"stage": None}, "stage", "string_type"),
        ({"sex": "W"}, "sex", "unknown_code"),
        ({"passport_no": "a b"}, "passport_no", "string_pattern_mismatch"),
        ({"wage_amount": Decimal(-1)}, "wage_amount", "greater_than_equal"),
        ({"wage_amount": Decimal("1.0001")}, "wage_amount", "decimal_max_places"),
        ({"wage_amount": Decimal("NaN")}, "wage_amount", "finite_number"),
        ({"wage_amount": 1500.5}, "wage_amount", "not_an_amount"),
        ({"wage_amount": "1_500"}, "wage_amount", "not_an_amount"),
        ({"wage_amount": "١٥٠٠"}, "wage_amount", "not_an_amount"),
        ({"birth_date": "17/05/1990"}, "birth_date", "not_a_date"),
        ({"birth_date": "86400"}, "birth_date", "not_a_date"),
        ({"birth_date": datetime(1990, 5, 17, tzinfo=UTC)}, "birth_date", "not_a_date"),
        ({"contract_end": "2026-02-31"}, "contract_end", "not_a_date"),
        ({"contract_end": "0000-01-01"}, "contract_end", "not_a_date"),
        ({"contract_start": "1447-12-15"}, "contract_start", "greater_than_equal"),
        ({"hours_per_day": True}, "hours_per_day", "not_a_whole_number"),
        ({"hours_per_day": 25}, "hours_per_day", "less_than_equal"),
        ({"name_latin": ""}, "name_latin", "string_too_short"),
        ({"name_latin": "SITI\x00"}, "name_latin", "forbidden_character"),
        ({"name_latin": "SITI\u202eHOTNOC"}, "name_latin", "forbidden_character"),
        ({"name_latin": "SITI\ud800"}, "name_latin", "string_unicode"),
        ({"name_latin": "A" * 10_000_000}, "name_latin", "string_too_long"),
        ({"previous_passport_nos": ["ABC1", "A 2"]}, "previous_passport_nos.1", "string_pattern_mismatch"),
        ({"blood_group": "A"}, "blood_group", "extra_forbidden"),
        ({"contract_end": date(2026, 5, 31)}, "contract_end", "contract_dates"),
        ({"birth_date": date(2026, 6, 1)}, "contract_start", "birth_after_contract"),
        ({"wage_currency": None}, "wage_currency", "wage_currency"),
        ({"earnings_amount": 5, "wage_amount": None, "wage_currency": None}, "wage_currency", "earnings_currency"),
        ({"worker_cost_amount": 0}, "worker_cost_currency", "worker_cost_currency"),
        ({"birth_date_precision": "year"}, "birth_date", "birth_date_precision"),
        ({"birth_date": "1990-05-01", "birth_date_precision": "year"}, "birth_date", "birth_date_precision"),
        ({"departed_on": "2026-06-04", "arrived_on": "2026-06-03"}, "arrived_on", "arrived_before_departure"),
        ({"visa_issued_on": "2026-06-02", "arrived_on": "2026-06-01"}, "arrived_on", "arrived_before_visa"),
        ({"arrived_on": "2026-06-03", "completed_on": "2026-06-02"}, "completed_on", "completed_before_arrival"),
        ({"arrived_on": "2026-06-03", "returned_on": "2026-06-02"}, "returned_on", "returned_before_arrival"),
        (
            {"departed_on": "2026-06-02", "transferred_on": "2026-06-01"},
            "transferred_on",
            "transferred_before_departure",
        ),
        ({"departed_on": "2026-06-02", "returned_on": "2026-06-01"}, "returned_on", "returned_before_departure"),
        ({"departed_on": "2026-06-02", "completed_on": "2026-06-01"}, "completed_on", "completed_before_departure"),
        ({"departed_on": "2026-06-02", "died_on": "2026-06-01"}, "died_on", "died_before_departure"),
        (
            {"departed_on": "2026-06-02", "absconding_reported_on": "2026-06-01"},
            "absconding_reported_on",
            "absconding_before_departure",
        ),
        ({"passport_issued_on": "1990-05-16"}, "passport_issued_on", "birth_after_passport"),
        ({"departed_on": "1990-05-17"}, "departed_on", "birth_after_departure"),
        ({"arrived_on": "1990-05-17"}, "arrived_on", "birth_after_arrival"),
        ({"died_on": "1990-05-16"}, "died_on", "birth_after_death"),
        ({"absconding_revoked_on": "2026-06-03"}, "absconding_reported_on", "revoked_without_report"),
        ({"wage_payments_seen": 3, "wage_payments_due": 2}, "wage_payments_seen", "more_paid_than_due"),
        ({"previous_passport_expiries": ["2025-01-01"]}, "previous_passport_expiries", "passport_expiries"),
        ({"passport_mrz": SPECIMEN[:-1] + "1", "passport_no": None}, "passport_mrz", "mrz_check_digit"),
        ({"passport_mrz": SPECIMEN}, "passport_mrz", "mrz_passport"),
        ({"not_applicable": ["passport_no"]}, "not_applicable", "not_applicable"),
        ({"not_applicable": ["stage"]}, "not_applicable", "not_applicable"),
        ({"not_applicable": ["blood_group"]}, "not_applicable", "not_applicable"),
    ],
)
def test_a_placement_that_cannot_be_right_is_refused(values, field, rule):
    with pytest.raises(ValidationError) as caught:
        STREAMS["placement"].model.model_validate(a_placement() | values)

    [fault] = caught.value.errors()
    assert (".".join(map(str, fault["loc"])) or None, fault["type"]) == (field, rule)


@pytest.mark.parametrize(
    "days",
    [
        {"visa_issued_on": "2026-05-01", "requested_on": "2026-05-02", "contract_endorsed_on": "2026-05-03"},
        {"visa_issued_on": "2026-06-03", "departed_on": "2026-06-03", "arrived_on": "2026-06-03"},
        {"visa_issued_on": "2026-06-03", "departed_on": "2026-06-02", "arrived_on": "2026-06-03"},
        {"arrived_on": "2026-06-03", "contract_endorsed_on": "2026-07-01", "approved_on": "2026-07-01"},
        {"residence_issued_on": "2026-01-01", "departed_on": "2026-06-02", "arrived_on": "2026-06-03"},
        {"arrived_on": "2026-06-03", "returned_on": "2028-05-01", "completed_on": "2028-05-31"},
        {"arrived_on": "2026-06-03", "died_on": "2026-07-01", "returned_on": "2026-07-20"},
        {"arrived_on": "2026-06-03", "returned_on": "2026-07-01", "died_on": "2026-07-20"},
    ],
    ids=[
        *("visa before the contract", "all in one day", "visa on arrival", "endorsed when there", "back from leave"),
        *("fulfilled on leave", "brought home dead", "died at home"),
    ],
)
def test_an_order_of_dates_that_real_systems_have_is_accepted(days):
    STREAMS["placement"].model.model_validate(a_placement() | days)


def test_every_rule_a_record_breaks_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        STREAMS["placement"].model.model_validate(a_placement(contract_end="2026-05-31", wage_currency=None))

    assert [(*fault["loc"], fault["type"]) for fault in caught.value.errors()] == [
        ("contract_end", "contract_dates"),
        ("wage_currency", "wage_currency"),
    ]


def test_a_partly_known_birth_date_says_how_much_of_it_is_known():
    gregorian = a_placement(birth_date="1990-05-01", birth_date_precision="month")
    first_of_1410 = a_placement(birth_date="1989-08-02", birth_date_precision="year", birth_date_calendar="umm_al_qura")

    days = [STREAMS["placement"].model.model_validate(record).model_dump() for record in (gregorian, first_of_1410)]

    assert [record["birth_date"] for record in days] == [date(1990, 5, 1), date(1989, 8, 2)]


def test_not_available_not_applicable_and_zero_are_three_things():
    unknown, none, free = (
        STREAMS["placement"].model.model_validate(a_placement() | values).model_dump()
        for values in (
            {"worker_cost_amount": None},
            {"not_applicable": ["worker_cost_amount"]},
            {"worker_cost_amount": 0, "worker_cost_currency": "IDR"},
        )
    )

    assert [(r["worker_cost_amount"], r["not_applicable"]) for r in (unknown, none, free)] == [
        (None, None),
        (None, ["worker_cost_amount"]),
        (Decimal("0.00"), None),
    ]


def test_an_amount_looks_the_same_however_it_was_written():
    written = [STREAMS["placement"].model.model_validate(a_placement(wage_amount=wage)) for wage in ("1800", 1800)]

    assert [str(record.wage_amount) for record in written] == ["1800.000", "1800.000"]  # as every database gives it


def test_a_passport_line_is_read_with_its_check_digits():
    record = a_placement(passport_no="L898902C3", passport_mrz=SPECIMEN)

    assert STREAMS["placement"].model.model_validate(record).model_dump()["passport_mrz"] == SPECIMEN


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_every_rule_has_a_code_of_its_own_and_speaks_of_fields_there_are(stream):
    codes = [rule.code for rule in stream.rules]

    assert len(set(codes)) == len(codes)
    assert all(rule.at in stream.fields for rule in stream.rules)


@pytest.mark.parametrize(("stream", "field"), EVERY_FIELD, ids=lambda value: getattr(value, "name", value))
def test_a_coded_field_publishes_its_codes(stream, field):
    name = stream.code_list(field)
    published = json.dumps(forms.json_schema(stream.model, stream.schema_id)["properties"][field])

    assert ("enum" in published) == (name is not None)
    if name:
        assert json.dumps(list(codelists.load(name).codes)) in published


def test_what_identifies_a_citizen_in_the_population_register_never_leaves():
    assert [field for stream, field in EVERY_FIELD if not stream.may_leave(field)] == ["passport_mrz", "national_id"]


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
