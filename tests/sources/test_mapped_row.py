from datetime import date

import pytest

from amanah.sources import MappingProblem, SourceError
from amanah.sources.native import NativeRow, as_text, audit
from amanah.sources.row import RowMapper

SECRET = "B7654321"


@pytest.fixture
def mapped(a_mapping, at):
    def translate(**columns):
        row = {"no": "17", "changed": "2026-07-03", "subject": "GAJI", "received": "2026-07-01", "state": "1"}
        return RowMapper(a_mapping()).map(NativeRow("cases_2026-07.csv line 12", at(3), row | columns))

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
