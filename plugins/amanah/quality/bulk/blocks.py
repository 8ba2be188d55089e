"""A file in blocks: a stretch of its records as Arrow columns, and what could not even be cut into fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROWS = 32_000  # records looked at together; fewer where they are large


class UnreadableFile(ValueError):
    """The file as a whole cannot be read as records of the stream; the text says what to change, never a value."""


@dataclass(frozen=True)
class Uneven:
    """Record ``number`` of a CSV file, which has not as many cells as the header."""

    number: int
    found: int
    expected: int
    lines: int


@dataclass(frozen=True)
class Block:
    """``records`` with their ``numbers`` in the file, counted from 1, and the ``uneven`` ones among and before them."""

    records: pa.RecordBatch
    numbers: npt.NDArray[np.int64]
    uneven: tuple[Uneven, ...] = field(default=())


def check_columns(path: Path, found: list[str], known: tuple[str, ...]) -> None:
    """Refuse a table whose columns are not the contract's. Raises ``UnreadableFile``."""
    unknown = [name for name in dict.fromkeys(found) if name not in known]
    if unknown:
        shown = ", ".join(_short(name) for name in unknown[:5])
        raise UnreadableFile(
            f"{path.name}: no column of the contract is called {shown}; rename or leave out what is not in it.\n"
            f"  Its columns are {', '.join(known)}"
        )
    repeated = [name for name in dict.fromkeys(found) if found.count(name) > 1]
    if repeated:
        raise UnreadableFile(f"{path.name}: column {', '.join(repeated)} stands more than once; keep the right one")
    if "record_ref" not in found:
        raise UnreadableFile(f"{path.name}: column record_ref is missing; every record needs its reference")


def _short(name: str) -> str:
    """A column's name as it can be shown; of a table without a header it may be a value, so only its size."""
    return name if name.isidentifier() and name.isascii() and name.islower() else f"({len(name)} characters)"


Blocks = Iterator[Block]
