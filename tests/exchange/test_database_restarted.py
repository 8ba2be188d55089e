"""PostgreSQL restarted, or killed, in the middle of a verb: both nodes go on by themselves once it is back."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest
from builders import a_placement, with_canaries
from converged import check_all, run_until_quiet
from corridor import MONTH, alarms, answer, hold, states
from databases import APPLICATION, Databases, make_template
from sqlalchemy.exc import OperationalError

from amanah.demo.services.postgres import USER, Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange.inbound import MOST_TRIES

pytestmark = pytest.mark.slow

FIRST = "IDN-SAU-placement-000001"
STEPS = {
    "a publication": ("IDN", "publish", "amanah.exchange.outbound:_note_sent"),
    "a delivery": ("IDN", "deliver", "amanah.exchange.sftp:upload"),
    "a collection": ("SAU", "collect", "amanah.exchange.messages:add_received"),
    "an admission": ("SAU", "admit", "amanah.store.records:add"),
    "an answer": ("SAU", "admit", "amanah.exchange.inbound:build_answer"),
    "an answer taken": ("IDN", "admit", "amanah.exchange.inbound:settle"),
}


class Restartable:
    """A server of its own that can be stopped as ``pg_ctl restart`` does, or killed with all its processes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.server, self._running = folder, Postgres(folder), ExitStack()

    def start(self) -> None:
        self.server.start(self._running.enter_context(Supervisor(self._folder)))

    def stop(self) -> None:
        self._running.close()

    def kill(self) -> None:
        [number, *_] = (self.server.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()
        postmaster = psutil.Process(int(number))
        everybody = [postmaster, *postmaster.children(recursive=True)]
        for process in everybody:
            os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(everybody, timeout=30)
        self.stop()


@pytest.fixture(scope="module")
def restartable(tmp_path_factory) -> Iterator[Restartable]:
    """It keeps what it has committed, as a node's server does; the other tests' does not wait for that."""
    made = Restartable(tmp_path_factory.mktemp("restartable"))
    made.start()
    make_template(made.server)
    with psycopg.connect(made.server.url("postgres", "postgresql"), autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {APPLICATION} SET synchronous_commit = on")
        connection.execute(f"ALTER ROLE {USER} SET synchronous_commit = on")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def postgres(restartable) -> Postgres:
    """Instead of the server that all tests share."""
    return restartable.server


@pytest.fixture(scope="module")
def databases(postgres) -> Databases:
    return Databases(postgres)


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("within", STEPS)
def test_in_the_middle_of(corridor, stage, restartable, within, how):
    party, verb, step = STEPS[within]
    hold(corridor.idn, with_canaries("IDN-P-1"), a_placement("IDN-P-2"))
    come_to(corridor, party, verb)
    under_way = stage.start(corridor.idn if party == "IDN" else corridor.sau, verb, act="stop", when="after", step=step)
    assert under_way.wait() is None  # it is there, and has not ended

    getattr(restartable, how)()
    under_way.go_on()
    assert under_way.wait() == 1
    assert "OperationalError" in under_way.said()
    restartable.start()

    corridor.idn.publish("placement", MONTH)
    run_until_quiet(corridor)
    check_all(corridor)
    assert states(corridor.idn)[FIRST] == "accepted"
    assert alarms(corridor.idn) == alarms(corridor.sau) == []


def test_a_server_that_goes_down_in_every_admission_is_no_fault_of_the_package(corridor, stage, restartable):
    hold(corridor.idn, a_placement("IDN-P-1"))
    come_to(corridor, "SAU", "admit")
    for _ in range(MOST_TRIES + 1):
        under_way = stage.start(corridor.sau, "admit", act="stop", when="after", step="amanah.store.records:add")
        assert under_way.wait() is None
        restartable.stop()
        under_way.go_on()
        assert under_way.wait() == 1
        restartable.start()

    run_until_quiet(corridor)

    assert answer(corridor.idn, FIRST).file_errors == ()


def test_while_it_is_down_nothing_is_done_and_nothing_lost(corridor, restartable):
    hold(corridor.idn, a_placement("IDN-P-1"))
    come_to(corridor, "SAU", "admit")
    restartable.stop()
    for _ in range(MOST_TRIES + 1):
        with pytest.raises(OperationalError):
            corridor.sau.admit()
    restartable.start()

    run_until_quiet(corridor)

    assert states(corridor.idn)[FIRST] == "accepted"


def come_to(corridor, party, verb):
    """Everything that comes before ``verb`` of ``party``."""
    wires = corridor.wires
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
        arguments = {"publish": ("placement", MONTH), "admit": ()}.get(step, (wires[name],))
        getattr(node, step)(*arguments)
