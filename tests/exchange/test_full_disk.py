"""The disk of a node is full while a package is built or an answer is written: named, nothing half, gone on with.

Tried with every amount of room from none to enough, so that each thing that is written is once the one that finds none.
"""

import errno
import os
import shutil
import subprocess
from contextlib import ExitStack

import pytest
from builders import a_placement
from converged import check_all, run_until_quiet
from corridor import MONTH, PARTIES, Corridor, alarms, hold, states

from amanah.exchange.sftp import connect

pytestmark = pytest.mark.slow

PAGE = 4096
FIRST = "IDN-SAU-placement-000001"


@pytest.fixture
def small_disks(tmp_path):
    """A disk of 2 MB for each node's store."""
    with ExitStack() as mounted:
        for party in PARTIES:
            folder = tmp_path / party
            folder.mkdir()
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False)
            if done.returncode:
                pytest.skip("a small disk can be mounted by root alone")
            mounted.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)
        yield


@pytest.fixture
def on_small_disks(small_disks, a_node, exchange_point):
    nodes = {party: a_node(party, sftp=exchange_point.settings(party)) for party in PARTIES}
    with ExitStack() as open_wires:
        wires = {party: open_wires.enter_context(connect(exchange_point.settings(party))) for party in PARTIES}
        yield Corridor(nodes["IDN"], nodes["SAU"], exchange_point, MONTH, wires)
    for node in nodes.values():
        node.database.engine.dispose()


def leave(node, room):
    """Fill the disk of ``node`` until ``room`` bytes are left."""
    filler = node.settings.store / "filler"
    filler.unlink(missing_ok=True)
    free = shutil.disk_usage(node.settings.store).free
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - room)


def with_ever_more_room(node, verb):
    """Do ``verb`` with no room, a page of it, two ... until it is done; return how often there was too little."""
    for pages in range(200):
        leave(node, pages * PAGE)
        try:
            verb()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        else:
            (node.settings.store / "filler").unlink()
            return pages
        left = {path.name for path in node.settings.store.rglob("*") if path.is_file()} - {"filler"}
        assert all(name.endswith((".pgp", ".part")) for name in left), left  # nothing half, nothing plain
    raise AssertionError("it was never enough")


def test_while_a_package_is_built(on_small_disks):
    corridor = on_small_disks
    hold(corridor.idn, *(a_placement(f"IDN-P-{number}") for number in range(300)))

    assert with_ever_more_room(corridor.idn, lambda: corridor.idn.publish("placement", MONTH)) > 3

    assert states(corridor.idn) == {FIRST: "built"}  # the number was not given to anything before
    run_until_quiet(corridor)
    check_all(corridor)


def test_while_a_message_is_opened_and_its_answer_written(on_small_disks):
    corridor = on_small_disks
    corridor.send(*(a_placement(f"IDN-P-{number}") for number in range(300)))
    corridor.sau.collect(corridor.wires["SAU"])

    assert with_ever_more_room(corridor.sau, corridor.sau.admit) > 3

    assert states(corridor.sau)[FIRST] == "answered"
    run_until_quiet(corridor)
    check_all(corridor)
    assert states(corridor.idn)[FIRST] == "accepted"
    assert alarms(corridor.idn) == alarms(corridor.sau) == []
