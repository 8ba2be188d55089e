"""A transfer that is cut, killed, held up or disturbed: exactly the right file in the end, never half of one."""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import servers
from link import Link
from servers import NAME

from amanah.exchange.sftp import NameTaken, connect
from amanah.exchange.sftp.upload import part_name
from amanah.exchange.transport import TransportError

pytestmark = pytest.mark.slow

COURIER = Path(__file__).with_name("courier.py")
SIZE = 3_000_000
POINTS = range(10)


@pytest.fixture(name="package")
def a_long_package(tmp_path) -> Path:
    """Long enough to be cut in ten places; as good as random, as what is sealed."""
    path = tmp_path / NAME
    path.write_bytes(random.Random(7).randbytes(SIZE))
    return path


def put(settings, package, folder):
    with connect(settings) as wire:
        wire.put(package, folder)


def get(settings, folder, target):
    with connect(settings) as wire:
        wire.get(folder, NAME, target)


def part_of(package):
    with package.open("rb") as local:
        return part_name(NAME, local)


def lay_down(place, content):
    place.on_disk.mkdir(parents=True, exist_ok=True)
    (place.on_disk / NAME).write_bytes(content)


@pytest.mark.parametrize("point", POINTS)
def test_an_upload_cut_twice_at_the_same_point_ends_whole(server, package, point):
    whole = SIZE + 8_000  # and the handshake
    with Link(server.settings.port, "up") as link:
        link.cuts = [whole * point // 10 + 1000] * 2
        tries = 0
        while server.names() != [NAME]:
            tries += 1
            with suppress(TransportError):
                put(server.over(link.port), package, server.folder)
            assert NAME not in server.names() or (server.on_disk / NAME).read_bytes() == package.read_bytes()

    assert 2 <= tries <= 3  # it really was cut
    assert server.names() == [NAME]
    assert (server.on_disk / NAME).read_bytes() == package.read_bytes()


@pytest.mark.parametrize("point", POINTS)
def test_a_download_cut_twice_at_the_same_point_ends_whole(server, package, tmp_path, point):
    lay_down(server, package.read_bytes())
    target, whole = tmp_path / "inbox" / NAME, SIZE + 8_000
    target.parent.mkdir()
    with Link(server.settings.port, "down") as link:
        link.cuts = [whole * point // 10 + 1000] * 2
        tries = 0
        while not target.exists():
            tries += 1
            with suppress(TransportError):
                get(server.over(link.port), server.folder, target)
            assert not target.exists() or target.read_bytes() == package.read_bytes()

    assert 2 <= tries <= 3  # it really was cut
    assert [path.name for path in target.parent.iterdir()] == [NAME]
    assert target.read_bytes() == package.read_bytes()


def test_a_transfer_goes_on_from_what_is_there(server, package, tmp_path):
    begun = package.read_bytes()[: SIZE // 2]
    server.on_disk.mkdir(parents=True)
    (server.on_disk / part_of(package)).write_bytes(begun)
    (tmp_path / "back.part").write_bytes(begun)

    with Link(server.settings.port, "up") as up:
        put(server.over(up.port), package, server.folder)
    with Link(server.settings.port, "down") as down:
        get(server.over(down.port), server.folder, tmp_path / "back")

    assert server.names() == [NAME]
    assert (server.on_disk / NAME).read_bytes() == (tmp_path / "back").read_bytes() == package.read_bytes()
    assert up.passed[0] < 0.6 * SIZE
    assert down.passed[0] < 0.9 * SIZE  # with the megabyte that is compared first


def test_a_link_cut_again_and_again_is_made_anew_without_anybody_asking(on_openssh, package, tmp_path, monkeypatch):
    monkeypatch.setattr("amanah.exchange.sftp.FIRST_PAUSE", 0.01)
    with Link(on_openssh.settings.port, "up", gentle=True) as link:
        link.cuts = [800_000, 700_000, 900_000]
        put(on_openssh.over(link.port, attempts=2), package, on_openssh.folder)
        assert len(link.passed) == 4
    with Link(on_openssh.settings.port, "down", gentle=True) as link:
        link.cuts = [1_800_000, 1_600_000, 1_900_000]
        get(on_openssh.over(link.port, attempts=2), on_openssh.folder, tmp_path / "back")
        assert len(link.passed) > 1

    assert (on_openssh.on_disk / NAME).read_bytes() == package.read_bytes()
    assert (tmp_path / "back").read_bytes() == package.read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("verb", ["put", "get"])
def test_a_client_killed_in_a_transfer_leaves_what_the_next_one_finishes(server, package, tmp_path, verb, share):
    target = tmp_path / "inbox" / NAME
    target.parent.mkdir()
    if verb == "get":
        lay_down(server, package.read_bytes())
    with Link(server.settings.port, "up" if verb == "put" else "down") as link:
        link.hold = int(SIZE * share) + 1000
        (tmp_path / "settings.json").write_text(server.over(link.port).model_dump_json())
        file = package if verb == "put" else target
        argv = [sys.executable, str(COURIER), str(tmp_path / "settings.json"), verb, server.folder, str(file)]
        with subprocess.Popen(argv) as courier:
            assert link.held.wait(30)
            os.kill(courier.pid, signal.SIGKILL)
        assert courier.returncode == -signal.SIGKILL
    assert (server.names() == [NAME]) is (verb == "get")
    assert not target.exists()

    if verb == "put":
        put(server.settings, package, server.folder)
    else:
        get(server.settings, server.folder, target)

    assert server.names() == [NAME]
    assert (server.on_disk / NAME).read_bytes() == package.read_bytes()
    if verb == "get":
        assert [path.name for path in target.parent.iterdir()] == [NAME]
        assert target.read_bytes() == package.read_bytes()


@pytest.mark.parametrize("after", [0, 2_000, 500_000], ids=["greeting", "signing in", "transfer"])
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_server_that_falls_silent_does_not_hold_a_task(on_openssh, package, tmp_path, way, after):
    lay_down(on_openssh, package.read_bytes())
    other = on_openssh.below("other")

    with Link(on_openssh.settings.port, way) as link, pytest.raises(TransportError):  # noqa: PT012
        link.hold = after
        settings = on_openssh.over(link.port, timeout=1.5)
        if way == "up":
            put(settings, package, other.folder)
        else:
            get(settings, on_openssh.folder, tmp_path / "back")

    assert NAME not in other.names()
    assert not (tmp_path / "back").exists()


def test_two_who_deliver_the_same_at_once_deliver_it_once(server, package):
    failed = []

    def deliver():
        try:
            put(server.settings, package, server.folder)
        except Exception as error:
            failed.append(error)

    for _ in range(4):
        both = [threading.Thread(target=deliver) for _ in range(3)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert failed == []
        assert server.names() == [NAME]
        assert (server.on_disk / NAME).read_bytes() == package.read_bytes()
        (server.on_disk / NAME).unlink()


def test_two_who_deliver_different_contents_under_one_name_never_mix_them(server, tmp_path):
    contents = [random.Random(seed).randbytes(SIZE) for seed in (1, 2)]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / NAME).write_bytes(content)

    def deliver(number):
        with suppress(TransportError, NameTaken):
            put(server.settings, tmp_path / str(number) / NAME, server.folder)

    for _ in range(5):
        both = [threading.Thread(target=deliver, args=(number,)) for number in (0, 1)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        if NAME in server.names():
            assert (server.on_disk / NAME).read_bytes() in contents
            (server.on_disk / NAME).unlink()


@pytest.mark.parametrize("length", [SIZE, SIZE - 1, 10])
def test_another_content_under_our_name_is_never_overwritten(server, package, length):
    theirs = random.Random(8).randbytes(length)
    lay_down(server, theirs)

    with pytest.raises(NameTaken, match="something else stands there"):
        put(server.settings, package, server.folder)

    assert server.names() == [NAME]
    assert (server.on_disk / NAME).read_bytes() == theirs


def test_a_name_taken_at_the_last_moment_is_not_overwritten_either(on_openssh, package):
    theirs = b"another content"
    with Link(on_openssh.settings.port, "up") as link:
        link.hold = SIZE // 2
        failed = []

        def deliver():
            try:
                put(on_openssh.over(link.port), package, on_openssh.folder)
            except NameTaken as error:
                failed.append(error)

        delivering = threading.Thread(target=deliver)
        delivering.start()
        assert link.held.wait(30)
        lay_down(on_openssh, theirs)
        link.go_on()
        delivering.join()

    assert len(failed) == 1
    assert (on_openssh.on_disk / NAME).read_bytes() == theirs


@pytest.mark.parametrize("left", ["spoilt", "with a hole", "longer", "all there"])
def test_a_part_that_is_left_there_is_only_kept_where_it_is_ours(server, package, left):
    content = bytearray(package.read_bytes())
    leftover = {
        "spoilt": random.Random(9).randbytes(2_000_000),
        "with a hole": content[:400_000] + bytes(300_000) + content[700_000:2_500_000],
        "longer": content + b"more",
        "all there": content,
    }
    server.on_disk.mkdir(parents=True)
    (server.on_disk / part_of(package)).write_bytes(leftover[left])

    with connect(server.settings) as wire:
        if left == "with a hole":  # its end is right: what is wrong is found when the whole is read back
            with pytest.raises(TransportError, match="other bytes than were sent"):
                wire.put(package, server.folder)
            assert server.names() == []
        wire.put(package, server.folder)

    assert server.names() == [NAME]
    assert (server.on_disk / NAME).read_bytes() == package.read_bytes()


@pytest.mark.parametrize("left", ["of another file", "with an empty page", "longer"])
def test_a_part_that_is_left_here_is_only_kept_where_it_is_theirs(server, package, tmp_path, left):
    content = package.read_bytes()
    lay_down(server, content)
    leftover = {
        "of another file": random.Random(9).randbytes(2_000_000),
        "with an empty page": content[: 4096 * 10] + bytes(4096) + content[4096 * 11 : 2_500_000],
        "longer": content + b"more",
    }
    (tmp_path / "back.part").write_bytes(leftover[left])

    get(server.settings, server.folder, tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == content
    assert not (tmp_path / "back.part").exists()


def test_a_file_that_goes_away_after_it_was_listed_is_tried_again_later(server, package, tmp_path):
    lay_down(server, package.read_bytes())
    with connect(server.settings) as wire:
        [name] = wire.names(server.folder)
        (server.on_disk / name).unlink()
        with pytest.raises(TransportError, match=f"fetch {server.folder}/{NAME}: it is not there any more"):
            wire.get(server.folder, name, tmp_path / "back")
        assert wire.names(server.folder) == []

    assert not list(tmp_path.glob("back*"))


def test_a_file_that_is_still_growing_is_not_taken(server, package, tmp_path):
    lay_down(server, package.read_bytes())
    with Link(server.settings.port, "down") as link:
        link.hold = SIZE // 2
        failed = []

        def fetch():
            try:
                get(server.over(link.port), server.folder, tmp_path / "back")
            except TransportError as error:
                failed.append(str(error))

        fetching = threading.Thread(target=fetch)
        fetching.start()
        assert link.held.wait(30)
        with (server.on_disk / NAME).open("ab") as growing:
            growing.write(b"more")
        link.go_on()
        fetching.join()

    assert "still being written" in failed[0]
    assert not (tmp_path / "back").exists()


def test_a_full_disk_there_is_named_and_leaves_nothing_to_be_seen(supervisor, package, tmp_path):
    small = supervisor.folder / "small disk"
    small.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        full = servers.start(supervisor, "full")
        with connect(full.settings) as wire:
            with pytest.raises(TransportError, match="its disk is full"):
                wire.put(package, str(small))
            assert wire.names(str(small)) == []
            subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
            wire.put(package, str(small))  # room was made: it goes on
            assert wire.names(str(small)) == [NAME]
        assert (small / NAME).read_bytes() == package.read_bytes()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_limit_there_is_named_and_leaves_nothing_to_be_seen(supervisor, package):
    limited = servers.start(supervisor, "limited", limit="trap '' XFSZ; ulimit -f 2048")  # 1 MB a file

    with connect(limited.settings) as wire, pytest.raises(TransportError, match=r"store .*: the server says .* limit"):
        wire.put(package, limited.folder)

    assert NAME not in limited.names()


def test_a_full_disk_here_is_named(on_openssh, package, tmp_path):
    lay_down(on_openssh, package.read_bytes())
    (tmp_path / "small").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path / "small")], check=False)
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        with pytest.raises(TransportError, match="this node's disk has"):
            get(on_openssh.settings, on_openssh.folder, tmp_path / "small" / NAME)
        assert not (tmp_path / "small" / NAME).exists()
    finally:
        subprocess.run(["umount", str(tmp_path / "small")], check=True)


def test_an_exchange_point_that_may_only_be_read_says_so(supervisor, package, tmp_path):
    closed = servers.start(supervisor, "closed", sftp="internal-sftp -R")
    lay_down(closed, package.read_bytes())

    with connect(closed.settings) as wire:
        with pytest.raises(TransportError, match="ask who runs the exchange point"):
            wire.put(package, f"{closed.folder}/new")
        wire.get(closed.folder, NAME, tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == package.read_bytes()
