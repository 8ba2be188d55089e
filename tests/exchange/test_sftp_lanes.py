"""Many packages at once over one connection: each whole or not there, none seen before those that come before it."""

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest
import servers
from link import Link
from servers import Place

from amanah.exchange.sftp import NameTaken, connect
from amanah.exchange.sftp.upload import part_name
from amanah.exchange.transport import ToGet, ToPut, TransportError, get_each, put_each

pytestmark = pytest.mark.slow

MANY = 60


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    """Small ones, in the order of their numbers."""
    (tmp_path / "outbox").mkdir()
    made = [tmp_path / "outbox" / f"IDN-SAU-placement-{number:06}.tar.pgp" for number in range(1, MANY + 1)]
    for number, path in enumerate(made):
        path.write_bytes(os.urandom(number * 700))
    return made


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def stored(place: Place, packages: list[Path]) -> list[ToPut]:
    return [ToPut(path, place.folder) for path in packages]


def fetched(place: Place, packages: list[Path], inbox: Path) -> list[ToGet]:
    return [ToGet(place.folder, path.name, inbox / path.name) for path in packages]


def same(folder: Path, packages: list[Path]) -> bool:
    return {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in packages
    }


def lay_down(place: Place, packages: list[Path]) -> None:
    place.on_disk.mkdir(parents=True)
    for path in packages:
        (place.on_disk / path.name).write_bytes(path.read_bytes())


def test_many_go_and_come_at_once(server, packages, inbox):
    with connect(server.settings) as wire:
        assert list(put_each(wire, stored(server, packages))) == [None] * MANY
        assert list(put_each(wire, stored(server, packages))) == [None] * MANY  # they are there
        assert list(get_each(wire, fetched(server, packages, inbox))) == [None] * MANY

    assert same(server.on_disk, packages)
    assert same(inbox, packages)


@pytest.mark.parametrize("sessions", [1, 3])
def test_a_server_that_allows_few_sessions_gets_and_gives_all(supervisor, packages, inbox, sessions):
    place = servers.start(supervisor, f"sessions{sessions}", sessions=sessions).below("idn-sau/IDN")
    with connect(place.settings) as wire:
        assert list(put_each(wire, stored(place, packages))) == [None] * MANY
        assert list(get_each(wire, fetched(place, packages, inbox))) == [None] * MANY

    assert same(place.on_disk, packages)
    assert same(inbox, packages)


def test_nothing_is_seen_before_what_cannot_be_stored(server, packages):
    at = MANY // 2
    with packages[at].open("rb") as file:
        in_the_way = server.on_disk / part_name(packages[at].name, file)
    in_the_way.mkdir(parents=True)

    with connect(server.settings) as wire, closing(put_each(wire, stored(server, packages))) as outcomes:
        told = [next(outcomes) for _ in range(at + 1)]

    assert told[:at] == [None] * at
    assert isinstance(told[at], TransportError)
    assert [name for name in server.names() if not name.endswith(".part")] == [path.name for path in packages[:at]]

    in_the_way.rmdir()
    with connect(server.settings) as wire:
        assert list(put_each(wire, stored(server, packages))) == [None] * MANY
    assert same(server.on_disk, packages)


def test_packages_get_their_names_in_their_order(server, packages):
    with connect(server.settings) as wire:
        assert list(put_each(wire, stored(server, packages))) == [None] * MANY

    named = [(server.on_disk / path.name).stat().st_ctime_ns for path in packages]
    assert named == sorted(named)


def test_another_content_under_one_name_keeps_no_other_back(server, packages):
    server.on_disk.mkdir(parents=True)
    (server.on_disk / packages[7].name).write_bytes(b"somebody else's")

    with connect(server.settings) as wire:
        told = list(put_each(wire, stored(server, packages)))

    assert [number for number, each in enumerate(told) if each is not None] == [7]
    assert isinstance(told[7], NameTaken)
    assert len(server.names()) == MANY


def test_one_that_is_not_there_keeps_no_other_from_coming(server, packages, inbox):
    lay_down(server, packages)
    (server.on_disk / packages[9].name).unlink()

    with connect(server.settings) as wire:
        told = list(get_each(wire, fetched(server, packages, inbox)))

    assert [number for number, each in enumerate(told) if each is not None] == [9]
    assert "not there any more" in str(told[9])
    assert same(inbox, packages[:9] + packages[10:])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_link_cut_under_way_is_made_anew(server, packages, inbox, share, monkeypatch):
    monkeypatch.setattr("amanah.exchange.sftp.FIRST_PAUSE", 0.01)
    size = sum(path.stat().st_size for path in packages)
    with Link(server.settings.port, "up") as link:
        link.cuts = [int(size * share)]
        with connect(server.over(link.port, attempts=3)) as wire:
            assert list(put_each(wire, stored(server, packages))) == [None] * MANY
        assert len(link.passed) == 2
    with Link(server.settings.port, "down") as link:
        link.cuts = [int(size * share)]
        with connect(server.over(link.port, attempts=3)) as wire:
            assert list(get_each(wire, fetched(server, packages, inbox))) == [None] * MANY

    assert same(server.on_disk, packages)
    assert same(inbox, packages)


def test_who_stops_listening_leaves_nothing_half(server, packages, inbox):
    lay_down(server, packages)
    with connect(server.settings) as wire:
        with closing(get_each(wire, fetched(server, packages, inbox))) as outcomes:
            assert next(outcomes) is None
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("sftp-lane")]

    whole = {path.name: path.read_bytes() for path in packages}
    assert all(path.read_bytes() == whole[path.name] for path in inbox.iterdir())
