"""A whole node whose clock is wrong: its processes, its seals and what it judges by its own time.

Its processes are started with ``clock.c`` preloaded, so that Python, OpenPGP, SSH and PostgreSQL's client all read the
same wrong clock.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import a_placement
from converged import check_all, rows
from corridor import MONTH, NEXT_MONTH, PARTIES, alarms, answer, hold, states
from stages import Stage

from amanah.exchange import seal
from amanah.exchange.codes import Code

pytestmark = pytest.mark.slow

FIRST = "SAU-IDN-placement-000001"
OFF = timedelta(minutes=10)  # what is seen where a time service has failed
TOO_FAR = timedelta(minutes=40)


@pytest.fixture(scope="module")
def key_files(tmp_path_factory) -> dict[str, tuple[Path, Path]]:
    """Keys that were made the day before: a clock that is behind must not find them unborn."""
    folder, made = tmp_path_factory.mktemp("older keys"), {}
    for owner in PARTIES:
        made[owner] = (folder / f"{owner}.key.pgp", folder / f"{owner}.cert.pgp")
        seal.generate(f"Amanah {owner} (test)", *made[owner], created=datetime.now(UTC) - timedelta(days=1))
    return made


@pytest.fixture
def off_by(tmp_path) -> Iterator[Callable[[timedelta], Stage]]:
    """A stage on which the clock is wrong by so much."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a C compiler is needed to set a clock wrong")
    library = tmp_path / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    with ExitStack() as stages:

        def make(apart: timedelta) -> Stage:
            wrong = {"LD_PRELOAD": str(library), "CLOCK_APART": str(int(apart.total_seconds()))}
            return stages.enter_context(Stage(tmp_path, wrong))

        yield make


def do(stage, node, *verbs):
    for verb in verbs:
        actor = stage.start(node, verb)
        assert actor.wait() == 0, actor.said()


@pytest.mark.parametrize("apart", [OFF, -OFF], ids=["ahead", "behind"])
def test_ten_minutes_off_is_nothing_that_anybody_notices(corridor, off_by, apart):
    wrong = off_by(apart)
    hold(corridor.sau, a_placement("SAU-P-1"))
    corridor.send(a_placement("IDN-P-1"))

    do(wrong, corridor.sau, "publish", "deliver", "collect", "admit", "deliver")
    corridor.idn.collect(corridor.wires["IDN"])
    corridor.idn.admit()
    corridor.send(a_placement("IDN-P-1", stage="completed"), month=NEXT_MONTH)
    do(wrong, corridor.sau, "collect", "admit", "deliver", "publish_snapshot", "deliver")
    corridor.idn.collect(corridor.wires["IDN"])
    corridor.idn.admit()
    corridor.idn.deliver(corridor.wires["IDN"])
    do(wrong, corridor.sau, "collect", "admit")

    check_all(corridor)
    assert set(states(corridor.idn).values()) | set(states(corridor.sau).values()) == {
        *("accepted", "answered", "settled", "stored")
    }
    assert alarms(corridor.idn) == alarms(corridor.sau) == []
    assert not any(row.stream == "status" and row.kind != "status" for row in rows(corridor.idn, "in").values())
    written = datetime.fromisoformat(answer(corridor.idn, "IDN-SAU-placement-000001").decided_at.isoformat())
    assert abs(written - datetime.now(UTC) - apart) < OFF / 2  # its clock really was wrong


def test_a_clock_too_far_ahead_is_refused_and_mended_once_it_is_right(corridor, off_by, stage):
    """OpenPGP takes no signature from more than half an hour ahead; nothing is believed and nothing is lost."""
    hold(corridor.sau, a_placement("SAU-P-1"))
    do(off_by(TOO_FAR), corridor.sau, "publish", "deliver")
    corridor.idn.collect(corridor.wires["IDN"])
    corridor.idn.admit()
    assert [error.code for error in answer(corridor.idn, FIRST).file_errors] == [Code.CANNOT_OPEN]

    corridor.exchange()
    assert states(corridor.sau)[FIRST] == "rejected"
    corridor.sau.publish("placement", MONTH)
    for _ in range(2):
        corridor.exchange()

    check_all(corridor)
