"""The synthetic corridor: what others may rely on when they test against it."""

from collections.abc import Iterator
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from amanah.demo.corridor import PROFILES, Corridor, generate, write
from amanah.demo.corridor.documents import luhn_digit
from amanah.demo.corridor.draw import day_between, generator, pick, weighted
from schemas.agreement import FOLDER, load
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

AGREEMENT = load(FOLDER / "idn-sau.yaml")
SIDES = [(party, stream) for party in AGREEMENT.parties for stream in STREAMS]
SHOWS_IN = {
    "passport_no": {"passport_renewed"},
    "contract_no": {"contract_typo"},
    "name_latin": {"mononym", "name_added_father", "arabic_respelling"},
    "birth_date": {"birth_date_shift"},
    "wage_amount": {"wage_lower"},
    "employer_ref": {"employer_transferred"},
    "occupation_isco": {"occupation_changed"},
    "area": {"area_changed"},
    "stage": {"stage_lag", "absconding_untold", "death_untold"},
}
FIELD_OF = {cause: field for field, causes in SHOWS_IN.items() for cause in causes}
KEYS = AGREEMENT.streams["placement"].linkage.keys
COMPARED = (*KEYS, *AGREEMENT.streams["placement"].linkage.compare)


@cache
def corridor(noise: str = "real", seed: int = 7) -> Corridor:
    return generate(records=300, seed=seed, noise=noise, agreement=AGREEMENT)


def by_ref(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["record_ref"]: row for row in table.to_pylist()}


def every_change(of: Corridor) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for party, stream in SIDES:
        for month in of.window.months:
            for record in of.changes(party, stream, month):
                yield party, stream, month, record


def refused_with(stream: str, record: dict[str, Any]) -> set[tuple[str, str]]:
    """The fields at which, and the error types with which the corridor refuses ``record``; empty when it is valid."""
    try:
        AGREEMENT.record_model(stream).model_validate({k: v for k, v in record.items() if k != "updated_at"})
    except ValidationError as error:
        return {(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors()}
    return set()


def linked(of: Corridor) -> Iterator[tuple[list[str], dict[str, Any], dict[str, Any]]]:
    """Every pair of records of one placement, without the invalid ones, with what is planted in it."""
    ours, theirs = (by_ref(of.current(party, "placement")) for party in of.parties)
    invalid = set(of.faults["record_ref"].to_pylist())
    for row in of.truth.to_pylist():
        if row["ours_ref"] and row["theirs_ref"] and not invalid & {row["ours_ref"], row["theirs_ref"]}:
            yield row["planted"], ours[row["ours_ref"]], theirs[row["theirs_ref"]]


def differing(ours: dict[str, Any], theirs: dict[str, Any]) -> set[str]:
    return {f for f in COMPARED if None not in (ours[f], theirs[f]) and ours[f] != theirs[f]}


@pytest.mark.parametrize("noise", PROFILES)
def test_the_same_arguments_give_the_same_corridor(noise):
    again = generate(records=300, seed=7, noise=noise, agreement=AGREEMENT)

    assert list(every_change(again)) == list(every_change(corridor(noise)))
    assert again.truth == corridor(noise).truth
    assert again.faults == corridor(noise).faults
    assert again.truth != corridor(noise, seed=8).truth


def test_draws_are_the_same_on_every_python():
    rng = generator(7, "example")

    assert pick(rng, range(100), 0.03) == [27, 41, 82]
    assert [weighted(rng, {"a": 1, "b": 2}) for _ in range(6)] == ["b", "a", "b", "b", "b", "b"]
    assert day_between(rng, date(2026, 1, 1), date(2026, 9, 30)) == date(2026, 2, 15)


@pytest.mark.parametrize("noise", PROFILES)
def test_a_record_is_invalid_exactly_where_a_fault_says_so(noise):
    rows = corridor(noise).faults.to_pylist()
    expected = {(row["record_ref"], row["month"]): {(row["field"], row["code"])} for row in rows}
    found = {
        (record["record_ref"], month): codes
        for _, stream, month, record in every_change(corridor(noise))
        if (codes := refused_with(stream, record))
    }

    assert found == expected
    assert bool(found) == (noise != "none")


def test_half_of_the_invalid_records_are_valid_in_the_month_after():
    of, months = corridor("high"), corridor("high").window.months
    last_fault = {row["record_ref"]: row["month"] for row in of.faults.to_pylist()}
    shown = {(record["record_ref"], month): (stream, record) for _, stream, month, record in every_change(of)}
    last_shown = {ref: it for (ref, _), it in shown.items()}
    corrected = [ref for ref in last_fault if not refused_with(*last_shown[ref])]

    assert 0.3 < len(corrected) / len(last_fault) <= 0.6
    assert all((ref, months[months.index(last_fault[ref]) + 1]) in shown for ref in corrected)


@pytest.mark.parametrize("noise", PROFILES)
@pytest.mark.parametrize(("party", "stream"), SIDES)
def test_the_changes_played_month_by_month_end_in_the_current_state(noise, party, stream):
    of = corridor(noise)
    state: dict[str, dict[str, Any]] = {}
    for month in of.window.months:
        for record in of.changes(party, stream, month):
            state[record["record_ref"]] = {k: v for k, v in record.items() if k != "updated_at"}

    current = of.current(party, stream)
    assert current.schema == arrow_schema(STREAMS[stream])
    assert by_ref(current) == state


def test_every_change_carries_a_time_in_its_month_and_only_contract_fields():
    for _, stream, month, record in every_change(corridor()):
        assert record["updated_at"].tzinfo is UTC
        assert f"{record['updated_at']:%Y-%m}" == month
        assert tuple(record) == (*STREAMS[stream].fields, "updated_at")


def test_each_reference_occurs_once_and_names_its_holder():
    for party, stream in SIDES:
        refs = corridor().current(party, stream)["record_ref"].to_pylist()
        assert len(set(refs)) == len(refs) > 0
        assert all(ref.startswith(f"{party}-{'P' if stream == 'placement' else 'C'}-") for ref in refs)


@pytest.mark.parametrize("noise", PROFILES)
def test_the_truth_covers_every_placement_of_both_sides(noise):
    of = corridor(noise)
    for party, column in zip(of.parties, ("ours_ref", "theirs_ref"), strict=True):
        known = set(of.truth[column].drop_null().to_pylist())
        assert known == set(of.current(party, "placement")["record_ref"].to_pylist())


def test_without_noise_both_sides_agree_on_every_linked_record():
    pairs = list(linked(corridor("none")))

    assert len(pairs) > 200
    assert not any(differing(ours, theirs) for _, ours, theirs in pairs)


def test_without_noise_only_what_is_not_yet_due_is_missing():
    alone = [row for row in corridor("none").truth.to_pylist() if None in (row["ours_ref"], row["theirs_ref"])]
    ours = by_ref(corridor("none").current("IDN", "placement"))
    assert {tuple(row["planted"]) for row in alone} == {("not_yet_due",)}
    assert {ours[row["ours_ref"]]["stage"] for row in alone} <= {"requested", "approved", "contract_endorsed"}


def test_without_noise_both_sides_hold_the_same_complaints():
    ours, theirs = (corridor("none").current(party, "complaint").to_pylist() for party in AGREEMENT.parties)
    told = [sorted((c["kind"], c["received_on"], c["stage"], c["urgency"]) for c in side) for side in (ours, theirs)]

    assert told[0] == told[1] != []


@pytest.mark.parametrize(("noise", "seed"), [("real", 7), ("high", 7), ("real", 9), ("high", 10)])
def test_linked_records_differ_exactly_where_something_is_planted(noise, seed):
    for planted, ours, theirs in linked(corridor(noise, seed)):
        expected = {FIELD_OF[cause] for cause in planted if cause in FIELD_OF}
        assert differing(ours, theirs) == expected


def test_every_cause_of_the_profile_is_planted():
    planted = {cause for causes in corridor("high").truth["planted"].to_pylist() for cause in causes}

    presence = {"not_yet_due", "missing_there", "missing_here", "non_procedural", "duplicate"}
    assert planted == {*FIELD_OF, *presence, "clean", "passport_history_lost", "absconding_near_wage_complaint"}


def test_a_duplicate_is_one_placement_under_two_references():
    twice = [row for row in corridor().truth.to_pylist() if "duplicate" in row["planted"]]
    ours = by_ref(corridor().current("IDN", "placement"))
    first_shown = {r["record_ref"]: r["updated_at"] for *_, r in reversed(list(every_change(corridor())))}

    assert len(twice) % 2 == 0 < len(twice)
    for partner in {row["theirs_ref"] for row in twice}:
        first, second = (ours[row["ours_ref"]] for row in twice if row["theirs_ref"] == partner)
        assert first["passport_no"] == second["passport_no"]
        assert second["record_ref"] == f"{first['record_ref']}-R"
        assert first_shown[second["record_ref"]].date() > first_shown[first["record_ref"]].date()


@pytest.mark.parametrize("noise", ["real", "high"])
def test_a_visa_adds_the_forefathers_to_a_name(noise):
    for planted, ours, theirs in linked(corridor(noise)):
        if {"mononym", "name_added_father"} & set(planted):
            assert len(theirs["name_latin"].split()) >= len(ours["name_latin"].split()) + 2
            assert {"bin", "binti"} & set(theirs["name_latin"].split())
            assert {"بن", "بنت"} & set(theirs["name_arabic"].split())
        if "mononym" in planted:
            assert len(ours["name_latin"].split()) == 1


@pytest.mark.parametrize("noise", ["real", "high"])
def test_a_worker_is_reported_absconding_near_an_open_wage_complaint(noise):
    of = corridor(noise)
    unpaid = {
        row["placement_ref"]: row["received_on"]
        for row in of.current("IDN", "complaint").to_pylist()
        if row["kind"] == "wages_unpaid" and row["stage"] in AGREEMENT.protection.open_complaint_stages
    }
    near = [
        (theirs["stage_date"] - unpaid[ours["record_ref"]]).days
        for _, ours, theirs in linked(of)
        if theirs["stage"] == AGREEMENT.protection.absconding_stage and ours["record_ref"] in unpaid
    ]

    assert near
    assert all(0 < days <= 14 for days in near)


@pytest.mark.parametrize("noise", ["real", "high"])
def test_a_death_is_known_to_one_side_only(noise):
    assert any((ours["stage"] == "died") != (theirs["stage"] == "died") for _, ours, theirs in linked(corridor(noise)))


def test_most_complainants_are_not_in_the_placement_register_and_the_others_are_in_their_own_sides():
    refs = corridor().current("IDN", "complaint")["placement_ref"]

    assert len(refs) / 2 < refs.null_count < len(refs)
    for party in AGREEMENT.parties:
        held = set(corridor().current(party, "placement")["record_ref"].to_pylist())
        assert set(corridor().current(party, "complaint")["placement_ref"].drop_null().to_pylist()) <= held


def test_the_figures_have_the_published_shape():
    ours = corridor("none").current("IDN", "placement").to_pylist()

    assert all(Decimal(1500) <= row["wage_amount"] <= Decimal(2200) for row in ours)
    assert {row["area"] for row in ours} == {"SA-01", "SA-02", "SA-03", "SA-04"}
    assert luhn_digit("7992739871") == "3"  # the textbook example
    assert all(luhn_digit(no[:-1]) == no[-1] and no[0] == "2" for row in ours if (no := row["residence_no"]))
    assert all(row["residence_no"] is None for row in ours if row["stage"] in {"visa_issued", "departed", "arrived"})
    assert all(row["name_arabic"] is None for row in ours)
    assert all(row["name_arabic"] for row in corridor("none").current("SAU", "placement").to_pylist())


def test_the_personal_values_are_all_that_the_records_hold():
    known = corridor("high").personal_values()
    faulty = set(corridor("high").faults["record_ref"].to_pylist())
    for record in (record for _, stream, _, record in every_change(corridor("high")) if stream == "placement"):
        if record["record_ref"] in faulty:
            continue
        names = {record[f] for f in ("name_latin", "name_arabic", "father_name_latin") if record[f]}
        words = {word for name in names for word in name.split() if len(word) > 3} - {"binti"}
        numbers = {record[f] for f in (*KEYS, "national_id", "passport_mrz", "border_no", "insurance_no") if record[f]}
        assert names | words | numbers | set(record["previous_passport_nos"] or ()) <= known

    assert not {name.lower() for name in known} & {"bin", "binti", "been", "beentee"}


def test_the_tables_are_written_as_parquet(tmp_path):
    write(corridor(), tmp_path / "out")

    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names == {"ours", "theirs", "truth", "complaints_ours", "complaints_theirs", "faults", "abroad"}
    assert pq.read_table(tmp_path / "out" / "theirs.parquet").equals(corridor().current("SAU", "placement"))
    assert pq.read_table(tmp_path / "out" / "faults.parquet").equals(corridor().standing_faults)
    abroad = pq.read_table(tmp_path / "out" / "abroad.parquet")
    months = corridor().window.months
    assert set(abroad["record_ref"].to_pylist()) == {r["record_ref"] for m in months for r in corridor().abroad(m)}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"records": 0}, "records: expected at least 1"),
        ({"noise": "loud"}, "known are none, real, high"),
        ({"months": ["2026-01", "2026-03"]}, "consecutive"),
        ({"months": ["January"]}, "such as 2026-01"),
        ({"months": []}, "at least one"),
    ],
)
def test_arguments_that_make_no_corridor_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        generate(**{"records": 10, "seed": 1, "agreement": AGREEMENT, **wrong})


@pytest.mark.parametrize("noise", PROFILES)
def test_a_corridor_of_one_placement_works(noise):
    assert generate(records=1, seed=1, noise=noise, agreement=AGREEMENT).truth.num_rows >= 1


@pytest.mark.parametrize(("party", "month"), [("PHL", "2026-01"), ("IDN", "2027-01")])
def test_a_party_or_month_outside_the_corridor_is_refused(party, month):
    with pytest.raises(ValueError, match="this corridor"):
        corridor().changes(party, "placement", month)
