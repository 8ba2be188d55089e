"""Whether a file is an XLSX workbook that can be opened without danger, looked at before anything is unpacked."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amanah.sources.errors import SourceError

MOST_PARTS = 1_000
LARGEST_UNPACKED = 256 * 2**20  # bytes, all parts together
_NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}
_PROLOG = 4096  # bytes in which a document type would be declared
_ENCRYPTED = 0x1


def check(path: Path, where: str) -> None:
    """Raise ``SourceError`` unless ``path`` is a whole workbook of bearable size.

    The sizes that the archive declares are binding: unpacking stops there. A document type in one of the parts, which
    could multiply text without end, is refused; spreadsheet programs write none.
    """
    with sound(where), zipfile.ZipFile(path) as archive:
        _check(archive, where)


@contextmanager
def sound(where: str) -> Iterator[None]:
    """Turn whatever goes wrong inside a workbook into a ``SourceError``.

    Reading fails in many ways on what is not well-formed, and the texts and warnings may quote a cell.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (OSError, MemoryError, SourceError):
        raise
    except Exception as error:
        raise SourceError(
            f"{where} is not a whole XLSX workbook ({type(error).__name__}): cut off on its way, under password, "
            "or of another format; save it again as XLSX without password"
        ) from None


def _check(archive: zipfile.ZipFile, where: str) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED:
        raise SourceError(
            f"{where} would unpack to {len(parts):,} parts and {unpacked:,} bytes; "
            f"at most {MOST_PARTS:,} and {LARGEST_UNPACKED:,} are read"
        )
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise SourceError(f"{where} is under password; save it without one")
    if not {part.filename for part in parts} >= _NEEDED:
        raise SourceError(f"{where} is an archive, but no XLSX workbook; was it renamed?")
    for part in parts:
        with archive.open(part) as file:
            if b"<!DOCTYPE" in file.read(_PROLOG).replace(b"\0", b""):
                raise SourceError(f"{where} declares a document type, which no spreadsheet program does; refused")
