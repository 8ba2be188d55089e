"""Manifests, and packages that a partner could have made badly."""

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import servers
from servers import NAME, Place
from stages import Stage

from amanah.exchange import package
from schemas.agreement import Agreement
from schemas.envelope import Manifest


@pytest.fixture(scope="session")
def a_manifest(agreement: Agreement) -> Callable[..., Manifest]:
    """A manifest of Saudi Arabia's first placement message; keywords replace what it says."""

    def build(**values: object) -> Manifest:
        says = {
            "message_id": "SAU-IDN-placement-000001",
            "kind": "nil",
            "environment": "test",
            "schema_id": "placement/1",
            "agreement_sha256": agreement.sha256,
            "period": "2026-07",
            "created_at": "2026-08-01T02:00:00Z",
            "counts": {},
            "parts": [],
            "previous_manifest_sha256": None,
            "legal_ground": "test",
            "software": "a partner's own",
        }
        return Manifest.model_validate(says | values)

    return build


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A part file; the package layer does not look inside."""
    path = tmp_path / "parts" / "placement.parquet"
    path.parent.mkdir()
    path.write_bytes(b"rows " * 100)
    return path


@pytest.fixture
def a_tar(tmp_path: Path) -> Callable[..., Path]:
    """Write a tar by hand: members are (name, content), or a ready ``TarInfo``."""

    def write(*members: tuple[str, bytes] | tarfile.TarInfo) -> Path:
        path = tmp_path / "handmade.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for member in members:
                if isinstance(member, tarfile.TarInfo):
                    tar.addfile(member)
                else:
                    name, content = member
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        return path

    return write


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[[Path], tuple[Manifest, str]]:
    """Read a package into a room of its own; nothing may be written outside of it, whatever happens."""

    def read(source: Path) -> tuple[Manifest, str]:
        outside = {path for path in tmp_path.rglob("*") if path.is_file()}
        room = tmp_path / "room"
        room.mkdir(exist_ok=True)
        try:
            return package.read(source, room)
        finally:
            written = {path for path in tmp_path.rglob("*") if path.is_file()} - outside
            assert all(path.parent == room for path in written)

    return read


@pytest.fixture(name="package")
def a_package_file(tmp_path: Path) -> Path:
    """Something to send."""
    path = tmp_path / NAME
    path.write_bytes(b"sealed " * 100_000)
    return path


@pytest.fixture(scope="session")
def openssh(supervisor) -> Place:
    """OpenSSH's own server."""
    return servers.start(supervisor, "openssh")


@pytest.fixture(scope="session")
def stage(tmp_path_factory) -> Iterator[Stage]:
    """Where processes come from that are a node for one verb."""
    with Stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(params=["asyncssh", "openssh"])
def server(request, exchange_point) -> Place:
    """A folder of Indonesia's for placements, not made yet, on one of the servers."""
    if request.param == "asyncssh":
        settings = exchange_point.settings("IDN").model_copy(update={"attempts": 1})
        return Place(settings, "/idn-sau/IDN/placement", exchange_point.room("IDN", "placement"))
    return request.getfixturevalue("on_openssh")


@pytest.fixture
def on_openssh(openssh) -> Place:
    """The same, on OpenSSH's."""
    shutil.rmtree(openssh.on_disk / "idn-sau", ignore_errors=True)
    (openssh.on_disk / "idn-sau" / "IDN").mkdir(parents=True)
    return openssh.below("idn-sau/IDN/placement")
