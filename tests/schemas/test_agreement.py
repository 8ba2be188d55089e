"""The agreement: everything is said in it, and what is wrong with it is said all at once."""

import copy
import hashlib
from datetime import date

import pytest
import yaml

from schemas.agreement import FOLDER, Agreement, AgreementError, load
from schemas.streams import STREAMS

AGREED = yaml.safe_load((FOLDER / "idn-sau.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def load_changed(tmp_path):
    """Load the agreement after ``change`` has been done to its clauses."""

    def loaded(change) -> Agreement:
        clauses = copy.deepcopy(AGREED)
        change(clauses)
        file = tmp_path / "idn-sau.yaml"
        file.write_text(yaml.safe_dump(clauses, allow_unicode=True), encoding="utf-8")
        return load(file)

    return loaded


def test_the_hash_of_the_text_is_part_of_it():
    assert load(FOLDER / "idn-sau.yaml").sha256 == hashlib.sha256((FOLDER / "idn-sau.yaml").read_bytes()).hexdigest()


def test_all_faults_are_named_at_once_with_the_file(load_changed):
    def spoil(clauses):
        clauses["streams"]["placement"]["schema"] = 9
        del clauses["streams"]["placement"]["fields"]["record_ref"]
        clauses["streams"]["placement"]["fields"]["blood_group"] = {"directions": ["IDN>SAU"], "purpose": "linkage"}
        clauses["streams"]["placement"]["fields"]["sex"]["directions"] = ["IDN>MYS"]
        clauses["streams"]["placement"]["fields"]["visa_no"]["directions"] = ["IDN>SAU"]
        clauses["streams"]["permit"] = clauses["streams"]["complaint"]
        clauses["in_force_until"] = date(2025, 1, 1)

    with pytest.raises(AgreementError) as caught:
        load_changed(spoil)

    text = str(caught.value)
    for expected in (
        "idn-sau.yaml",
        "streams.placement.schema: version 9",
        "streams.placement.fields: record_ref must travel",
        "fields.blood_group: no such field",
        "fields.sex: direction IDN>MYS",
        "linkage: visa_no is used to reconcile but does not travel both ways",
        "streams.permit: no such stream",
        "in_force_until",
    ):
        assert expected in text


def test_faults_of_form_are_named_at_once_too(load_changed):
    def spoil(clauses):
        del clauses["legal_ground"]
        clauses["environment"] = "staging"
        clauses["parties"]["SAU"]["routes"][0]["official"] = "the desk"
        clauses["speed"] = "fast"

    with pytest.raises(AgreementError) as caught:
        load_changed(spoil)

    assert "4 fault(s)" in str(caught.value)
    assert all(name in str(caught.value) for name in ("legal_ground", "environment", "routes.0.official", "speed"))


def test_a_case_without_an_owner_is_impossible(load_changed):
    with pytest.raises(AgreementError, match="every case has an owner"):
        load_changed(lambda clauses: clauses["parties"]["IDN"]["routes"].pop())


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", ""])
def test_a_file_that_is_no_agreement_is_named(tmp_path, text):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(AgreementError, match=r"x\.yaml"):
        load(file)


def test_only_what_is_granted_may_go_and_only_that_way(agreement):
    ours, theirs = (agreement.granted("placement", sender=party) for party in ("IDN", "SAU"))

    assert "name_arabic" not in ours
    assert set(theirs) - set(ours) == {"name_arabic"}
    assert list(theirs) == [field for field in STREAMS["placement"].fields if field in theirs]


def test_a_field_that_is_not_named_may_not_go(load_changed):
    changed = load_changed(lambda clauses: clauses["streams"]["placement"]["fields"].pop("sex"))

    assert "sex" not in changed.granted("placement", sender="IDN")


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
        ("SAU", date(2026, 8, 1), 10, date(2026, 8, 13)),
        ("IDN", date(2026, 8, 1), 0, date(2026, 8, 1)),
    ],
)
def test_working_days_are_those_of_the_party(agreement, party, start, days, due):
    assert agreement.add_working_days(party, start, days) == due
