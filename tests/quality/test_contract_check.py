"""The contract check: what is wrong with a record is said completely, by field, and without the value."""

from decimal import Decimal

from builders import CANARIES, a_placement, with_canaries

from amanah.quality.contract import Candidate, check
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]


def a_candidate(position="row 1", problems=(), **values):
    record = a_placement() | values
    raw = {name: None if value is None else str(value) for name, value in record.items()}
    return Candidate(position, record, raw, tuple(problems))


def reasons(checked):
    return {(failure.field, failure.code) for failure in checked.failures}


def test_a_good_record_comes_out_in_the_types_of_the_contract():
    checked = check([a_candidate(wage_amount="1800.00", birth_date="1990-05-17")], PLACEMENT)

    assert checked.accepted == [a_placement(wage_amount=Decimal("1800.00"))]
    assert (checked.failures, checked.refused) == ([], 0)


def test_all_reasons_of_a_record_are_given():
    checked = check([a_candidate(sex="W", passport_no="?", wage_amount=-1, stage=None)], PLACEMENT)

    assert reasons(checked) == {
        ("sex", "unknown_code"),
        ("passport_no", "string_pattern_mismatch"),
        ("wage_amount", "greater_than_equal"),
        ("stage", "string_type"),
    }
    assert (checked.accepted, checked.refused) == ([], 1)


def test_a_value_that_could_not_be_read_does_not_hide_the_other_reasons():
    unreadable = ("birth_date", "unreadable", "column tgl_lahir: expected a date such as 2026-07-31")
    candidate = a_candidate(sex="W", problems=[unreadable])
    del candidate.values["birth_date"]

    checked = check([candidate], PLACEMENT)

    assert reasons(checked) == {("birth_date", "unreadable"), ("sex", "unknown_code")}


def test_a_required_value_that_could_not_be_read_is_named_once():
    candidate = a_candidate(problems=[("stage", "unknown_code", "column status: expected one of the codes")])
    del candidate.values["stage"]

    assert reasons(check([candidate], PLACEMENT)) == {("stage", "unknown_code")}


def test_a_rule_over_several_fields_names_the_one_that_is_wanting():
    checked = check([a_candidate(wage_currency=None)], PLACEMENT)

    assert reasons(checked) == {("wage_currency", "wage_currency")}
    assert checked.failures[0].message.startswith("wage_amount is given without wage_currency;")


def test_a_reference_that_stands_twice_fails_the_second_time():
    checked = check([a_candidate("row 1"), a_candidate("row 2"), a_candidate("row 3")], PLACEMENT)

    assert len(checked.accepted) == 1
    assert [(failure.position, failure.code) for failure in checked.failures] == [
        ("row 2", "repeated"),
        ("row 3", "repeated"),
    ]


def test_a_failure_keeps_the_row_as_it_was_read():
    candidate = a_candidate(sex="W")

    [failure] = check([candidate], PLACEMENT).failures

    assert (failure.position, failure.record_ref, failure.raw) == ("row 1", "IDN-P-1", candidate.raw)


def test_nothing_that_is_said_or_printed_holds_a_value():
    record = with_canaries(sex="KANARI", visa_no="KANARI?", contract_no="KANARI!", previous_passport_nos="QZ9990001")
    candidate = Candidate("row 1", record, {"nama": "KANARI BURUNG", "no_paspor": "QZ9990001"})
    good = Candidate("row 2", with_canaries("IDN-P-2"), {"nama": "KANARI BURUNG"})

    checked = check([candidate, good], PLACEMENT)

    assert len(checked.failures) == 4
    said = "".join(failure.message for failure in checked.failures) + f"{checked} {candidate}"
    assert not [canary for canary in CANARIES if canary in said]


def test_what_stands_in_the_reference_of_a_refused_row_is_kept_only_where_it_is_one():
    moved = Candidate("line 2", {"record_ref": "KANARI BURUNG"}, {"ref": "KANARI BURUNG"})
    other = Candidate("line 3", {"record_ref": "IDN-P-000003", "sex": "W"}, {"ref": "IDN-P-000003"})

    failures = check([moved, other], STREAMS["placement"]).failures

    assert {(each.position, each.record_ref) for each in failures} == {("line 2", None), ("line 3", "IDN-P-000003")}
    assert "KANARI" not in repr(failures)
