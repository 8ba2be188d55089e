"""The published folder: a partner who has nothing else reads and writes the same records as we do."""

import csv
import json
import re
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import codelists, examples, forms, publishing, texts
from schemas.streams import STREAMS

MINIMAL = {
    "placement": {"record_ref": "IDN-P-1", "stage": "requested"},
    "complaint": {"record_ref": "IDN-C-1", "kind": "other", "received_on": "2026-07-01", "stage": "received"},
}
MODELS = {name: type("Bare", (stream.model,), {"rules": ()}) for name, stream in STREAMS.items()}
EVERY_FIELD = [(name, field) for name, stream in STREAMS.items() for field in stream.fields]
FILES = publishing.published()


def validator(name):
    return Draft202012Validator(
        json.loads(FILES[f"{name}-1.schema.json"]), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


VALIDATORS = {name: validator(name) for name in STREAMS}

plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
day = st.dates(date(1890, 1, 1), date(2110, 1, 1)).map(str)
amount = st.decimals(-10, 10**13, places=3).map(str)
texts_to_try = [
    "",
    " ",
    "A\u202eB",
    "A\x00",
    "\u00a0",
    "A" * 200,
    "1800",
    "1800.001",
    "1800.0001",
    "1_500",
    "١٥٠٠",
    "2026-02-30",
]
texts_to_try += [
    "2026-07-01T00:00:00",
    "1447-01-01",
    "IDN-P-1",
    "IDN-C-1",
    "IDN-W-1",
    "IDN",
    "idn",
    "SA-01",
    "9111",
    "F",
]
texts_to_try += ["Q", "8", "B1234567", "month", "arrived", "other"]
nasty = st.sampled_from([*texts_to_try, True, -1, 0, 8, 25, 10_001, 2**70])
one = st.one_of(plain, day, amount, nasty)
anything = st.one_of(one, st.lists(one, max_size=12), st.just({"a": 1}), st.none())


@given(st.sampled_from(EVERY_FIELD), anything)
def test_json_schema_and_model_say_the_same_of_every_value(place, value):
    name, field = place
    record = {**MINIMAL[name], field: value}
    accepted = VALIDATORS[name].is_valid(record)
    try:
        read = MODELS[name].model_validate(record)
    except ValueError as error:
        by_rule = {fault["type"] for fault in error.errors()} == {"not_applicable"}
        assert by_rule or not accepted, "the schema takes what the model refuses"
    else:
        assert VALIDATORS[name].is_valid(read.model_dump(mode="json")), "the schema refuses what the model writes"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record_ref", "P-1"),
        ("stage", "vanished"),
        ("passport_no", "a b"),
        ("wage_amount", "-1.00"),
        ("wage_amount", "1.0001"),
        ("wage_amount", 1500.5),
        ("birth_date", "17/05/1990"),
        ("contract_end", "2026-02-31"),
        ("contract_start", "1447-12-15"),
        ("hours_per_day", 25),
        ("name_latin", "SITI\u202eHOTNOC"),
        ("name_latin", " "),
        ("name_latin", "A" * 161),
        ("previous_passport_nos", ["ABC1", "A 2"]),
        ("previous_passport_nos", ["ABC1"] * 11),
        ("blood_group", "A"),
    ],
)
def test_what_cannot_be_right_is_refused_by_both(field, value):
    record = {**MINIMAL["placement"], field: value}

    assert not VALIDATORS["placement"].is_valid(record)
    with pytest.raises(ValueError, match=field):
        MODELS["placement"].model_validate(record)


@pytest.mark.parametrize(
    ("field", "value", "as_written"),
    [
        ("name_latin", " SITI CONTOH ", "SITI CONTOH"),
        ("wage_amount", 1500, "1500.00"),
        ("wage_amount", Decimal("125.500"), "125.50"),
        ("wage_amount", Decimal("125.505"), "125.505"),
        ("hours_per_day", "8", 8),
    ],
)
def test_the_model_is_kinder_than_the_schema_and_writes_what_the_schema_takes(field, value, as_written):
    record = {**MINIMAL["placement"], field: value}

    assert not VALIDATORS["placement"].is_valid(record)
    assert MODELS["placement"].model_validate(record).model_dump(mode="json")[field] == as_written


@pytest.mark.parametrize(("field", "value"), [("hours_per_day", 8.0), ("name_latin", "SITI\ud800")])
def test_what_json_schema_cannot_refuse_the_model_does(field, value):
    record = {**MINIMAL["placement"], field: value}

    assert VALIDATORS["placement"].is_valid(record)
    with pytest.raises(ValueError, match=field):
        MODELS["placement"].model_validate(record)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("field", ["record_ref", "stage"])
def test_what_every_record_must_carry_is_required_in_both(name, field):
    record = {other: value for other, value in MINIMAL[name].items() if other != field}

    assert not VALIDATORS[name].is_valid(record)
    with pytest.raises(ValueError, match=field):
        MODELS[name].model_validate(record)


def test_the_folder_holds_what_the_models_say():
    on_disk = {path.name: path.read_bytes().decode() for path in publishing.FOLDER.glob("*")}

    assert on_disk == FILES, "run: make docs"


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".schema.json")])
def test_a_published_schema_is_a_json_schema(name):
    content = json.loads(FILES[name])

    Draft202012Validator.check_schema(content)
    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert content["$id"] == f"urn:amanah:{name.removesuffix('-1.schema.json')}/1"


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_the_rules_between_fields_are_published_as_data(stream):
    published = json.loads(FILES[f"{stream.name}-1.schema.json"])[forms.RULES]

    assert [(rule["code"], rule["at"], rule["message"]) for rule in published] == [
        (rule.code, rule.at, rule.message) for rule in stream.rules
    ]
    assert (
        published[0]
        == {
            "placement": {
                "code": "contract_dates",
                "rule": "InOrder",
                "earlier": "contract_start",
                "later": "contract_end",
                "strictly": False,
                "at": "contract_end",
                "message": "contract_end lies before contract_start",
            },
            "complaint": {
                "code": "stage_before_receipt",
                "rule": "InOrder",
                "earlier": "received_on",
                "later": "stage_date",
                "strictly": False,
                "at": "stage_date",
                "message": "stage_date lies before received_on",
            },
        }[stream.name]
    )


@pytest.mark.parametrize(("name", "field"), EVERY_FIELD)
def test_a_field_is_published_with_all_that_is_said_about_it(name, field):
    stream = STREAMS[name]
    published = json.loads(FILES[f"{name}-1.schema.json"])["properties"][field]

    assert published["description"] == stream.description(field)
    assert published["classification"] == stream.classification(field)
    assert published["purposes"] == [purpose.value for purpose in stream.purposes(field)]
    assert published.get("leaves", True) == stream.may_leave(field)
    assert published.get("unit") == stream.unit(field)
    assert published.get("code_list") == stream.code_list(field)


def test_code_lists_are_published_with_labels_sources_and_doubts():
    published = json.loads(FILES["code-lists.json"])

    assert set(published) == set(codelists.names())
    for name, content in published.items():
        found = codelists.load(name)
        assert content["source"] == found.source
        assert {code: {k: v for k, v in said.items() if k != "unsure"} for code, said in content["codes"].items()} == (
            found.labels
        )
        assert {code: said["unsure"] for code, said in content["codes"].items() if "unsure" in said} == found.unsure


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
class TestExamples:
    """What a partner's engineer copies from."""

    def test_a_line_of_json_is_a_record(self, stream):
        lines = [json.loads(line) for line in FILES[f"{stream.name}-1.example.ndjson"].splitlines()]

        assert [stream.model.model_validate(line).model_dump() for line in lines] == list(examples.RECORDS[stream.name])
        assert all(VALIDATORS[stream.name].is_valid(line) for line in lines)
        assert all(tuple(line) == stream.fields for line in lines)

    def test_a_row_of_csv_is_the_same_record(self, stream):
        header, *rows = csv.reader(FILES[f"{stream.name}-1.example.csv"].splitlines())
        read = [
            {f: texts.from_text(cell, stream.python_type(f)) for f, cell in zip(header, row, strict=True)}
            for row in rows
        ]

        assert read == list(examples.RECORDS[stream.name])

    def test_the_header_names_every_field_and_ends_its_line_as_rfc_4180_has_it(self, stream):
        assert FILES[f"{stream.name}-1.csv"] == ",".join(stream.fields) + "\r\n"
        assert FILES[f"{stream.name}-1.example.csv"].startswith(FILES[f"{stream.name}-1.csv"])

    def test_absent_none_and_zero_are_all_shown(self, stream):
        values = [value for record in examples.RECORDS[stream.name] for value in record.values()]

        assert None in values
        assert [] in values
        assert any(record["not_applicable"] for record in examples.RECORDS[stream.name])


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_the_columns_are_those_of_a_parquet_file(stream, tmp_path):
    published = json.loads(FILES[f"{stream.name}-1.arrow.json"])["columns"]
    schema = forms.arrow_schema(stream)

    assert [(column["name"], column["arrow"], column["nullable"]) for column in published] == [
        (field.name, str(field.type), field.nullable) for field in schema
    ]
    assert [column["repeated"] for column in published] == [pa.types.is_list(field.type) for field in schema]
    assert {re.sub(r"\(.*", "", column["parquet"]) for column in published} <= {"String", "Date", "Decimal", "INT32"}
