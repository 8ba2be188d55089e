"""Two nodes and a wire that loses, doubles, reorders, delays and damages: in the end both hold what they should.

Hypothesis makes up histories: records come, change, go and return on both sides; packages are published, carried and
admitted; files vanish, are damaged or reappear, at the exchange point and in an inbox; a node dies within a verb and
goes on; the other node does a verb while one is within its own. After each history the wire is honest for a while, and
nobody intervenes. ``AMANAH_HISTORIES=5000`` tries that many; a failing history is made as short as it can be and
printed as a test to copy.
"""

import base64
import os
import shutil
import tempfile
from collections import Counter
from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from adversary import GETS, LISTINGS, PUTS, STEPS, Exchange, Killed, Wire, damaged, dying, happening
from builders import Record, a_placement
from converged import believed, check_messages, check_store, quiet, rows
from corridor import PARTIES, hold, holds, ledger_is_whole
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from psycopg import sql
from test_repair import time_passes, unsent

from amanah.exchange import seal
from amanah.exchange.again import MOST_TIMES
from amanah.exchange.inbound import MOST_TRIES
from amanah.exchange.outbound import MOST_REPLACEMENTS
from amanah.exchange.seal import opening
from amanah.exchange.transport import OtherContent, TransportError
from amanah.node.node import Node
from amanah.store import tables

pytestmark = pytest.mark.slow

HISTORIES = int(os.environ.get("AMANAH_HISTORIES", "25"))
STEPS_OF_A_HISTORY = 30
MONTHS = [f"2026-{number:02d}" for number in range(1, 11)]
LAST_OF_THE_HISTORY = 3
ROUNDS = 15  # of honest exchange in the end, at most

party = st.sampled_from(PARTIES)
MEANWHILE = ("deliver", "collect", "admit", "publish")  # by the other node, at the same moment
interruption = st.none() | st.tuples(
    st.sampled_from(STEPS),
    st.sampled_from(["before", "after"]),
    st.integers(1, 3),
    st.sampled_from(("dies", *MEANWHILE)),
)
some, small = st.integers(0, 200), st.integers(1, 3)


class Histories(RuleBasedStateMachine):
    """What may happen; ``nodes``, ``point`` and ``clear`` are set by the test."""

    nodes: dict[str, Node]
    folder: object
    clear: object

    def __init__(self) -> None:
        super().__init__()
        type(self).clear()
        self.exchange = Exchange(type(self).folder)
        self.wires = {name: Wire(self.exchange) for name in PARTIES}
        self.month = 0
        self.said: dict[str, dict[str, list[Record | None]]] = {name: {} for name in PARTIES}
        self.damages = self.deaths = 0
        self.spoilt: Counter[Path] = Counter()

    # -- what happens at home

    @rule(who=party, number=small, value=small, valid=st.sampled_from([True, True, True, False]))
    def record(self, who, number, value, valid):
        ref = f"{who}-P-{number}"
        record = a_placement(ref, wage_amount=Decimal(value), sex="F" if valid else "W")
        hold(self.nodes[who], record, month=MONTHS[self.month])
        self.said[who].setdefault(ref, []).append(record)

    @rule(who=party, number=small)
    def withdrawal(self, who, number):
        ref = f"{who}-P-{number}"
        if ref in self.said[who] and self.said[who][ref][-1] is not None:
            hold(self.nodes[who], a_placement(ref), month=MONTHS[self.month], withdrawn=True)
            self.said[who][ref].append(None)

    @precondition(lambda self: self.month < LAST_OF_THE_HISTORY)
    @rule()
    def month_ends(self):
        self.month += 1

    @rule(who=party)
    def time_passes(self, who):
        time_passes(self.nodes[who])

    # -- the verbs, and where a node dies

    @rule(who=party, late=st.integers(0, 1), interrupted=interruption)
    def publish(self, who, late, interrupted):
        self._do(who, interrupted, "publish", "placement", MONTHS[max(self.month - late, 0)])

    @rule(who=party, interrupted=interruption)
    def publish_snapshot(self, who, interrupted):
        self._do(who, interrupted, "publish_snapshot", "placement", MONTHS[self.month])

    @rule(who=party, faults=st.lists(st.sampled_from(("fine", *PUTS)), max_size=4), interrupted=interruption)
    def deliver(self, who, faults, interrupted):
        self.wires[who].plan.extend(faults)
        self._do(who, interrupted, "deliver", self.wires[who])

    @rule(
        who=party,
        listing=st.sampled_from(LISTINGS),
        faults=st.lists(st.sampled_from(("fine", *GETS)), max_size=4),
        interrupted=interruption,
    )
    def collect(self, who, listing, faults, interrupted):
        self.damages += faults.count("damaged")
        if self.damages > MOST_REPLACEMENTS:
            return
        wire = self.wires[who]
        wire.listing = listing
        wire.plan.extend(faults)
        self._do(who, interrupted, "collect", wire)
        wire.listing = "whole"

    @rule(who=party, interrupted=interruption)
    def admit(self, who, interrupted):
        self._do(who, interrupted, "admit")

    @rule()
    def exchange_goes_well(self):
        for who in PARTIES:
            self._do(who, None, "deliver", self.wires[who])
        for who in PARTIES:
            self._do(who, None, "collect", self.wires[who])
            self._do(who, None, "admit")

    def _do(self, who, interrupted, verb, *arguments):
        how = nullcontext()
        if interrupted is not None:
            *where, what = interrupted
            if what != "dies":
                how = happening(*where, lambda: self._meanwhile(who, what))
            elif verb != "admit" or self.deaths < MOST_TRIES - 1:
                self.deaths += verb == "admit"
                how = dying(*where)
        with suppress(Killed, TransportError, OtherContent), how:
            getattr(self.nodes[who], verb)(*arguments)
        self.wires[who].plan.clear()

    def _meanwhile(self, who, verb):
        """The other node does a verb, whole, while ``who`` is within one."""
        other = next(party for party in PARTIES if party != who)
        arguments = {"publish": ("placement", MONTHS[self.month]), "admit": ()}.get(verb, (self.wires[other],))
        with suppress(TransportError, OtherContent):
            getattr(self.nodes[other], verb)(*arguments)

    # -- what happens at the exchange point

    @precondition(lambda self: self.exchange.files())
    @rule(which=some)
    def a_file_vanishes(self, which):
        files = self.exchange.files()
        files[which % len(files)].unlink()

    @precondition(lambda self: self.exchange.sent)
    @rule(which=some)
    def an_old_file_reappears(self, which):
        path, sealed = sorted(self.exchange.sent.items())[which % len(self.exchange.sent)]
        if not path.exists():
            self.exchange.arrives(path, sealed)

    @precondition(lambda self: self.exchange.under_way)
    @rule(which=some)
    def a_late_file_arrives(self, which):
        path, sealed = self.exchange.under_way.pop(which % len(self.exchange.under_way))
        if not path.exists():
            self.exchange.arrives(path, sealed)

    @precondition(lambda self: self.exchange.files() and self.damages < MOST_REPLACEMENTS)
    @rule(which=some, how=some)
    def a_file_is_damaged(self, which, how):
        files = self.exchange.files()
        path = files[which % len(files)]
        if path.stat().st_size:
            path.write_bytes(damaged(path.read_bytes(), how))
            self.damages += 1

    # -- what happens to what was fetched

    @rule(who=party, which=some, how=some)
    def a_fetched_file_is_spoilt(self, who, which, how):
        path = self._not_taken(who, which)
        if path is not None:
            path.write_bytes(damaged(path.read_bytes(), how))

    @rule(who=party, which=some)
    def a_fetched_file_is_lost(self, who, which):
        path = self._not_taken(who, which)
        if path is not None:
            path.unlink()

    def _not_taken(self, who, which):
        """A package in the inbox that was not admitted yet and not spoilt too often, or None."""
        node = self.nodes[who]
        waiting = [row for row in rows(node, "in").values() if row.state in {"received", "held"}]
        files = [node.endpoint.inbox(f"{row.message_id}.tar.pgp") for row in waiting]
        files = [path for path in files if path.exists() and path.stat().st_size and self.spoilt[path] < MOST_TIMES]
        if not files:
            return None
        path = files[which % len(files)]
        self.spoilt[path] += 1
        return path

    # -- how it ends

    def teardown(self):
        for number in range(ROUNDS):
            if number % 3 == 0:
                if number and all(quiet(node) for node in self.nodes.values()):
                    break
                self.month += 1
                for node in self.nodes.values():
                    node.publish("placement", MONTHS[self.month])
            for who in PARTIES:
                time_passes(self.nodes[who])
                self._do(who, None, "deliver", self.wires[who])
            for who in PARTIES:
                self._do(who, None, "collect", self.wires[who])
                self._do(who, None, "admit")
        self._check()

    def _check(self):
        for who, partner in (PARTIES, PARTIES[::-1]):
            ours, theirs = self.nodes[who], self.nodes[partner]
            self._check_holdings(who, ours, theirs)
            check_messages(ours, theirs)
            assert ledger_is_whole(ours)
            check_store(ours)

    def _check_holdings(self, who, ours, theirs):
        fields = ours.agreement.granted("placement", sender=who)
        held = {ref: shown(record, fields) for ref, record in holds(theirs, who).items()}
        refused = {ref for ref, said in self.said[who].items() if said[-1] is not None and said[-1]["sex"] != "F"}
        last = {ref: said[-1] for ref, said in self.said[who].items() if ref not in refused}
        should = {ref: shown(record, fields) for ref, record in last.items() if record is not None}
        assert {ref: record for ref, record in held.items() if ref not in refused} == should
        for ref in refused & held.keys():
            valid = [shown(said, fields) for said in self.said[who][ref] if said is not None and said["sex"] == "F"]
            assert held[ref] in valid
        assert {ref for ref, _ in unsent(ours)} <= refused
        assert believed(ours) == held.keys()


def shown(record, fields):
    return {field: record[field] for field in fields}


@pytest.fixture
def in_memory(tmp_path):
    """A folder that is not on a disk, where the system has such: packages by the ten thousand come and go."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def machine(a_node, postgres, in_memory, monkeypatch) -> type[Histories]:
    """The state machine with two real nodes; what one history left is gone before the next."""
    nodes = {name: a_node(name, store=in_memory / name) for name in PARTIES}
    for node in nodes.values():
        node.database.engine.pool._pre_ping = False  # nobody restarts this server: a question less per transaction
    monkeypatch.setattr(seal, "ask_to_open", open_here)
    cleaners = [
        psycopg.connect(postgres.url(str(node.database.url.database), "postgresql"), autocommit=True)
        for node in nodes.values()
    ]
    for cleaner in cleaners:
        cleaner.execute("SET session_replication_role = replica")  # the ledger does not let go otherwise
    names = [sql.Identifier(name) for name in tables.metadata.tables]
    empty = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names)

    def clear() -> None:
        for cleaner in cleaners:
            cleaner.execute(empty)
        for folder in (in_memory / "point", *(node.settings.store for node in nodes.values())):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    yield type("AHistory", (Histories,), {"nodes": nodes, "folder": in_memory / "point", "clear": staticmethod(clear)})
    for node in nodes.values():
        node.database.engine.dispose()
    for cleaner in cleaners:
        cleaner.close()


def open_here(sealed, plain, limit, ours, partners, passphrase):
    """The same decryption without a process of its own for each package: histories are many, and nobody is hostile."""
    del limit
    return opening._decrypt(
        {
            "sealed": str(sealed.absolute()),
            "plain": str(plain.absolute()),
            "keys": [base64.b64encode(each.content).decode() for each in ours],
            "passphrase": passphrase,
            "certificates": [base64.b64encode(each.content).decode() for each in partners],
        }
    )


def test_whatever_happens_both_hold_what_they_should(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS_OF_A_HISTORY,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
