"""Killed before or after any step of any message, and run again: nothing lost, nothing twice, nobody needed.

Every state of a message and every other thing that the ledger can say is a case here; one that is added without its
case fails the first test.
"""

import ast
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import a_placement, with_canaries
from converged import check_all, run_until_quiet
from corridor import MONTH, NEXT_MONTH, Corridor, entries, hold
from sqlalchemy import delete
from test_late_and_held import holding_corridor  # noqa: F401 - a fixture
from test_repair import time_passes

import amanah.exchange
from amanah.exchange.messages import State
from amanah.store import tables

pytestmark = pytest.mark.slow

FIRST = "IDN-SAU-placement-000001.tar.pgp"


def nothing(_corridor):
    pass


def published(corridor):
    corridor.idn.publish("placement", MONTH)


def delivered(corridor):
    published(corridor)
    corridor.idn.deliver(corridor.wires["IDN"])


def collected(corridor):
    delivered(corridor)
    corridor.sau.collect(corridor.wires["SAU"])


def answer_here(corridor):
    collected(corridor)
    corridor.sau.admit()
    corridor.sau.deliver(corridor.wires["SAU"])
    corridor.idn.collect(corridor.wires["IDN"])


def spoil(path):
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)


def refusal_here(corridor):
    delivered(corridor)
    spoil(corridor.point.room("IDN", "placement") / FIRST)
    corridor.sau.collect(corridor.wires["SAU"])
    corridor.sau.admit()
    corridor.sau.deliver(corridor.wires["SAU"])
    corridor.idn.collect(corridor.wires["IDN"])


def refusal_taken(corridor):
    refusal_here(corridor)
    corridor.idn.admit()


def gap_here(corridor):
    delivered(corridor)
    (corridor.point.room("IDN", "placement") / FIRST).unlink()
    corridor.send(a_placement("IDN-P-3"), month=NEXT_MONTH)
    corridor.sau.collect(corridor.wires["SAU"])


def request_here(corridor):
    gap_here(corridor)
    corridor.sau.admit()
    corridor.sau.deliver(corridor.wires["SAU"])
    corridor.idn.collect(corridor.wires["IDN"])


def request_taken(corridor):
    request_here(corridor)
    corridor.idn.admit()


def overdue(corridor):
    delivered(corridor)
    time_passes(corridor.idn)


def spoilt_here(corridor):
    collected(corridor)
    spoil(corridor.sau.endpoint.inbox(FIRST))


def let_go_of(corridor):
    spoilt_here(corridor)
    corridor.sau.admit()


def other_content_there(corridor):
    collected(corridor)
    (corridor.point.room("IDN", "placement") / FIRST).write_bytes(b"other content")


def both_reconciled(corridor):
    """Both certified the month, and each has the other's certificate in its inbox."""
    for node in (corridor.idn, corridor.sau):
        for stream in ("placement", "complaint"):
            node.publish(stream, MONTH)
    corridor.exchange()


def certificate_here(corridor):
    both_reconciled(corridor)
    for node in (corridor.sau, corridor.idn):
        node.reconcile(MONTH)
        node.deliver(corridor.wires[node.us])
    corridor.idn.collect(corridor.wires["IDN"])


def difference_here(corridor):
    both_reconciled(corridor)
    with corridor.sau.database.engine.begin() as connection:
        connection.execute(delete(tables.RECORDS["placement"]))
    for node in (corridor.idn, corridor.sau):
        node.reconcile(MONTH)
        node.deliver(corridor.wires[node.us])
    for node in (corridor.idn, corridor.sau, corridor.idn):
        node.collect(corridor.wires[node.us])
        node.admit()
        node.deliver(corridor.wires[node.us])
    corridor.sau.collect(corridor.wires["SAU"])


@dataclass(frozen=True)
class Case:
    """``party`` does ``verb`` after ``before``, and comes to the ``nth`` ``event`` in it."""

    event: str
    party: str
    verb: str
    before: Callable[[Corridor], None]
    nth: int = 1
    holds: bool = False

    def __str__(self) -> str:
        return f"{self.event}, {self.verb} after {self.before.__name__}" + (f", {self.nth}" if self.nth > 1 else "")


CASES = [
    Case("built", "IDN", "publish", nothing),
    Case("built", "IDN", "publish_snapshot", nothing),
    Case("built", "SAU", "admit", collected),  # an answer
    Case("built", "SAU", "admit", gap_here),  # a request for what is missing
    Case("built", "IDN", "deliver", overdue),  # a request for the answer
    Case("built", "IDN", "deliver", refusal_taken),  # the message anew
    Case("built", "IDN", "reconcile", both_reconciled),  # a certificate
    Case("sent", "IDN", "deliver", published),
    Case("stored", "IDN", "deliver", published),
    Case("received", "SAU", "collect", delivered),
    Case("held", "SAU", "admit", gap_here),
    Case("answered", "SAU", "admit", collected),
    Case("accepted", "IDN", "admit", answer_here),
    Case("rejected", "IDN", "admit", refusal_here),
    Case("settled", "IDN", "admit", answer_here),
    Case("asked", "IDN", "admit", request_here),
    Case("put again", "IDN", "deliver", request_taken),
    Case("put again", "IDN", "deliver", overdue),
    Case("let go", "SAU", "admit", spoilt_here),
    Case("fetched again", "SAU", "collect", let_go_of),
    Case("alarm", "SAU", "collect", other_content_there),
    Case("alarm", "IDN", "admit", refusal_here),
    Case("certified", "IDN", "admit", certificate_here),
    Case("difference", "SAU", "admit", difference_here),
    Case("passed", "SAU", "let_pass", refusal_taken, holds=True),
]


def test_every_state_and_every_event_of_the_ledger_has_its_case():
    assert {case.event for case in CASES} == set(State) | events_in_code()


def events_in_code() -> set[str]:
    """Every event that the code of the exchange appends by its name; the states are appended as states."""
    found = set()
    for module in pkgutil.walk_packages(amanah.exchange.__path__, "amanah.exchange."):
        loaded = importlib.import_module(module.name)
        if loaded.__file__ is None:
            continue
        tree = ast.parse(Path(loaded.__file__).read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "ledger.append":
                name = call.args[2]
                if isinstance(name, ast.Constant):
                    found.add(name.value)
                elif (value := getattr(loaded, ast.unparse(name), None)) is not None:
                    found.add(value)
    return found


@pytest.mark.parametrize("when", ["before", "committed"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_killed_there_and_run_again(request, stage, case, when):
    corridor = request.getfixturevalue("holding_corridor" if case.holds else "corridor")
    hold(corridor.idn, with_canaries("IDN-P-1"), a_placement("IDN-P-2"))
    case.before(corridor)
    node = corridor.idn if case.party == "IDN" else corridor.sau
    said = len(entries(node))

    assert stage.killed(node, case.verb, event=case.event, when=when, nth=case.nth)
    told = any(entry.event == case.event for entry in entries(node)[said:])
    assert told is (when == "committed")

    if case.verb == "let_pass" and when == "before":
        node.let_pass("placement", by="x", why="x")
    if case.verb == "reconcile":
        node.reconcile(MONTH)
    corridor.idn.publish("placement", MONTH)
    run_until_quiet(corridor)
    check_all(corridor)
