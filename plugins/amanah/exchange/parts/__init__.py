"""Records as a part of a package: an action and a revision, then exactly the fields that may travel.

The format is the one that the agreement names and that the file's name ends with; all of them hold the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts import as_csv, as_ndjson, as_parquet
from amanah.exchange.parts.statement import Statement, count, narrowed
from schemas.streams import Stream

__all__ = ["FORMATS", "Statement", "check_format", "count", "narrowed", "read", "write"]

FORMATS = {"parquet": as_parquet, "ndjson": as_ndjson, "csv": as_csv}


def write(path: Path, statements: Iterable[Statement], stream: Stream, fields: Sequence[str]) -> None:
    """Write a part that holds ``fields`` and no other, whatever the statements carry."""
    FORMATS[_format(path)].write(path, statements, stream, fields)


def read(path: Path, stream: Stream, fields: Sequence[str], *, expected: int) -> Iterator[Statement]:
    """Read a part of ``expected`` records from outside, piece by piece.

    Raises ``Refused`` when its columns are not exactly the agreed ones, or its records are more or fewer.
    """
    yield from FORMATS[_format(path)].read(path, stream, fields, expected=expected)


def check_format(name: str, agreed: str) -> None:
    """Raise ``Refused`` when the part ``name`` is not in the ``agreed`` format."""
    if _format(Path(name)) != agreed:
        raise Refused(Code.PART_DIFFERS, f"expected parts in {agreed}, as the agreement says")


def _format(path: Path) -> str:
    return path.suffix.removeprefix(".")
