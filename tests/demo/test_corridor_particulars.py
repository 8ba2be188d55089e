"""The synthetic corridor speaks the whole contract: every field, truthfully, and every way to break it."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.demo.corridor import PROFILES, Corridor, generate, wages_seen
from amanah.demo.corridor.complaints import NEAR_WAGE_COMPLAINT
from amanah.demo.corridor.faults import FLAWS, refusals
from amanah.demo.corridor.funnel import day_of
from amanah.demo.corridor.lot import Lot, scrambled
from schemas import mrz
from schemas.agreement import FOLDER, load
from schemas.cautions import cautions
from schemas.document_no import luhn
from schemas.streams import STREAMS

FIRST = load(FOLDER / "idn-sau.yaml")
SECOND = load(Path(__file__).parent.parent / "corridors" / "ken-jor.yaml")
MONTHS = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
FUNNEL = tuple(field for field in STREAMS["placement"].fields if field.endswith("_on") and field[:-3] in {
    "requested", "approved", "contract_endorsed", "visa_issued", "departed", "arrived", "residence_issued",
    "transferred", "absconding_reported", "returned", "died", "cancelled",
})  # fmt: skip


@cache
def corridor(noise: str = "high") -> Corridor:
    return generate(records=600, seed=7, noise=noise, agreement=FIRST)


@cache
def large() -> Corridor:
    return generate(records=3000, seed=7, noise="high", agreement=FIRST)


def side(of: Corridor, party: str, stream: str = "placement", *, faulty: bool = False) -> list[dict[str, Any]]:
    invalid = set() if faulty else set(of.standing_faults["record_ref"].to_pylist())
    return [row for row in of.current(party, stream).to_pylist() if row["record_ref"] not in invalid]


def ours(noise: str = "high") -> list[dict[str, Any]]:
    return side(corridor(noise), "IDN")


def theirs(noise: str = "high") -> list[dict[str, Any]]:
    return side(corridor(noise), "SAU")


@pytest.mark.slow
@pytest.mark.parametrize("noise", PROFILES)
@pytest.mark.parametrize("agreement", [FIRST, SECOND], ids=lambda agreement: agreement.id)
@pytest.mark.parametrize("seed", [7, 8, 23])
def test_what_is_refused_at_the_end_is_what_was_planted(noise, seed, agreement):
    of = generate(records=400, seed=seed, noise=noise, agreement=agreement)
    found = {
        (party, stream, row["record_ref"], *refusal)
        for party in of.parties
        for stream in STREAMS
        for row in side(of, party, stream, faulty=True)
        for refusal in refusals(agreement.record_model(stream), row)
    }
    assert found == {tuple(row.values()) for row in of.standing_faults.to_pylist()}
    assert bool(found) == (noise != "none")


@pytest.mark.parametrize(("stream", "number"), [(s, n) for s, flaws in FLAWS.items() for n in range(len(flaws))])
def test_every_flaw_shows_in_some_record_with_its_code_at_its_field(stream, number):
    flaw, model = FLAWS[stream][number], FIRST.record_model(stream)
    fit = [row for party in corridor().parties for row in side(corridor(), party, stream) if _has(row, flaw.needs)]
    assert any(refusals(model, row | flaw.changes(row)) == [(flaw.field, flaw.code)] for row in fit)


def _has(row: dict[str, Any], names: tuple[str, ...]) -> bool:
    return all(row[name] is not None for name in names)


def test_every_rule_of_the_contract_is_broken_by_some_flaw():
    for stream, flaws in FLAWS.items():
        rules = {rule.code for rule in STREAMS[stream].rules} - {"not_applicable"}  # no register can say such a thing
        assert rules <= {flaw.code for flaw in flaws}


def test_in_a_large_corridor_every_flaw_of_a_placement_is_planted():
    planted = {(row["field"], row["code"]) for row in large().faults.to_pylist() if row["stream"] == "placement"}
    assert planted == {(flaw.field, flaw.code) for flaw in FLAWS["placement"]}


def test_every_field_has_a_value_somewhere():
    held = {stream: defaultdict(int) for stream in STREAMS}
    for party in corridor().parties:
        for stream in STREAMS:
            for row in side(corridor(), party, stream):
                for field, value in row.items():
                    held[stream][field] += value is not None

    empty = {stream: [f for f in STREAMS[stream].fields if not held[stream][f]] for stream in STREAMS}
    assert empty == {"placement": ["earlier_record_refs", "completed_on"], "complaint": []}


def test_the_dates_of_the_funnel_are_the_steps_that_the_side_knows_of():
    for row in ours() + theirs():
        days = [row[field] for field in FUNNEL if row[field] is not None]
        assert row[f"{row['stage']}_on"] == row["stage_date"] == max(days)
        assert days[: -1 or None] == sorted(days[: -1 or None])
    assert all(row["requested_on"] for row in ours())
    assert not any(row["requested_on"] for row in theirs())


def test_a_number_appears_with_the_stage_that_gives_it():
    for row in theirs():
        assert (row["border_no"] is None) == (row["arrived_on"] is None)
        assert (row["visa_expires_on"] is None) == (row["visa_issued_on"] is None)
        assert (row["residence_no"] is None) == (row["residence_issued_on"] is None)
        assert row["insurance_from"] in (None, row["arrived_on"])
    numbers = [row["residence_no"] for row in theirs() if row["residence_no"]]
    assert all(len(number) == 10 and number[0] == "2" and luhn(number) for number in numbers)


@pytest.mark.parametrize("field", ["national_id", "border_no", "insurance_no", "passport_no", "visa_no", "contract_no"])
def test_a_number_is_given_to_one_placement_only(field):
    for rows in (side(corridor("real"), "IDN"), side(corridor("real"), "SAU")):
        first = [row[field] for row in rows if row[field] and not row["record_ref"].endswith("-R")]
        assert len(set(first)) == len(first)


def test_a_national_identity_number_can_belong_to_nobody_and_stays_at_home():
    assert {(row["national_id"][:2], len(row["national_id"])) for row in ours()} == {("99", 16)}
    for row in theirs():
        assert row["national_id"] is row["passport_mrz"] is None


def test_the_machine_readable_line_is_of_the_passport_in_use():
    for row in ours():
        line = row["passport_mrz"]
        assert mrz.holds(line)
        assert mrz.document_no(line) == row["passport_no"]
        assert line[13:19] == f"{row['birth_date']:%y%m%d}"
        assert line[21:27] == f"{row['passport_expires_on']:%y%m%d}"


def test_a_passport_outlasts_the_contract_and_a_renewed_one_names_the_one_before():
    renewed = 0
    for row in ours():
        numbers, ends = row["previous_passport_nos"], row["previous_passport_expiries"]
        assert row["contract_end"] is None or row["passport_expires_on"] > row["contract_end"]
        assert (numbers is None) == (ends is None)
        assert numbers is None or len(numbers) == len(ends)
        renewed += bool(numbers) and row["passport_issued_on"] > row["requested_on"]
    assert renewed
    assert Counter(bool(row["previous_passport_nos"]) for row in ours())[True] > len(ours()) / 10


def test_the_parts_of_a_name_are_parts_of_the_name_shown():
    for row in theirs():
        own = [row["given_names_latin"], row["surname_latin"]]
        assert row["name_latin"].startswith(" ".join(part for part in own if part))
        assert row["name_arabic"].startswith(row["given_name_arabic"])
        for part in ("father_name_latin", "grandfather_name_latin"):
            assert row[part] is None or row[part] in row["name_latin"]
        assert (row["father_name_latin"] is None) == (row["father_name_arabic"] is None)
        assert (row["given_names_latin"] is None) == (row["family_name_arabic"] is None)
    assert all(row["father_name_latin"] for row in ours())
    assert any(row["grandfather_name_arabic"] for row in theirs())


def test_a_birth_date_says_how_much_of_it_is_known_and_from_which_calendar_it_comes():
    for row in ours():
        assert (row["birth_date_precision"], row["birth_date_calendar"]) == ("day", "gregorian")
    known = Counter((row["birth_date_precision"], row["birth_date_calendar"]) for row in theirs())
    assert set(known) == {("day", "gregorian"), ("day", "umm_al_qura"), ("year", "gregorian")}
    years = [row["birth_date"] for row in theirs() if row["birth_date_precision"] == "year"]
    assert {(day.month, day.day) for day in years} == {(1, 1)}


def test_what_does_not_apply_is_said_and_what_is_not_known_is_not():
    for row in ours() + theirs():
        assert not [field for field in row["not_applicable"] if row[field] is not None]
        assert ("residence_no" in row["not_applicable"]) == (row["arrived_on"] is None)
        assert ("given_names_latin" in row["not_applicable"]) == (row["given_names_latin"] is None)
    assert any(row["residence_no"] is None and "residence_no" not in row["not_applicable"] for row in ours())
    assert any("origin_agency_ref" in row["not_applicable"] for row in theirs())
    assert any(row["previous_passport_nos"] == [] for row in ours())
    outside = [c for c in side(corridor(), "IDN", "complaint") if "placement_ref" in c["not_applicable"]]
    assert outside
    assert all(c["placement_ref"] is None for c in outside)


def test_some_workers_paid_most_of_those_asked_did_not_and_many_were_not_asked():
    paid = Counter(
        None if row["worker_cost_amount"] is None else row["worker_cost_amount"] > 0
        for row in side(corridor("none"), "IDN")
        if row["departed_on"]
    )
    assert paid[False] > paid[True] > 0
    assert paid[None] > paid[True]
    assert {row["worker_cost_currency"] for row in ours()} == {"IDR", None}
    assert not any(row["worker_cost_amount"] for row in theirs())


def test_fees_lie_around_the_cap():
    cap = FIRST.thresholds.cost_cap.amount
    fees = [row["recruitment_fee_amount"] for row in theirs() if row["recruitment_fee_amount"] is not None]
    above = [fee for fee in fees if fee > cap]
    assert 0 < len(above) < len(fees) / 10
    assert min(fees) >= cap * Decimal("0.69")


def test_wages_seen_end_with_the_work_and_are_told_quarter_by_quarter():
    told = [row for row in theirs("none") if row["wage_payments_due"] is not None]
    assert told
    for row in told:
        assert 0 <= row["wage_payments_seen"] <= row["wage_payments_due"]
        assert (row["last_wage_paid_on"] is None) == (row["wage_payments_seen"] == 0)
        assert row["earnings_amount"] is None or row["earnings_amount"] <= row["wage_amount"]
    assert any(row["earnings_amount"] == 0 for row in told)
    months = Counter(
        record["updated_at"].month
        for month in corridor("none").window.months
        for record in corridor("none").changes("SAU", "placement", month)
        if record["wage_payments_due"] is not None
    )
    assert {3, 6, 9} <= {month for month, _ in months.most_common(3)}


def test_nobody_is_paid_after_a_death_that_the_destination_does_not_know_of():
    died = [pair.truth for pair in large().pairs if pair.truth.ending == "died"]
    later = [wages_seen.seen(truth, truth.left + timedelta(days=200), None, Decimal(1500)) for truth in died]
    assert any(told["wage_payments_seen"] for told in later)
    for truth, told in zip(died, later, strict=True):
        worked = (truth.left - day_of(truth.steps, "arrived")).days // 30
        assert told["wage_payments_seen"] <= worked < told["wage_payments_due"]
        assert told["last_wage_paid_on"] is None or told["last_wage_paid_on"] <= truth.left + timedelta(days=9)


def test_a_household_changes_with_the_employer():
    moved = [row for row in theirs() if row["household_ref"] and row["household_ref"].endswith("-2")]
    assert moved
    assert len({row["household_ref"] for row in theirs()}) > len({row["employer_ref"] for row in theirs()})


def test_an_absconding_report_near_a_wage_complaint_is_never_taken_back():
    revoked = {row["record_ref"]: row for row in side(large(), "SAU") if row["absconding_revoked_on"]}
    near = [pair.destination.ref for pair in large().pairs if NEAR_WAGE_COMPLAINT in pair.causes and pair.destination]
    assert len(near) > 5
    assert revoked
    assert not set(near) & set(revoked)
    for row in revoked.values():
        assert 0 < (row["absconding_revoked_on"] - row["absconding_reported_on"]).days <= 15


def test_a_person_has_one_reference_however_often_registered():
    people = {row["record_ref"]: row["person_ref"] for row in ours()}
    again = [ref for ref in people if ref.endswith("-R") and ref.removesuffix("-R") in people]
    assert again
    assert all(people[ref] == people[ref.removesuffix("-R")] for ref in again)
    placed = {c["placement_ref"]: c["person_ref"] for c in side(corridor(), "IDN", "complaint") if c["placement_ref"]}
    assert all(people.get(ref, person) == person for ref, person in placed.items())


def test_a_complaint_says_who_it_is_about_when_no_placement_does():
    for party in corridor().parties:
        for row in side(corridor(), party, "complaint"):
            named = row["worker_passport_no"] is not None and row["worker_name_latin"] is not None
            assert named == (row["placement_ref"] is None)
            assert (row["worker_birth_date"] is None) == (row["worker_sex"] is None) == (not named)


def test_a_complaint_is_found_out_and_closed_as_its_kind_demands():
    for party in corridor().parties:
        for row in side(corridor(), party, "complaint"):
            closed = row["stage"] in {"resolved", "closed_unresolved", "withdrawn"}
            assert (row["closed_on"] is not None) == (row["outcome"] is not None) == closed
            assert (row["forced_labour_indicators"] is None) == (row["stage"] == "received")
            assert (row["remedy_amount"] is not None) == (row["outcome"] == "remedy_paid")
            assert row["remedy_amount"] is None or row["remedy_amount"] <= row["claim_amount"]
            assert row["incident_on"] <= row["received_on"]
            if row["kind"] == "documents_withheld" and row["forced_labour_indicators"] is not None:
                assert row["forced_labour_indicators"] == ["documents_withheld"]
            if row["trafficking_status"]:
                assert row["kind"] == "trafficking"


def test_every_caution_is_one_that_somebody_meant():
    found = Counter(
        caution.code
        for party in ("IDN", "SAU")
        for row in side(corridor("real"), party)
        for caution in cautions(row, FIRST, STREAMS["placement"])
    )
    assert set(found) == {"wage_below_minimum", "worker_paid_too_much", "fee_above_cap"}


def test_another_corridor_is_played_by_its_own_agreement():
    of = generate(records=300, seed=7, noise="high", months=MONTHS, agreement=SECOND)
    for party in of.parties:
        rows = side(of, party)
        assert {row["area"] for row in rows} <= set(SECOND.areas)
        assert {row["occupation_isco"] for row in rows} == set(SECOND.occupations)
        assert {row["wage_currency"] for row in rows} == {"JOD"}
        assert {row["nationality"] for row in rows} == {"KEN"}
        assert {row["wage_period"] for row in rows} == {"month"}
    assert {row["worker_cost_currency"] for row in side(of, "KEN")} == {"KES", None}


def test_a_new_draw_moves_no_other():
    assert Lot(7, "papers", 1).below(1000) == Lot(7, "papers", 1).below(1000)
    assert [Lot(7, "papers", n).below(1000) for n in range(5)] != [Lot(7, "terms", n).below(1000) for n in range(5)]
    assert [Lot(7, "papers", n).below(1000) for n in range(4)] == [801, 436, 329, 931]


@given(st.sets(st.integers(0, 10**7 - 1), min_size=2, max_size=50))
def test_two_numbers_are_never_scrambled_into_one(numbers):
    assert len({scrambled(number, 7) for number in numbers}) == len(numbers)
    assert all(len(scrambled(number, 7)) == 7 for number in numbers)


@given(st.integers(), st.dates(date(2020, 1, 1), date(2021, 1, 1)), st.integers(0, 500))
def test_a_draw_stays_within_its_bounds(thing, first, span):
    lot = Lot(7, "example", thing)
    last = date.fromordinal(first.toordinal() + span)
    for _ in range(30):
        assert first <= lot.day(first, last) <= last
    assert -3 <= lot.between((-3, 3)) <= 3
    assert not lot.chance(0)
    assert lot.chance(1)
