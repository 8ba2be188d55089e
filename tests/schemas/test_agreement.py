"""The agreement: what it grants, to whom, until when, and how time is counted under it."""

import hashlib
from datetime import date

import pytest
from altered import loaded

from schemas import codelists
from schemas.agreement import FOLDER, AgreementError, Grant, load
from schemas.fields import Purpose
from schemas.streams import STREAMS


def test_the_hash_of_the_text_is_part_of_it():
    assert load(FOLDER / "idn-sau.yaml").sha256 == hashlib.sha256((FOLDER / "idn-sau.yaml").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "x.yaml: expected a mapping of clauses"),
        ("", "x.yaml: expected a mapping of clauses"),
        ("a: 1\nb: [\n", "x.yaml line 3: not readable as YAML"),
    ],
)
def test_a_file_that_is_no_agreement_is_named(tmp_path, text, said):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(AgreementError) as caught:
        load(file)
    assert said in str(caught.value)


def test_only_what_is_granted_may_go_and_only_that_way(agreement):
    ours, theirs = (agreement.granted("placement", sender=party) for party in ("IDN", "SAU"))

    assert {"name_arabic", "border_no", "wage_payments_seen"} <= set(theirs) - set(ours)
    assert {"worker_cost_amount", "departed_on"} <= set(ours) - set(theirs)
    assert list(theirs) == [field for field in STREAMS["placement"].fields if field in theirs]


def test_what_could_endanger_a_worker_in_the_wrong_hands_is_not_granted(agreement):
    either = {
        (stream, field)
        for stream in agreement.streams
        for party in agreement.parties
        for field in agreement.granted(stream, sender=party)
    }

    assert not either & {
        *(("placement", field) for field in ("national_id", "passport_mrz")),
        *(("complaint", field) for field in ("trafficking_status", "methods_of_control", "reported_by")),
        *(("complaint", field) for field in ("worker_passport_no", "worker_name_latin", "worker_birth_date")),
    }


def test_a_field_that_is_not_named_may_not_go(tmp_path):
    grant = "      approved_on: {directions: [IDN>SAU, SAU>IDN], purpose: evaluation}\n"

    assert "approved_on" not in loaded(tmp_path, lambda text: text.replace(grant, "")).granted(
        "placement", sender="IDN"
    )


def test_a_grant_put_into_a_loaded_agreement_lets_nothing_go_that_could_not_have_been_agreed(agreement):
    """Whoever changes an agreement in memory goes past the checks of its file, not past the contract."""
    terms = agreement.streams["placement"]
    slipped_in = {
        "national_id": Grant(directions=("IDN>SAU",), purpose="linkage"),  # never leaves
        "passport_issued_on": Grant(directions=("IDN>SAU",), purpose="evaluation"),  # is there for linkage only
        "earnings_amount": Grant(directions=("SAU>IDN",), purpose="protection"),  # the other way
    }
    changed = terms.model_copy(update={"fields": {**terms.fields, **slipped_in}})
    bypassed = agreement.model_copy(update={"streams": {**agreement.streams, "placement": changed}})

    assert bypassed.granted("placement", sender="IDN") == agreement.granted("placement", sender="IDN")


def test_a_party_that_is_none_and_a_stream_not_agreed_are_refused(agreement):
    assert agreement.other("IDN") == "SAU"
    with pytest.raises(AgreementError, match="'MYS' is not a party; parties are IDN, SAU"):
        agreement.other("MYS")
    with pytest.raises(AgreementError, match="'permit' is not agreed"):
        agreement.stream("permit")


@pytest.mark.parametrize(
    ("party", "start", "days", "due"),
    [
        ("IDN", date(2026, 7, 3), 1, date(2026, 7, 6)),  # a Friday: Saturday and Sunday are off
        ("SAU", date(2026, 7, 2), 1, date(2026, 7, 5)),  # a Thursday: Friday and Saturday are off
        ("IDN", date(2026, 8, 1), 10, date(2026, 8, 14)),
        ("IDN", date(2026, 8, 1), 11, date(2026, 8, 18)),  # the 17th is Independence Day
        ("SAU", date(2026, 8, 1), 10, date(2026, 8, 13)),
        ("SAU", date(2026, 9, 22), 1, date(2026, 9, 24)),  # the 23rd is National Day
        ("IDN", date(2026, 8, 1), 0, date(2026, 8, 1)),
    ],
)
def test_working_days_are_those_of_the_party(agreement, party, start, days, due):
    assert agreement.add_working_days(party, start, days) == due


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2019, 1, 1), "BP2MI"),
        (date(2024, 11, 4), "BP2MI"),
        (date(2024, 11, 5), "KP2MI"),
        (date(2027, 12, 31), "KP2MI"),
    ],
)
def test_an_authority_speaks_until_the_next_one_does(agreement, day, name):
    assert name in agreement.parties["IDN"].authority_on(day).names["en"]


def test_the_names_of_a_party_are_those_of_its_last_authority(agreement):
    assert "KP2MI" in agreement.parties["IDN"].names["id"]


def test_an_assessment_lapses_the_day_after_its_review_was_due(tmp_path):
    changed = loaded(
        tmp_path, lambda text: text.replace("DPIA-2026-01, review_by: 2028-12-31", "D-1, review_by: 2026-08-31")
    )

    assert changed.lapsed(date(2026, 8, 31)) == ()
    assert [paper.id for paper in changed.lapsed(date(2026, 9, 1))] == ["D-1"]


def test_every_purpose_is_stated_with_the_ground_of_each_party(agreement):
    assert agreement.purposes.keys() == set(Purpose)
    assert all(terms.grounds.keys() == agreement.parties.keys() for terms in agreement.purposes.values())


def test_the_first_corridor_has_a_label_for_all_its_codes(agreement):
    assert set(agreement.areas) <= set(codelists.load("area").codes)
    assert set(agreement.occupations) <= set(codelists.load("occupation").codes)
