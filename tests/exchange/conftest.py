"""Manifests, and packages that a partner could have made badly."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

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
