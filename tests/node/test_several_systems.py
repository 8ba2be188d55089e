"""A month of a ministry with several systems, one of which is often down."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
import yaml
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, holds
from ministry import write_terms

from amanah.node.node import NotReady
from amanah.node.settings import SettingsError
from amanah.sources import SourceUnavailable

pytestmark = pytest.mark.slow

SYSTEMS = [
    {"name": "siskop2mi", "role": "register"},
    {"name": "siapkerja", "role": "register"},
    {"name": "peduli_wni", "role": "supplement", "optional": True},
]
CONTRACT = a_placement("IDN-P-SK-1", contract_no="C-1", passport_no="A1000001", stage="departed")
JOB = a_placement("IDN-P-SJ-9", contract_no="C-1", passport_no="A1000001")
SEEN = {"record_ref": "IDN-P-WNI-5", "passport_no": "A1000001", "name_latin": "SITI CONTOH", "stage": "arrived"}
SEEN |= {"birth_date": date(1990, 5, 17), "arrived_on": date(2026, 6, 3), "stage_date": date(2026, 7, 3)}


@pytest.fixture
def systems(office):
    made = [
        office("IDN", "placement", "siskop2mi"),
        office("IDN", "placement", "siapkerja"),
        office("IDN", "placement", "peduli_wni", tuple(SEEN)),
        office("IDN", "complaint"),
    ]
    return {each.name: each for each in made}


@pytest.fixture
def node(a_node, systems, tmp_path):
    agreed = write_terms(tmp_path, systems=SYSTEMS, precedence={"stage": ["siskop2mi", "siapkerja"]})
    sources = {each.name: each.settings for each in systems.values()}
    return a_node("IDN", sources=sources, consolidation=agreed)


def run(node, *names, month=MONTH):
    results = {}
    for name in names:
        node.extract(name, month)
        results[name] = node.validate(name, month)
    return results


def test_three_systems_of_a_ministry_make_one_record(node, systems):
    systems["siskop2mi"].lay(MONTH, CONTRACT)
    systems["siapkerja"].lay(MONTH, JOB)
    systems["peduli_wni"].lay(MONTH, SEEN)

    done = run(node, "siapkerja", "peduli_wni", "siskop2mi")

    [record] = holds(node, "IDN").values()
    assert (record["record_ref"], record["stage"], record["arrived_on"]) == (
        *("IDN-P-SK-1", "departed", date(2026, 6, 3)),
    )
    assert record["earlier_record_refs"] == ["IDN-P-SJ-9"]
    assert [result.unattached for result in done.values()] == [0, 0, 0]
    assert node.publish("placement", MONTH).missing == ()
    assert node.validate("peduli_wni", MONTH) == replace(done["peduli_wni"], warnings=()), "a loaded batch is done"


def test_an_optional_system_that_is_down_stops_nothing_and_wipes_nothing(node, systems):
    systems["siskop2mi"].lay(MONTH, CONTRACT)
    systems["siapkerja"].lay(MONTH, JOB)
    systems["peduli_wni"].lay(MONTH, SEEN)
    run(node, "siskop2mi", "siapkerja", "peduli_wni")
    systems["siskop2mi"].lay(NEXT_MONTH, CONTRACT | {"stage": "completed", "stage_date": "2026-08-10"})
    systems["siapkerja"].lay(NEXT_MONTH, JOB)
    run(node, "siskop2mi", month=NEXT_MONTH)

    shutil.rmtree(systems["peduli_wni"].drop)
    with pytest.raises(SourceUnavailable, match="peduli_wni"):
        node.extract("peduli_wni", NEXT_MONTH)
    with pytest.raises(NotReady, match="not loaded yet: siapkerja;"):
        node.publish("placement", NEXT_MONTH)
    run(node, "siapkerja", month=NEXT_MONTH)

    assert node.publish("placement", NEXT_MONTH).missing == ("peduli_wni",)
    assert holds(node, "IDN")["IDN-P-SK-1"]["arrived_on"] == date(2026, 6, 3)


def test_a_complaint_follows_its_placement(node, systems):
    """The office that took the complaint knows the worker by the other registration."""
    systems["complaint_office"].lay(MONTH, a_complaint(placement_ref="IDN-P-SJ-9"))
    systems["siskop2mi"].lay(MONTH, CONTRACT)
    systems["siapkerja"].lay(MONTH, JOB)

    run(node, "complaint_office", "siapkerja")
    assert holds(node, "IDN", stream="complaint")["IDN-C-1"]["placement_ref"] == "IDN-P-SJ-9"
    run(node, "siskop2mi")

    [placement] = holds(node, "IDN").values()
    [complaint] = holds(node, "IDN", stream="complaint").values()
    assert (complaint["placement_ref"], complaint["person_ref"]) == ("IDN-P-SK-1", placement["person_ref"])

    systems["complaint_office"].lay(NEXT_MONTH, a_complaint(placement_ref="IDN-P-SJ-9"))
    assert run(node, "complaint_office", month=NEXT_MONTH)["complaint_office"].changed == 0


def test_a_system_without_terms_is_named(a_node, systems, tmp_path):
    agreed = write_terms(tmp_path, systems=SYSTEMS[:2], precedence={})
    node = a_node("IDN", sources={"peduli_wni": systems["peduli_wni"].settings}, consolidation=agreed)

    with pytest.raises(SettingsError, match="no system 'peduli_wni' for placement; it has siskop2mi, siapkerja"):
        node.extract("peduli_wni", MONTH)


def test_terms_that_cannot_be_used_name_every_fault(a_node, tmp_path):
    agreed = write_terms(tmp_path, guards=["shoe_size"], apart=["colour"])
    node = a_node("IDN", consolidation=agreed)

    with pytest.raises(ValueError, match=r"(?s)consolidation.yaml: 2 fault.*'colour'.*'shoe_size'"):
        node.consolidate("placement", MONTH)

    agreed.write_text(yaml.safe_dump({"placement": {"systems": [{"name": "peduli_wni", "role": "supplement"}]}}))
    with pytest.raises(ValueError, match="no system is a register"):
        node.consolidate("placement", MONTH)
