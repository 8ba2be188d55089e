"""The file of expectations: complete or refused, with every fault and its line."""

import pytest

from amanah.quality.expectations import Confirmation, Expectations, ExpectationsError, file_beside, load
from schemas.agreement import FOLDER
from schemas.streams import STREAMS


@pytest.fixture
def refused(tmp_path):
    """What is said about a file of expectations that cannot be used."""

    def text(content):
        file_beside(tmp_path / "a.yaml").write_text(content, encoding="utf-8")
        with pytest.raises(ExpectationsError) as error:
            load(tmp_path / "a.yaml")
        return str(error.value)

    return text


def test_every_agreement_that_is_published_has_expectations_of_every_stream():
    for agreement in FOLDER.glob("*.yaml"):
        if not agreement.name.endswith(".expectations.yaml"):
            assert load(agreement).keys() == STREAMS.keys()


def test_the_ten_key_fields_of_each_stream_are_watched():
    expected = load(FOLDER / "idn-sau.yaml")

    assert set(expected["placement"].error.present) == {
        *("contract_no", "passport_no", "name_latin", "birth_date", "sex"),
        *("occupation_isco", "area", "employer_ref", "wage_amount", "stage_date"),
    }
    assert set(expected["complaint"].fields_of("present", "presence_drift")) == {
        *("record_ref", "kind", "received_on", "stage", "stage_date", "channel", "urgency"),
        *("placement_ref", "worker_passport_no", "area"),
    }


def test_a_warning_is_never_laxer_than_the_error_beside_it():
    for expected in load(FOLDER / "idn-sau.yaml").values():
        error, warning = expected.error, expected.warning
        for demand in ("present", "unique", "not_after_month", "known"):
            closer, wider = getattr(warning, demand), getattr(error, demand)
            assert all(closer[field] >= wider[field] for field in closer.keys() & wider.keys())
        for demand in ("drift", "presence_drift", "median_shift", "newest_within_days"):
            closer, wider = getattr(warning, demand), getattr(error, demand)
            assert all(closer[field] <= wider[field] for field in closer.keys() & wider.keys())


def test_an_agreement_without_expectations_is_refused(tmp_path):
    with pytest.raises(ExpectationsError, match=r"a\.expectations\.yaml: not there; every agreement needs"):
        load(tmp_path / "a.yaml")


@pytest.mark.parametrize("content", ["placement: {", "", "- placement"])
def test_what_is_no_set_of_expectations_is_refused(refused, content):
    assert "a.expectations.yaml" in refused(content)


def test_all_faults_are_said_at_once_with_their_lines(refused):
    said = refused(
        "placement:\n"
        "  error:\n"
        "    present: {passport_nr: 0.9, birth_date: 1.5}\n"
        "    rows_at_most: 7\n"
        "  warning:\n"
        "    newest_within_days: {stage: 30, nothing: 1}\n"
        "    drift: {passport_no: 0.1, birth_date: 0.1, stage: 0.1}\n"
        "    median_shift: {contract_no: 0.1}\n"
        "    known: {name_latin: 1}\n"
        "    not_among: {passport_no: birth_date}\n"
        "    volume: {at_least: 2, at_most: 0.5}\n"
        "    unique: {previous_passport_nos: 1}\n"
        "    unique_together: [[passport_no, vissa_no]]\n"
        "complaints: {}\n"
    )

    for line in (
        "line 3, placement.error.present.birth_date:",
        "line 4, placement.error.rows_at_most:",
        "line 11, placement.warning.volume.at_least:",
        "line 11, placement.warning.volume.at_most:",
        "line 14, complaints: no such stream; there are placement, complaint",
        "complaint: missing; say what is expected of its batches",
    ):
        assert line in said


def test_fields_that_do_not_exist_or_do_not_fit_are_named(refused):
    said = refused(
        "placement:\n"
        "  error:\n"
        "    present: {passport_nr: 0.9}\n"
        "  warning:\n"
        "    newest_within_days: {stage: 30}\n"
        "    drift: {passport_no: 0.1, name_latin: 0.1, birth_date: 0.1, stage: 0.1, sex: 0.1}\n"
        "    median_shift: {contract_no: 0.1}\n"
        "    known: {name_latin: 1}\n"
        "    not_among: {passport_no: birth_date}\n"
        "    unique: {previous_passport_nos: 1}\n"
        "    unique_together: [[passport_no, vissa_no]]\n"
        "    within: {name_latin: [0, 1]}\n"
        "    in_list: {birth_date: area, area: arrea}\n"
        "complaint: {}\n"
    )

    assert [line.removeprefix("  a.expectations.yaml line ") for line in said.splitlines()[1:]] == [
        "3, placement.error.present.passport_nr: placement/1 has no field 'passport_nr'",
        "5, placement.warning.newest_within_days.stage: expected the name of a date",
        "6, placement.warning.drift.birth_date: expected the name of a code",
        "6, placement.warning.drift.name_latin: expected the name of a code",
        "6, placement.warning.drift.passport_no: expected the name of a code",
        "7, placement.warning.median_shift.contract_no: expected the name of an amount with a currency field beside it",
        "8, placement.warning.known.name_latin: expected the name of a reference",
        "9, placement.warning.not_among.birth_date: expected the name of text",
        "10, placement.warning.unique.previous_passport_nos: expected the name of a single value",
        "11, placement.warning.unique_together.vissa_no: placement/1 has no field 'vissa_no'",
        "12, placement.warning.within.name_latin: expected the name of a number",
        "13, placement.warning.in_list.area: no code list 'arrea'",
        "13, placement.warning.in_list.birth_date: expected the name of text",
    ]


def test_a_range_that_holds_nothing_is_refused(refused):
    said = refused(
        "placement:\n"
        "  error:\n"
        "    within: {wage_amount: [5000, 1500]}\n"
        "  warning:\n"
        "    median_between: {wage_amount: {SAR: [3000, 1000]}}\n"
        "complaint: {}\n"
    )

    assert "line 3, placement.error.within.wage_amount: " in said
    assert "expected [lowest, highest], got [5000, 1500]: nothing lies between them" in said
    assert "line 5, placement.warning.median_between.wage_amount.SAR: " in said


def test_a_key_that_stands_twice_is_refused(refused):
    said = refused("placement: {error: {rows_at_least: 1, rows_at_least: 0}}\ncomplaint: {}\n")

    assert "placement.error.rows_at_least: stands twice" in said


def test_a_confirmation_is_for_one_check_of_one_batch_of_one_source():
    said = Confirmation(source="musaned", period="2026-07", checks=("volume", "drift.area"), because="moratorium ended")
    expected = Expectations(confirmed=(said,))

    assert expected.confirmation("musaned", "2026-07", "drift.area") == said
    for other in (
        ("siskop2mi", "2026-07", "volume"),
        ("musaned", "2026-08", "volume"),
        ("musaned", "2026-07", "drift.stage"),
    ):
        assert expected.confirmation(*other) is None
