"""A register of our own that fills no record: heard at the end of each month, and nothing of it leaves."""

import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from builders import a_placement
from corridor import MONTH, NEXT_MONTH, hold, holds, row_counts, settings_file
from sqlalchemy import select

from amanah.node.consolidation import terms
from amanah.node.settings import SettingsError
from amanah.node.witness.in_neither import counted, listed
from amanah.store import witnesses
from amanah.store.tables import case_look, certificate, discrepancy, message, reconciliation, testimony, witnessed

pytestmark = pytest.mark.slow

DYING = str(Path(__file__).with_name("dying_node.py"))
JEDDAH, RIYADH = "attache.jeddah@kp2mi.example", "attache.riyadh@kp2mi.example"
WITNESS = "peduli_wni"
NAMES = ("AMINAH", "BUDIARTI", "DEWI", "FATIMAH", "RAHAYU", "SULASTRI", "KUSUMA", "LESTARI", "HALIMAH")
FIELDS = ("record_ref", "passport_no", "name_latin", "birth_date", "area", "stage", "stage_date")
TERMS = {
    "placement": {
        "systems": [
            {"name": "siskop2mi", "role": "register"},
            {"name": WITNESS, "role": "witness", "called": {"en": "The foreign ministry's register"}},
        ],
        "same_person": ["passport_no"],
        "guards": ["birth_date", "name_latin"],
    }
}


def a_worker(party, number, **values):
    given, family = divmod(number, 5)
    own = {
        "contract_no": f"C-{number}",
        "passport_no": f"X10000{number:02}",
        "birth_date": date(1980 + number, 1, number),
        "name_latin": f"{NAMES[given]} {NAMES[-1 - family]}",
    }
    return a_placement(f"{party}-P-{number}", **own | values)


def a_registration(number, **values):
    record = a_worker("IDN", number, **values)
    return {name: record[name] for name in FIELDS} | {"record_ref": f"IDN-P-ABR-{number}"}


@pytest.fixture
def abroad(office, corridor, tmp_path):
    """The foreign ministry's register, as Indonesia's node reaches it."""
    made = office("IDN", "placement", WITNESS, FIELDS)
    corridor.idn.settings = corridor.idn.settings.model_copy(
        update={"sources": {WITNESS: made.settings}, "consolidation": write(tmp_path)}
    )
    return made


@pytest.fixture
def read(corridor, abroad):
    """The foreign ministry lays down its registrations of a month, and the node reads them."""

    def month_of(month, *registrations):
        abroad.lay(month, *registrations)
        corridor.idn.extract(WITNESS, month)
        return corridor.idn.validate(WITNESS, month)

    return month_of


@pytest.fixture
def exchange(corridor):
    """A month in full, up to both reconciled worklists."""

    def month_of(month, *, whole=False):
        for node in (corridor.idn, corridor.sau):
            for stream in node.agreement.streams:
                node.publish(stream, month)
        corridor.exchange()
        return {node.us: node.reconcile(month, whole=whole) for node in (corridor.idn, corridor.sau)}

    return month_of


def rows(node, table):
    """What stands of ``table`` now."""
    with node.database.engine.connect() as connection:
        return connection.execute(select(table).where(table.c.closed_in.is_(None))).all()


def said(node):
    """Our record, or theirs where we have none, that a case is about -> what the witness says, and of which record."""
    with node.database.engine.connect() as connection:
        about = {row.id: row.ours_ref or row.theirs_ref for row in connection.execute(select(discrepancy))}
    return {about[row.id]: (row.says, row.witness_ref) for row in rows(node, testimony)}


def in_neither(node):
    return {(row.witness_ref, row.area, row.official, row.opened_in) for row in rows(node, witnessed)}


@pytest.fixture
def july(corridor, read, exchange):
    """Six workers, one with another birth date there, one missing there and one here; seven have told the ministry."""
    hold(corridor.idn, *(a_worker("IDN", n) for n in (1, 2, 3, 5, 6)))
    hold(corridor.sau, a_worker("SAU", 1, birth_date=date(1981, 2, 1)), *(a_worker("SAU", n) for n in (2, 4, 5, 6)))
    read(MONTH, *(a_registration(n) for n in range(1, 7)), a_registration(8, area="SA-02"))
    exchange(MONTH)


@pytest.mark.usefixtures("july")
def test_it_is_heard_when_a_month_is_reconciled_and_says_nothing_to_the_partner(corridor):
    assert said(corridor.idn) == {
        "IDN-P-1": ("ours", "IDN-P-ABR-1"),
        "IDN-P-3": ("knows", "IDN-P-ABR-3"),
        "SAU-P-4": ("knows", "IDN-P-ABR-4"),
    }
    assert in_neither(corridor.idn) == {("IDN-P-ABR-8", "SA-02", JEDDAH, MONTH)}
    assert holds(corridor.idn, "IDN").keys() == {f"IDN-P-{n}" for n in (1, 2, 3, 5, 6)}
    counts = row_counts(corridor.sau)
    assert [counts[name] for name in ("testimony", "witnessed", "witness_record")] == [0, 0, 0]


@pytest.mark.usefixtures("july")
def test_a_month_that_looks_at_what_changed_hears_what_a_whole_one_hears(corridor, read, exchange):
    """What it says follows from the month, and not from what was looked at: whom it knows may have stood for long."""
    idn, sau = corridor.idn, corridor.sau
    hold(idn, a_worker("IDN", 2, birth_date=date(1982, 2, 2)), a_worker("IDN", 4), month=NEXT_MONTH)
    hold(sau, a_worker("SAU", 1), month=NEXT_MONTH)
    hold(sau, a_worker("SAU", 5), month=NEXT_MONTH, withdrawn=True)
    hold(sau, a_worker("SAU", 8), month=NEXT_MONTH)
    read(NEXT_MONTH, a_registration(9))

    exchange(NEXT_MONTH)
    assert left_out(idn) == 1  # the sixth stands
    found = said(idn), in_neither(idn), sorted(map(tuple, rows(idn, testimony)))
    idn.reconcile(NEXT_MONTH, whole=True)

    assert left_out(idn) == 0
    assert (said(idn), in_neither(idn), sorted(map(tuple, rows(idn, testimony)))) == found
    assert found[0] == {
        "IDN-P-2": ("theirs", "IDN-P-ABR-2"),
        "IDN-P-3": ("knows", "IDN-P-ABR-3"),
        "IDN-P-5": ("knows", "IDN-P-ABR-5"),
        "SAU-P-8": ("knows", "IDN-P-ABR-8"),
    }
    assert found[1] == {("IDN-P-ABR-9", "SA-01", RIYADH, NEXT_MONTH)}


@pytest.mark.usefixtures("july")
def test_a_month_again_is_the_same_though_the_witness_has_said_more_since(corridor, read):
    before = [sorted(map(tuple, rows(corridor.idn, table))) for table in (testimony, witnessed)]
    read(NEXT_MONTH, a_registration(1, birth_date=date(1981, 2, 1)), a_registration(9))

    corridor.idn.reconcile(MONTH)
    assert [sorted(map(tuple, rows(corridor.idn, table))) for table in (testimony, witnessed)] == before


@pytest.mark.usefixtures("july")
def test_killed_when_all_is_recorded_the_month_is_concluded_by_the_next_run(corridor, read, exchange):
    read(NEXT_MONTH, a_registration(3, area="SA-03"), a_registration(9))
    hold(corridor.idn, a_worker("IDN", 7), month=NEXT_MONTH)
    for node in (corridor.idn, corridor.sau):
        for stream in node.agreement.streams:
            node.publish(stream, NEXT_MONTH)
    corridor.exchange()
    before = row_counts(corridor.idn)

    argv = [sys.executable, DYING, str(settings_file(corridor.idn)), "reconcile", NEXT_MONTH]
    done = subprocess.run([*argv, "amanah.store.findings:record_heard"], timeout=60, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert row_counts(corridor.idn) == before

    corridor.idn.reconcile(NEXT_MONTH)

    assert {ref for ref, *_ in in_neither(corridor.idn)} == {"IDN-P-ABR-8", "IDN-P-ABR-9"}
    assert said(corridor.idn)["IDN-P-7"] == ("silent", None)


def test_what_is_sent_and_certified_has_the_same_bytes_with_and_without_it(a_node, office, exchange_point, tmp_path):
    left = {}
    for name in ("with", "without"):
        exchange_point.clear()
        made = office("IDN", "placement", WITNESS, FIELDS) if name == "with" else None
        named = {} if made is None else {"sources": {WITNESS: made.settings}, "consolidation": write(tmp_path)}
        idn = a_node("IDN", sftp=exchange_point.settings("IDN"), store=tmp_path / name / "IDN", **named)
        sau = a_node("SAU", sftp=exchange_point.settings("SAU"), store=tmp_path / name / "SAU")
        hold(idn, a_worker("IDN", 1), a_worker("IDN", 2), a_worker("IDN", 3))
        hold(sau, a_worker("SAU", 1, birth_date=date(1981, 2, 1)), a_worker("SAU", 2))
        if made is not None:
            made.lay(MONTH, *(a_registration(n) for n in (1, 3, 8)))
            idn.extract(WITNESS, MONTH)
            idn.validate(WITNESS, MONTH)
        for _ in range(2):
            for node in (idn, sau):
                for stream in node.agreement.streams:
                    node.publish(stream, MONTH)
                node.deliver()
            for node in (idn, sau):
                node.collect()
                node.admit()
        idn.reconcile(MONTH)
        assert len(rows(idn, testimony)) == (2 if made is not None else 0)
        left[name] = parts_sent(idn), certified(idn)

    assert left["with"] == left["without"]
    assert left["with"][0]["IDN-SAU-placement-000001"]


def test_nothing_waits_for_a_witness(corridor, abroad, exchange):
    """It is down from the first day on: the month goes its way, and nobody is in neither register."""
    hold(corridor.idn, a_worker("IDN", 1))

    assert corridor.idn.publish("placement", MONTH).missing == ()
    exchange(MONTH)
    assert said(corridor.idn) == {"IDN-P-1": ("silent", None)}
    assert in_neither(corridor.idn) == set()


def test_of_one_person_the_newest_registration_counts(corridor, read, exchange):
    """Who moved told the ministry again, under a new number. Two people who share a number are no one person."""
    hold(corridor.idn, a_worker("IDN", 1, area="SA-01"))
    hold(corridor.sau, a_worker("SAU", 1, area="SA-03"))
    again = a_registration(1, area="SA-03") | {"record_ref": "IDN-P-ABR-99"}
    shared = a_registration(9, passport_no="X1000008", name_latin="BUDIARTI")
    others = [a_registration(n) for n in range(10, 20)]
    read(MONTH, a_registration(1), a_registration(8), shared, *others)
    read(NEXT_MONTH, again)

    for month in (MONTH, NEXT_MONTH):
        exchange(month)

    assert said(corridor.idn) == {"IDN-P-1": ("theirs", "IDN-P-ABR-99")}
    assert {ref for ref, *_ in in_neither(corridor.idn)} == {f"IDN-P-ABR-{n}" for n in range(8, 20)}


@pytest.mark.usefixtures("july")
def test_a_witness_that_is_heard_no_more_leaves_no_word(corridor, exchange):
    corridor.idn.settings = corridor.idn.settings.model_copy(update={"sources": {}, "consolidation": None})
    corridor.idn.__dict__.pop("consolidation")

    exchange(NEXT_MONTH)

    assert (said(corridor.idn), in_neither(corridor.idn)) == ({}, set())


@pytest.mark.usefixtures("july")
def test_a_case_shows_what_it_says_and_names_its_record_to_who_looks_only(corridor):
    by_class = {line.klass: line.number for line in corridor.idn.cases.listed()[0]}

    [shown] = corridor.idn.cases.outline(by_class["field"]).testimony
    assert (shown.witness, shown.about, shown.says, shown.witness_ref) == (WITNESS, "value", "ours", None)
    [shown] = corridor.idn.cases.show(by_class["field"], by="siti", role="test", why="test").testimony
    assert shown.witness_ref == "IDN-P-ABR-1"


@pytest.mark.usefixtures("july")
def test_who_is_in_neither_register_is_told_to_the_desk_and_that_they_looked_is_kept(corridor):
    database = corridor.idn.database
    assert [(each.witness, each.area, each.people) for each in counted(database, [JEDDAH])] == [(WITNESS, "SA-02", 1)]
    assert counted(database, [RIYADH]) == []

    assert listed(database, [RIYADH], by="dewi", role="official", why="work") == []
    [person] = listed(database, None, by="siti", role="official", why="work")

    assert (person.witness_ref, person.desk, person.since) == ("IDN-P-ABR-8", JEDDAH, MONTH)
    assert person.values["birth_date"] == "1988-01-08"
    assert "1988-01-08" not in repr(person)
    with database.engine.connect() as connection:
        looks = connection.execute(select(case_look.c.by, case_look.c.why)).all()
    assert looks == [("dewi", "people in neither register: work"), ("siti", "people in neither register: work")]


def test_a_supplement_that_becomes_a_witness_fills_no_more_and_is_heard(ministry, agreement):
    """What it had filled leaves our record again, and what it said is its testimony from then on."""
    ministry.say("siskop2mi", {"record_ref": "IDN-P-1", "contract_no": "C-1", "passport_no": "X1000001"})
    ministry.say("peduli_wni", {"record_ref": "IDN-P-ABR-1", "passport_no": "X1000001", "area": "SA-02"})
    ministry.say("peduli_wni", {"record_ref": "IDN-P-ABR-8", "passport_no": "X1000008", "area": "SA-02"})
    assert ministry.records()["IDN-P-1"]["area"] == "SA-02"

    systems = [{"name": "siskop2mi", "role": "register"}, {"name": WITNESS, "role": "witness"}]
    ministry.agree(systems=systems, precedence={})
    ministry.again()

    assert ministry.records()["IDN-P-1"].get("area") is None
    assert ministry.unattached() == set()
    known = witnesses.current(ministry.database, "placement", WITNESS, as_of=MONTH, fields=["record_ref", "area"])
    assert known.select(["record_ref", "area"]).to_pylist() == [
        {"record_ref": "IDN-P-ABR-1", "area": "SA-02"},
        {"record_ref": "IDN-P-ABR-8", "area": "SA-02"},
    ]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"precedence": {"passport_no": [WITNESS]}}, "peduli_wni is a witness, and gives no value"),
        ({"optional": True}, "a witness fills no record"),
        ({"clears": ["area"]}, "a witness fills no record"),
        ({"role": "supplement"}, "only a witness is called something"),
        ({"called": {"fr": "x"}}, "called"),
    ],
)
def test_terms_that_make_no_sense_for_a_witness_are_refused(tmp_path, changed, fault):
    register, witness = TERMS["placement"]["systems"]
    of_stream = {"precedence": changed["precedence"]} if "precedence" in changed else {}
    of_system = {} if of_stream else changed
    content = {"placement": {**TERMS["placement"], "systems": [register, witness | of_system], **of_stream}}

    with pytest.raises(ValueError, match=fault):
        terms.load(write(tmp_path, content))


def test_complaints_have_no_witness(a_node, tmp_path):
    """They are found through their placements, and have no number of their own."""
    content = {"complaint": {"systems": TERMS["placement"]["systems"]}}

    with pytest.raises(SettingsError, match="a witness of placement can"):
        _ = a_node("IDN", consolidation=write(tmp_path, content)).consolidation


def write(folder, content=TERMS):
    file = folder / "consolidation.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def left_out(node):
    """How many pairs the last reconciliation did not look at."""
    query = select(reconciliation.c.summary).order_by(reconciliation.c.period.desc()).limit(1)
    with node.database.engine.connect() as connection:
        return connection.execute(query).scalar_one()["placement"]["left_out"]


def parts_sent(node):
    """What each message of records holds: the name, size and hash of its parts, as its manifest says."""
    with node.database.engine.connect() as connection:
        query = select(message).where(message.c.direction == "out", message.c.stream != "status")
        return {row.message_id: json.loads(row.manifest)["parts"] for row in connection.execute(query)}


def certified(node):
    """The lines of our certificates that were signed."""
    with node.database.engine.connect() as connection:
        return connection.execute(select(certificate.c.said).where(certificate.c.party == node.us)).scalars().all()
