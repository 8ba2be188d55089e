from datetime import date
from decimal import Decimal

import pytest

from amanah.sources import MappingProblem, SourceError
from amanah.sources.native import NativeRow, as_text, audit
from amanah.sources.row import RowMapper
from amanah.sources.transforms import named

SECRET = "B7654321"


@pytest.fixture
def mapped(a_mapping, at):
    def translate(mapping=None, damage=None, **columns):
        row = {"no": "17", "changed": "2026-07-03", "subject": "GAJI", "received": "2026-07-01", "state": "1"}
        native = NativeRow("cases_2026-07.csv line 12", at(3), row | columns, damage or {})
        return RowMapper(mapping or a_mapping()).map(native)

    return translate


def test_a_row_becomes_contract_values(mapped):
    row = mapped()
    assert row.values == {
        "record_ref": "IDN-C-17",
        "kind": "wages_unpaid",
        "received_on": date(2026, 7, 1),
        "stage": "received",
    }
    assert row.problems == ()
    assert row.raw["subject"] == "GAJI"


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_an_empty_cell_is_not_available(mapped, nothing):
    row = mapped(subject=nothing)
    assert row.values["kind"] is None
    assert row.problems == ()


def test_a_problem_names_row_field_and_column_but_never_the_value(mapped):
    row = mapped(subject=SECRET, received=SECRET)
    assert row.position == "cases_2026-07.csv line 12"
    assert row.problems == (
        MappingProblem("kind", "subject", "unknown_code", "column subject: expected one of the 2 codes of the mapping"),
        MappingProblem("received_on", "received", "unreadable", "column received: expected a date as YYYY-MM-DD"),
    )
    assert "kind" not in row.values
    assert row.values["stage"] == "received"


def test_printing_a_row_shows_no_value(mapped):
    row = mapped(state=SECRET)
    assert row.raw["state"] == SECRET
    assert SECRET not in repr(row)
    assert "IDN-C-17" not in repr(row)


def test_columns_are_used_or_ignored_or_refused(a_mapping):
    audit(a_mapping(ignored=["remarks"]), ["no", "changed", "subject", "received", "state", "remarks"], "cases")
    with pytest.raises(SourceError) as refusal:
        audit(a_mapping(), ["no", "changed", "subject", "state", "remarks"], "cases")
    assert "missing column(s) received; expected are no, changed, subject, received, state" in str(refusal.value)
    assert "column(s) remarks are not mapped" in str(refusal.value)


def test_a_value_that_is_no_text_names_its_column_only():
    with pytest.raises(SourceError, match="cases row 1, column photo: a value of type bytes"):
        as_text(b"...", "photo", "cases row 1")


@pytest.mark.parametrize("number", [Decimal("150.125"), 150.125])
def test_three_decimals_of_a_number_are_never_taken_for_a_group_of_thousands(number):
    text = as_text(number, "wage", "cases row 1")

    assert named("decimal").read(text) == Decimal("150.125")
    with pytest.raises(ValueError, match="not a decimal number"):
        named("decimal_comma").read(text)


@pytest.mark.parametrize("text", ["x" * 40_000, "\ud800"])
def test_what_no_system_would_write_is_a_problem(mapped, text):
    row = mapped(subject=text)
    assert [(p.column, p.code) for p in row.problems] == [("subject", "unreadable")]
    assert text not in row.problems[0].message


def test_a_damaged_cell_is_a_problem_of_every_field_made_from_it(mapped):
    row = mapped(subject="", damage={"subject": "a formula without its result"})
    assert row.problems == (
        MappingProblem("kind", "subject", "damaged", "column subject: a formula without its result"),
    )


def test_marks_that_nobody_sees_do_not_make_a_value(mapped, a_mapping):
    mapping = a_mapping(more_fields={"office_ref": {"column": "office", "transform": "clean"}})
    assert mapped(mapping, office="\u200f\ufeff ").values["office_ref"] is None


@pytest.mark.parametrize(("cell", "value"), [("GAJI", "wages_unpaid"), ("-", None), (" tidak ada ", None)])
def test_what_a_system_writes_for_not_known_is_not_available(mapped, a_mapping, cell, value):
    row = mapped(a_mapping(not_available=["-", "Tidak Ada"]), subject=cell)
    assert (row.values["kind"], row.problems) == (value, ())
    assert "not_applicable" not in row.values


def test_not_available_not_applicable_and_zero_are_three_things(mapped, a_mapping):
    more = {"claim_amount": {"column": "claim", "transform": "decimal"}, "claim_currency": "currency"}
    mapping = a_mapping(more_fields=more, not_available=["-"], not_applicable=["N/A"])
    told = [mapped(mapping, claim=claim, currency="-").values for claim in ("-", "n/a", "0")]
    assert [(values["claim_amount"], values["not_applicable"]) for values in told] == [
        (None, []),
        (None, ["claim_amount"]),
        (Decimal(0), []),
    ]


def test_codes_translate_every_item_of_a_list(mapped, a_mapping):
    kinds = {"column": "more", "transform": ["list:;", "upper"], "codes": {"GAJI": "wages_unpaid", "SAKIT": "sick"}}
    mapping = a_mapping(more_fields={"further_kinds": kinds})
    assert mapped(mapping, more="sakit; gaji;").values["further_kinds"] == ["sick", "wages_unpaid"]
    [problem] = mapped(mapping, more="sakit; x").problems
    assert problem.code == "unknown_code"


def test_names_in_parts_are_put_together_without_those_that_are_absent(mapped, a_mapping):
    name = {"columns": ["first", "middle", "last"], "join": " "}
    mapping = a_mapping(more_fields={"worker_name_latin": name})
    assert mapped(mapping, first="SITI", middle=" ", last="CONTOH").values["worker_name_latin"] == "SITI CONTOH"
    assert mapped(mapping, first="", middle=None, last="").values["worker_name_latin"] is None


def test_the_first_column_that_holds_something_counts(mapped, a_mapping):
    passport = {"columns": ["new_passport", "passport"], "first_present": True}
    mapping = a_mapping(more_fields={"worker_passport_no": passport})
    assert mapped(mapping, new_passport="", passport="A1").values["worker_passport_no"] == "A1"
    assert mapped(mapping, new_passport="B2", passport="A1").values["worker_passport_no"] == "B2"


def test_a_day_without_its_month_is_not_taken_for_a_month(mapped, a_mapping):
    born = {"columns": ["day", "month", "year"], "join": "/", "transform": "date_dmy"}
    mapping = a_mapping(more_fields={"worker_birth_date": born})
    assert mapped(mapping, day="5", month="3", year="1990").values["worker_birth_date"] == date(1990, 3, 5)
    assert mapped(mapping, day=None, month=None, year=None).values["worker_birth_date"] is None
    [problem] = mapped(mapping, day="5", month=None, year="1990").problems
    assert (problem.column, problem.code) == ("day, month, year", "unreadable")
    assert problem.message == "columns day, month, year: expected a date as DD/MM/YYYY"


@pytest.mark.parametrize(
    ("cells", "known"),
    [
        (("5", "3", "1990"), (date(1990, 3, 5), "day", "gregorian")),
        ((None, "3", "1990"), (date(1990, 3, 1), "month", "gregorian")),
        ((None, None, "1410"), (date(1989, 8, 2), "year", "umm_al_qura")),
        (("5", None, "1990"), None),
    ],
)
def test_a_birth_date_in_three_columns_may_be_known_in_part(a_mapping, at, cells, known):
    entry = {"columns": ["day", "month", "year"], "join": "/"}
    fields = {
        "record_ref": {"column": "no", "transform": "prefix:IDN-P-"},
        "stage": {"constant": "arrived"},
        "birth_date": entry | {"transform": "partial:date_either_dmy"},
        "birth_date_precision": entry | {"transform": "precision_of:date_either_dmy"},
        "birth_date_calendar": entry | {"transform": "calendar_of:date_either_dmy"},
    }
    row = {"no": "17", "changed": "2026-07-03"} | dict(zip(("day", "month", "year"), cells, strict=True))
    mapped = RowMapper(a_mapping(stream="placement", fields=fields)).map(NativeRow("row", at(3), row))
    got = tuple(mapped.values.get(name) for name in ("birth_date", "birth_date_precision", "birth_date_calendar"))
    assert got == (known or (None, None, None))
    assert len(mapped.problems) == (0 if known else 3)


def test_a_header_that_is_a_record_is_refused_without_repeating_it(a_mapping):
    with pytest.raises(SourceError, match="2 other name") as refusal:
        audit(a_mapping(), [SECRET, "SITI CONTOH"], "cases")
    assert SECRET not in str(refusal.value)
