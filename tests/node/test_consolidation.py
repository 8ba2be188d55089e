"""One worker in several systems becomes one record, with the origin of each value kept."""

from datetime import date
from decimal import Decimal

import pytest
from builders import a_placement, a_revision

from amanah.node.consolidation import consolidate
from amanah.store import records

pytestmark = pytest.mark.slow

WHO = {"name_latin": "SITI CONTOH", "birth_date": "1990-05-17", "sex": "F"}
CONTRACT = {"contract_no": "C-1", "employer_ref": "E-7", "contract_start": "2026-06-01", "contract_end": "2028-05-31"}
SISKOP2MI = {"record_ref": "IDN-P-SK-1", "national_id": "3201", "passport_no": "A1000001", **WHO, **CONTRACT}
SIAPKERJA = {"record_ref": "IDN-P-SJ-9", "national_id": "3201", "wage_amount": "1800", "wage_currency": "SAR", **WHO}
EMBASSY = {"record_ref": "IDN-P-KB-5", "passport_no": "A1000001", "arrived_on": "2026-06-03", "stage": "arrived"}


def test_three_systems_one_worker(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"stage": "departed", "stage_date": "2026-06-02"})
    ministry.say("siapkerja", SIAPKERJA)
    ministry.say("embassy", EMBASSY)

    [record] = ministry.records().values()

    assert record["record_ref"] == "IDN-P-SK-1"
    assert record["earlier_record_refs"] == ["IDN-P-SJ-9"], "registrations only; the embassy registers no placements"
    assert (record["stage"], record["wage_amount"], record["arrived_on"]) == (
        *("departed", Decimal("1800.00"), date(2026, 6, 3)),
    )
    origins = ministry.origins("IDN-P-SK-1")
    assert (origins["contract_no"], origins["wage_amount"], origins["arrived_on"], origins["passport_no"]) == (
        *("siskop2mi", "siapkerja", "embassy", "embassy"),
    )
    assert set(origins) == set(record) - {"record_ref", "earlier_record_refs", "person_ref"}


def test_a_worker_registered_again_in_2023_is_one_record(ministry):
    """The old registration was never finished: it has no contract. The new one has the same national id."""
    old = {"record_ref": "IDN-P-TKLN-77", "national_id": "3201", **WHO, "stage_date": "2026-02-10"}
    ministry.say("siskop2mi", old)
    ministry.publish("IDN-P-TKLN-77")

    ministry.say("siskop2mi", SISKOP2MI | {"stage": "arrived"})

    [record] = ministry.records().values()
    assert (record["record_ref"], record["earlier_record_refs"]) == ("IDN-P-TKLN-77", ["IDN-P-SK-1"])
    assert (record["contract_no"], record["stage"]) == ("C-1", "arrived")


def test_two_contracts_are_two_placements_of_one_person(ministry):
    second = SISKOP2MI | {"record_ref": "IDN-P-SK-2", "contract_no": "C-2", "employer_ref": "E-8"}
    ministry.say("siskop2mi", SISKOP2MI, second)
    ministry.say("siskop2mi", {"record_ref": "IDN-P-SK-3", **WHO, "passport_no": "B700", "national_id": "9999"})

    one, two, other = (ministry.records()[ref] for ref in ("IDN-P-SK-1", "IDN-P-SK-2", "IDN-P-SK-3"))

    assert one["person_ref"] == two["person_ref"] != other["person_ref"]
    assert "3201" not in one["person_ref"]


def test_a_renewed_passport_joins_through_the_earlier_one(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("embassy", EMBASSY | {"passport_no": "A2000002", "previous_passport_nos": ["A1000001"]})

    [record] = ministry.records().values()

    assert (record["passport_no"], record["previous_passport_nos"]) == ("A2000002", ["A1000001"])


@pytest.mark.parametrize("speaks", [{"birth_date": "1971-11-02"}, {"name_latin": "BUDI HARTONO"}, {"sex": "M"}])
def test_a_key_that_agrees_does_not_join_two_people(ministry, speaks):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA | speaks)

    assert ministry.records().keys() == {"IDN-P-SK-1", "IDN-P-SJ-9"}
    assert ministry.listed() == [
        ("IDN-P-SJ-9", "same_key_other_person", "national_id"),
        ("IDN-P-SK-1", "same_key_other_person", "national_id"),
    ]

    ministry.say("siapkerja", SIAPKERJA, day=20)

    assert ministry.records().keys() == {"IDN-P-SK-1"}, "corrected at the source, they are one"
    assert ministry.listed() == []


def test_a_number_corrected_at_the_source_closes_the_list_for_both(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA | {"birth_date": "1971-11-02"})
    assert len(ministry.listed()) == 2

    ministry.say("siapkerja", SIAPKERJA | {"birth_date": "1971-11-02", "national_id": "7777"}, day=20)

    assert ministry.listed() == []


def test_a_number_of_two_people_parts_nobody_else(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA | {"birth_date": "1971-11-02"})

    ministry.say("embassy", EMBASSY)

    assert "arrived_on" in ministry.records()["IDN-P-SK-1"], "their passport is nobody else's"


def test_somebody_elses_row_under_a_number_parts_no_rows_that_agree(ministry):
    """An embassy's clerk types the number of one worker beside the name of another."""
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA)
    stranger = {"birth_date": "1971-11-02", "name_latin": "BUDI HARTONO", "sex": "M"}

    ministry.say("peduli_wni", {"record_ref": "IDN-P-WNI-3", "national_id": "3201", **stranger})

    assert ministry.records().keys() == {"IDN-P-SK-1"}
    assert ministry.unattached() == {"IDN-P-WNI-3"}
    assert {ref for ref, _, _ in ministry.listed()} == {"IDN-P-SK-1", "IDN-P-SJ-9", "IDN-P-WNI-3"}


def test_a_chain_to_somebody_else_takes_no_row_away_that_is_not_on_it(ministry):
    """Somebody else stands under an earlier passport; what the embassy says of the passport of today stays."""
    ministry.say("siskop2mi", SISKOP2MI | {"passport_no": "A100"})
    ministry.say("embassy", EMBASSY | {"passport_no": "A100"})
    ministry.say("siapkerja", {"record_ref": "IDN-P-SJ-2", "national_id": "3201", "passport_no": "A200"})

    ministry.say("siskop2mi", {"record_ref": "IDN-P-SK-8", "passport_no": "A200", **WHO, "birth_date": "1971-11-02"})

    assert ministry.records().keys() == {"IDN-P-SK-1", "IDN-P-SK-8"}
    assert "arrived_on" in ministry.records()["IDN-P-SK-1"]
    assert ministry.unattached() == set()


@pytest.mark.parametrize(
    "slip", [{"birth_date": "1990-05-18"}, {"birth_date": "1991-05-17"}, {"name_latin": "SITTI BINTI AHMAD"}]
)
def test_a_slip_of_the_pen_speaks_against_nothing(ministry, slip):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA | slip)

    assert ministry.records().keys() == {"IDN-P-SK-1"}


def test_day_and_month_changed_about_are_a_slip_and_a_year_alone_is_compared_as_one(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"birth_date": "1990-05-07"})
    ministry.say("siapkerja", SIAPKERJA | {"birth_date": "1990-07-05"})
    ministry.say("embassy", EMBASSY | {"birth_date": "1990-01-01", "birth_date_precision": "year"})

    assert ministry.records().keys() == {"IDN-P-SK-1"}
    assert ministry.unattached() == set()


def test_a_chain_of_keys_does_not_join_two_people(ministry):
    """The row in the middle has no date of birth: it shares a national id with one, a passport with another."""
    ministry.say("siskop2mi", SISKOP2MI | {"passport_no": "A100"})
    ministry.say("siapkerja", {"record_ref": "IDN-P-SJ-2", "national_id": "3201", "passport_no": "A200"})
    ministry.say("siskop2mi", {"record_ref": "IDN-P-SK-8", "passport_no": "A200", **WHO, "birth_date": "1971-11-02"})

    found = ministry.records()

    assert found.keys() == {"IDN-P-SK-1", "IDN-P-SK-8"}
    assert found["IDN-P-SK-1"]["earlier_record_refs"] == ["IDN-P-SJ-2"], "the national id is the stronger key"
    assert {code for _, code, _ in ministry.listed()} == {"same_key_other_person"}


def test_a_value_that_is_no_longer_sent_is_not_wiped(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("embassy", EMBASSY | {"household_locality": "Olaya"})

    ministry.say("embassy", EMBASSY | {"arrived_on": None}, day=20)

    [record] = ministry.records().values()
    assert record["arrived_on"] == date(2026, 6, 3)
    assert "household_locality" not in record, "the terms say that the embassy empties this one on purpose"


def test_a_lower_system_fills_what_a_higher_one_does_not_have(ministry):
    ministry.say("siapkerja", SIAPKERJA | {"insurance_no": "P-1"})
    ministry.say("siskop2mi", SISKOP2MI | {"wage_amount": "1900", "wage_currency": "SAR"})

    [record] = ministry.records().values()

    assert (record["insurance_no"], record["wage_amount"]) == ("P-1", Decimal("1900.00"))


def test_what_belongs_together_comes_from_one_system(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"visa_no": "V-1"})
    ministry.say("siapkerja", SIAPKERJA | {"visa_no": "V-2", "visa_expires_on": "2026-09-01"})
    ministry.say("embassy", EMBASSY | {"visa_no": "V-1", "visa_expires_on": "2026-08-01"})

    [record] = ministry.records().values()

    assert (record["visa_no"], record["visa_expires_on"]) == ("V-1", date(2026, 8, 1))


def test_what_one_system_has_does_apply(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"not_applicable": ["wage_amount", "household_ref"]})
    ministry.say("siapkerja", SIAPKERJA)

    [record] = ministry.records().values()

    assert record["not_applicable"] == ["household_ref"]


def test_the_latest_stage_counts_where_the_terms_say_so(ministry):
    ministry.agree(precedence={}, latest={"stage": "stage_date"})
    ministry.say("siskop2mi", SISKOP2MI | {"stage": "departed", "stage_date": "2026-06-02"})
    ministry.say("embassy", EMBASSY | {"stage": "died", "stage_date": "2026-07-01"})

    [record] = ministry.records().values()

    assert (record["stage"], record["stage_date"]) == ("died", date(2026, 7, 1))


def test_a_registration_abroad_without_a_placement_is_kept_and_makes_no_record(ministry):
    unknown = {"record_ref": "IDN-P-WNI-3", "passport_no": "Z900", "stage": "arrived", **WHO}

    result = ministry.say("peduli_wni", unknown)

    assert (result.unattached, ministry.records()) == (1, {})
    assert ministry.unattached() == {"IDN-P-WNI-3"}

    ministry.say("siskop2mi", SISKOP2MI | {"passport_no": "Z900"})

    assert ministry.unattached() == set(), "it fills the placement once that is known"


def test_where_several_placements_fit_none_is_picked(ministry):
    second = SISKOP2MI | {"record_ref": "IDN-P-SK-2", "contract_no": "C-2", "employer_ref": "E-8"}
    ministry.say("siskop2mi", SISKOP2MI, second)

    ministry.say("embassy", EMBASSY)

    assert ministry.unattached() == {"IDN-P-KB-5"}
    assert all("arrived_on" not in record for record in ministry.records().values())


def test_a_row_joins_the_placement_of_its_time(ministry):
    earlier = {"record_ref": "IDN-P-SK-0", "contract_no": "C-0", "contract_start": "2021-01-01"}
    ministry.say("siskop2mi", SISKOP2MI, SISKOP2MI | earlier | {"contract_end": "2022-12-31"})

    ministry.say("embassy", EMBASSY | {"stage_date": "2026-06-03"})

    assert "arrived_on" in ministry.records()["IDN-P-SK-1"]
    assert "arrived_on" not in ministry.records()["IDN-P-SK-0"]


@pytest.mark.parametrize(("day", "attached"), [("2025-10-01", False), ("2026-01-10", True), ("2029-02-01", False)])
def test_a_row_of_another_time_waits(ministry, day, attached):
    ministry.say("siskop2mi", SISKOP2MI)

    ministry.say("embassy", EMBASSY | {"arrived_on": None, "area": "SA-01", "stage_date": day})

    assert (ministry.unattached() == set()) is attached


def test_two_published_records_turn_out_to_be_one(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"contract_no": None, "employer_ref": "E-7"})
    ministry.say("siapkerja", SIAPKERJA | {"national_id": None, "contract_no": "C-1"})
    ministry.publish("IDN-P-SJ-9", sequence=1)
    ministry.publish("IDN-P-SK-1", sequence=2)
    assert ministry.records().keys() == {"IDN-P-SK-1", "IDN-P-SJ-9"}

    ministry.say("siskop2mi", SISKOP2MI, day=20, month="2026-08")

    [record] = ministry.records("2026-08").values()
    assert (record["record_ref"], record["earlier_record_refs"]) == ("IDN-P-SJ-9", ["IDN-P-SK-1"])
    assert ministry.records().keys() == {"IDN-P-SK-1", "IDN-P-SJ-9"}, "July stays as it was known"


def test_dates_that_contradict_are_listed_and_the_higher_system_stands(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"departed_on": "2026-06-02"})
    ministry.say("embassy", EMBASSY | {"arrived_on": "2026-05-03", "area": "SA-01"})

    [record] = ministry.records().values()

    assert (record["departed_on"], record.get("arrived_on"), record["area"]) == (date(2026, 6, 2), None, "SA-01")
    assert ministry.listed() == [("IDN-P-SK-1", "systems_contradict", "arrived_on")]

    ministry.say("embassy", EMBASSY | {"arrived_on": "2026-06-03"}, day=20)

    assert ministry.records()["IDN-P-SK-1"]["arrived_on"] == date(2026, 6, 3)
    assert ministry.listed() == []


def test_what_one_system_contradicts_itself_in_is_taken_from_its_newer_row(ministry):
    ministry.say("siskop2mi", SISKOP2MI | {"arrived_on": "2026-06-03"})

    ministry.say("siskop2mi", SISKOP2MI | {"departed_on": "2026-06-10"}, day=20)

    [record] = ministry.records().values()
    assert (record["departed_on"], record.get("arrived_on")) == (date(2026, 6, 10), None)
    assert ministry.listed() == [("IDN-P-SK-1", "systems_contradict", "arrived_on")]


def test_one_reference_for_two_people_makes_one_record_and_loses_neither(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA | {"record_ref": "IDN-P-SK-1", "birth_date": "1971-11-02"})

    assert ministry.records()["IDN-P-SK-1"]["birth_date"] == date(1990, 5, 17)
    assert ("IDN-P-SK-1", "same_reference_twice", "record_ref") in ministry.listed()
    assert ministry.unattached() == {"IDN-P-SK-1"}


def test_the_same_rows_again_change_nothing(ministry):
    for source, row in (("siskop2mi", SISKOP2MI), ("siapkerja", SIAPKERJA), ("embassy", EMBASSY)):
        ministry.say(source, row)

    again = [ministry.say("siskop2mi", SISKOP2MI), ministry.say("embassy", EMBASSY), ministry.again()]

    assert [done.changed for done in again] == [0, 0, 0]


def test_a_large_batch_is_taken_some_rows_at_a_time(ministry, monkeypatch):
    again = {"record_ref": "IDN-P-SK-2", "national_id": "3201", **WHO}
    ministry.say("siskop2mi", SISKOP2MI, again)
    together = ministry.records()
    ministry.forget()
    monkeypatch.setattr(consolidate, "AT_ONCE", 1)

    ministry.say("siskop2mi", SISKOP2MI, again)

    assert ministry.records() == together
    assert together.keys() == {"IDN-P-SK-1"}


def test_other_terms_make_the_records_anew(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("embassy", EMBASSY | {"passport_no": "A2000002", "previous_passport_nos": ["A1000001"]})

    ministry.agree(precedence={})
    ministry.again()

    assert ministry.records()["IDN-P-SK-1"]["passport_no"] == "A1000001"


def test_records_from_before_there_were_terms_are_taken_up(ministry):
    before = a_placement("IDN-P-SK-1", passport_no="A1000001", contract_no="C-1")
    with ministry.database.engine.begin() as connection:
        records.add(connection, "placement", [a_revision(before)], holder="IDN", known_in="2026-06", origin="siskop2mi")

    ministry.again()
    ministry.say("siapkerja", SIAPKERJA | {"contract_no": "C-1"})

    [record] = ministry.records().values()
    assert (record["record_ref"], record["earlier_record_refs"]) == ("IDN-P-SK-1", ["IDN-P-SJ-9"])


def test_rows_that_are_parted_become_records_of_their_own_again(ministry):
    ministry.say("siskop2mi", SISKOP2MI)
    ministry.say("siapkerja", SIAPKERJA)

    ministry.say("siapkerja", SIAPKERJA | {"national_id": "7777"}, day=20)

    assert ministry.records().keys() == {"IDN-P-SK-1", "IDN-P-SJ-9"}
    assert "earlier_record_refs" not in ministry.records()["IDN-P-SK-1"]
