"""The package: a tar with ``manifest.json`` first, then the parts it names, and nothing else.

A partner can write and read it with ``tar`` and ``sha256sum``. What comes from outside is hostile until it is
checked: names, kinds, sizes and hashes are verified before anything is used.
"""

import hashlib
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from amanah.exchange.codes import Code, Refused
from schemas.envelope import Manifest, Part

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20  # bytes; 64 parts need about 20 kB
LARGEST_PART = 4 << 30  # bytes
_PIECE = 1 << 20  # bytes copied at a time


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def describe(path: Path, *, records: int) -> Part:
    """Describe a part file for the manifest."""
    return Part(name=path.name, sha256=sha256_of(path), size=path.stat().st_size, records=records)


def encode(manifest: Manifest) -> bytes:
    """The bytes of ``manifest.json``; their SHA-256 is "the manifest's hash"."""
    return manifest.model_dump_json(indent=1).encode() + b"\n"


def write(target: Path, manifest: Manifest, parts: Sequence[Path]) -> str:
    """Write the tar and return the manifest's SHA-256. Equal input gives equal bytes."""
    content = encode(manifest)
    with tarfile.TarFile(target, "w", format=tarfile.USTAR_FORMAT, copybufsize=_PIECE) as tar:
        _append(tar, MANIFEST, len(content), io.BytesIO(content))
        for part in parts:
            with part.open("rb") as file:
                _append(tar, part.name, part.stat().st_size, file)
    return hashlib.sha256(content).hexdigest()


def _append(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def read(source: Path, folder: Path) -> tuple[Manifest, str]:
    """Unpack ``source`` into ``folder`` and return the manifest and its SHA-256.

    Raises ``Refused`` when the tar, the manifest or a part is not exactly as specified.
    """
    try:
        with tarfile.open(source, "r:") as tar:
            manifest, digest = _read_manifest(tar)
            _read_parts(tar, manifest, folder)
    except Refused:
        raise
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:  # a hostile header raises any of them
        raise Refused(Code.MALFORMED, type(error).__name__) from None
    return manifest, digest


def manifest_text(source: Path) -> str:
    """The manifest of a package that ``read`` has taken, byte for byte as its sender wrote it."""
    with tarfile.open(source, "r:") as tar:
        first = tar.next()
        if first is None:
            raise Refused(Code.MALFORMED)
        return _stream(tar, first).read(LARGEST_MANIFEST).decode("utf-8")


def _read_manifest(tar: tarfile.TarFile) -> tuple[Manifest, str]:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > LARGEST_MANIFEST:
        raise Refused(Code.MALFORMED, f"the first member must be a file named {MANIFEST}")
    content = _stream(tar, first).read()
    try:
        return Manifest.model_validate_json(content), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        raise Refused(Code.MANIFEST_INVALID, ", ".join(fields[:10])) from error


def _read_parts(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    expected = {part.name: part for part in manifest.parts}
    while (member := tar.next()) is not None:
        part = expected.pop(member.name, None)
        if part is None or not member.isreg() or member.size != part.size or member.size > LARGEST_PART:
            raise Refused(Code.PART_DIFFERS, "a member that the manifest does not name, or of another size")
        if _unpack(_stream(tar, member), folder / part.name) != part.sha256:
            raise Refused(Code.PART_DIFFERS, part.name)
    if expected:
        raise Refused(Code.PART_DIFFERS, f"missing {', '.join(sorted(expected))}")


def _unpack(source: IO[bytes], target: Path) -> str:
    """Write what stands in ``source`` to ``target``; return its SHA-256."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while piece := source.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _stream(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise Refused(Code.MALFORMED, "a member that is not a file")
    return stream
