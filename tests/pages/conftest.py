"""A node with people, cases and both records of each, and its pages."""

import threading
from contextlib import contextmanager

import pytest
import uvicorn
import yaml
from builders import a_complaint, a_placement, a_revision
from corridor import hold
from desks import DANGER, HOSTILE, LOST_AFTER, PEOPLE, STAGE, THEIRS_ONLY, WAGE
from fastapi.testclient import TestClient
from found import of

from amanah.cases.people import People
from amanah.cases.worklist import update_cases
from amanah.demo.services.ports import free_port
from amanah.exchange import ledger
from amanah.pages.serve import make_app, new_key
from amanah.store import findings, quarantine, records
from amanah.store.tables import discrepancy, link


def a_case(number, **values):
    return {
        "id": number,
        "stream": "placement",
        "class": "field",
        "severity": "medium",
        "reason": None,
        "field": "wage_amount",
        "ours_ref": "IDN-P-1",
        "theirs_ref": "SAU-P-1",
        "area": "SA-01",
        "ours": "4321.09 SAR",
        "theirs": "1500.00 SAR",
        **values,
    }


def a_link(ours, theirs):
    pair = {"stream": "placement", "ours_ref": ours, "theirs_ref": theirs}
    return {**pair, "grade": "certain", "score": 1.0, "why": "same passport"}


@pytest.fixture
def node(a_node, tmp_path):
    """Indonesia's node with four cases of one worker, one of them in Jeddah; a name there is hostile."""
    (tmp_path / "people.yaml").write_text(yaml.safe_dump(PEOPLE), encoding="utf-8")
    node = a_node("IDN", people=tmp_path / "people.yaml")
    ours = a_placement("IDN-P-1", name_latin=HOSTILE, employer_name="=1+1", passport_no="QZ9990001")
    theirs = a_placement("SAU-P-1", passport_no="QZ9990001", wage_amount="1500.00")
    found = [
        a_case(WAGE),
        a_case(STAGE, field="stage", area="SA-02", **{"class": "stage"}),
        a_case(THEIRS_ONLY, field=None, ours_ref=None, severity="high", **{"class": "missing_here"}),
        a_case(DANGER, field=None, severity="high", reason="unknown_death", **{"class": "protection"}),
    ]
    linked = [a_link("IDN-P-1", "SAU-P-1")]
    with node.database.engine.begin() as connection:
        for holder, record in (("IDN", ours), ("SAU", theirs)):
            records.add(connection, "placement", [a_revision(record)], holder=holder, known_in="2026-07", origin="test")
        findings.record(connection, "2026-07", links=of(link, linked), discrepancies=of(discrepancy, found), summary={})
        update_cases(connection, node.agreement, us="IDN", period="2026-07")
    return node


@pytest.fixture
def exchanged(corridor):
    """Indonesia's node after two months of exchange with Saudi Arabia's, and some trouble in the third.

    A record was refused and sent again; of two messages of the partner the first is lost; one of ours is not answered.
    """
    corridor.idn.__dict__["people"] = People.model_validate(PEOPLE)
    corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2", sex="W"))
    corridor.exchange()
    changed = a_placement("IDN-P-1", stage="completed"), a_placement("IDN-P-2", sex="F")
    corridor.send(*changed, month="2026-08")
    corridor.exchange()
    for month in ("2026-07", "2026-08"):
        hold(corridor.sau, a_complaint(f"SAU-C-{month[-1]}"), stream="complaint", month=month)
        corridor.sau.publish("complaint", month)
    corridor.sau.deliver(corridor.wires["SAU"])
    (corridor.point.room("SAU", "complaint") / "SAU-IDN-complaint-000001.tar.pgp").unlink()
    corridor.idn.collect(corridor.wires["IDN"])
    corridor.idn.admit()
    corridor.send(a_placement("IDN-P-3"), month="2026-09")
    hold(corridor.idn, a_placement("IDN-P-4"), month="2026-10")
    pairs = [a_link(f"IDN-P-{number}", f"SAU-P-{number}") for number in range(3)]
    cases = [a_case(f"{number:016x}") for number in range(3)] + [a_case(DANGER, **{"class": "protection"})]
    with corridor.idn.database.engine.begin() as connection:
        for month, linked, differ in (("2026-07", pairs[:2], cases), ("2026-08", pairs, cases[3:])):
            found = {"links": of(link, linked), "discrepancies": of(discrepancy, differ)}
            findings.record(connection, month, **found, summary={})
        ledger.append(connection, LOST_AFTER, "alarm", reason=HOSTILE)
        row = {"source": "siskop2mi", "period": "2026-08", "position": 1, "code": "type", "message": "no day"}
        quarantine.add(connection, [{**row, "raw": {"name": HOSTILE}, "field": "birth_date"}] * 2)
    return corridor.idn


@pytest.fixture
def visit(node):
    """A browser of somebody who has signed in."""
    return lambda name, entered=True: browser_of(node, name, entered=entered)


@pytest.fixture
def look_in(exchanged):
    """The same on the node that has exchanged."""
    return lambda name: browser_of(exchanged, name)


@pytest.fixture
def served(node):
    """The pages over HTTP, for a real browser: gives the address to enter by."""
    return lambda name: serving(node, name)


@pytest.fixture
def served_exchange(exchanged):
    """The same of the node that has exchanged."""
    return lambda name: serving(exchanged, name)


def browser_of(node, name, *, entered=True):
    key = new_key()
    browser = TestClient(make_app(node, name, key), base_url="http://testserver", follow_redirects=False)
    if entered:
        assert browser.get(f"/enter/{key}").status_code == 303
    return browser


@contextmanager
def serving(node, name):
    key, port = new_key(), free_port()
    server = uvicorn.Server(uvicorn.Config(make_app(node, name, key), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/enter/{key}"
    finally:
        server.should_exit = True
        thread.join()
