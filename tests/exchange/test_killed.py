"""Killed anywhere and run again: both sides end equal, every message is answered once, no plaintext stays behind."""

import pytest
from builders import a_complaint, a_placement, with_canaries
from corridor import MONTH, NEXT_MONTH, answer, entries, hold, holds, ledger_is_whole, states
from sqlalchemy.exc import OperationalError

from amanah.exchange import inbound
from amanah.exchange.codes import Code
from amanah.exchange.inbound import MOST_TRIES

pytestmark = pytest.mark.slow

STEPS = [
    ("IDN", "publish", "before amanah.exchange.building:seal"),
    ("IDN", "publish", "after amanah.exchange.building:seal"),
    ("IDN", "publish", "after amanah.exchange.outbound:_note_sent"),
    ("IDN", "deliver", "before amanah.exchange.sftp.session:Session.write"),
    ("IDN", "deliver", "before amanah.exchange.sftp.session:Session.rename"),
    ("IDN", "deliver", "after amanah.exchange.sftp.session:Session.rename"),
    ("SAU", "collect", "after amanah.exchange.sftp:download"),
    ("SAU", "collect", "after amanah.exchange.messages:add_received"),
    ("SAU", "admit", "after amanah.exchange.opening:unseal"),
    ("SAU", "admit", "after amanah.store.records:add"),
    ("SAU", "admit", "after amanah.exchange.building:seal"),
    ("SAU", "admit", "after amanah.exchange.messages:move"),
    ("SAU", "deliver", "before amanah.exchange.sftp.session:Session.rename"),
    ("IDN", "admit", "after amanah.exchange.inbound:settle"),
]


def run_until(corridor, party, verb):
    """Everything that comes before ``verb`` of ``party``."""
    for name, step in [
        ("IDN", "publish"),
        ("IDN", "deliver"),
        ("SAU", "collect"),
        ("SAU", "admit"),
        ("SAU", "deliver"),
        ("IDN", "collect"),
        ("IDN", "admit"),
    ]:
        if (name, step) == (party, verb):
            return
        node = corridor.idn if name == "IDN" else corridor.sau
        getattr(node, step)(*(("placement", MONTH) if step == "publish" else ()))


@pytest.mark.parametrize(("party", "verb", "step"), STEPS)
def test_killed_and_run_again(corridor, stage, party, verb, step):
    hold(corridor.idn, with_canaries("IDN-P-1"), a_placement("IDN-P-2", sex="W"))
    run_until(corridor, party, verb)
    when, target = step.split()
    assert stage.killed(corridor.idn if party == "IDN" else corridor.sau, verb, when=when, step=target)

    corridor.send()
    corridor.exchange()

    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
    assert states(corridor.idn) == {"IDN-SAU-placement-000001": "accepted", "SAU-IDN-status-000001": "settled"}
    assert states(corridor.sau) == {"IDN-SAU-placement-000001": "answered", "SAU-IDN-status-000001": "stored"}
    assert answer(corridor.idn, "IDN-SAU-placement-000001") == answer(corridor.sau, "IDN-SAU-placement-000001")
    assert corridor.point.packages() == ["IDN-SAU-placement-000001.tar.pgp", "SAU-IDN-status-000001.tar.pgp"]
    for node in (corridor.idn, corridor.sau):
        assert ledger_is_whole(node)
        left = [path.relative_to(node.settings.store) for path in node.settings.store.rglob("*") if path.is_file()]
        assert {path.parts[0] for path in left} <= {"outbox", "inbox", "node.yaml"}


def test_a_package_that_kills_whoever_reads_it_is_refused_and_the_stream_goes_on(corridor, stage):
    corridor.send(a_placement("IDN-P-1"))
    corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
    corridor.sau.collect()
    for _ in range(MOST_TRIES):
        assert stage.killed(corridor.sau, "admit", when="before", step="amanah.exchange.opening:unseal")

    corridor.exchange()

    [error] = answer(corridor.idn, "IDN-SAU-placement-000001").file_errors
    assert error.code == Code.KILLS_ITS_READER
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-2"}


def test_a_database_that_fails_during_an_admission_is_no_fault_of_the_package(corridor, monkeypatch):
    corridor.send(a_placement("IDN-P-1"))
    corridor.sau.collect()
    with monkeypatch.context() as patched:
        patched.setattr(inbound, "build_answer", _lost_connection)
        for _ in range(MOST_TRIES + 1):
            with pytest.raises(OperationalError):
                corridor.sau.admit()

    corridor.exchange()

    assert answer(corridor.idn, "IDN-SAU-placement-000001").file_errors == ()


def _lost_connection(*_):
    raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def at_once(stage, node, verb):
    """Run ``verb`` in two processes at the same moment; return what each says it did."""
    both = [stage.start(node, verb, ready=True) for _ in range(2)]
    assert [each.wait() for each in both] == [None, None]
    for each in both:
        each.go_on()
    assert [each.wait() for each in both] == [0, 0]
    return [int(each.said()) for each in both]


@pytest.mark.parametrize("verb", ["deliver", "collect", "admit"])
def test_two_at_once_do_the_work_once(corridor, stage, verb):
    for month in (MONTH, NEXT_MONTH):
        hold(corridor.idn, a_placement(f"IDN-P-{month}"), month=month)
        hold(corridor.idn, a_complaint(f"IDN-C-{month}"), stream="complaint", month=month)
        corridor.idn.publish("placement", month)
        corridor.idn.publish("complaint", month)
    if verb != "deliver":
        corridor.idn.deliver()
    if verb == "admit":
        corridor.sau.collect()

    did = at_once(stage, corridor.idn if verb == "deliver" else corridor.sau, verb)
    corridor.exchange()

    assert sum(did) == 4
    assert list(states(corridor.idn).values()).count("accepted") == 4
    assert holds(corridor.sau, "IDN").keys() == {f"IDN-P-{MONTH}", f"IDN-P-{NEXT_MONTH}"}
    assert [entry.event for entry in entries(corridor.sau)].count("answered") == 4
    assert [entry.event for entry in entries(corridor.idn)].count("stored") == 4
    assert ledger_is_whole(corridor.idn)
    assert ledger_is_whole(corridor.sau)
