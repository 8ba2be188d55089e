"""A Parquet file in blocks. Its columns may have any type: what is not a value of the contract is a refused record."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amanah import foreign_parquet
from amanah.quality.bulk.blocks import ROWS, Block, Blocks, UnreadableFile, check_columns

_MAGIC, _ENCRYPTED, _ZIP = b"PAR1", b"PARE", b"PK\x03\x04"
_SHORTEST = 12  # bytes: magic, length of the footer, magic
_LONGEST_RECORD = 12 << 20  # bytes, as in CSV


def blocks(path: Path, fields: tuple[str, ...]) -> Blocks:
    """Yield the records of ``path``. Raises ``UnreadableFile``."""
    _check_kind(path)

    def check_schema(_: pq.FileMetaData, schema: pa.Schema) -> None:
        check_columns(path, schema.names, fields)

    try:
        before = 0
        for records in foreign_parquet.batches(path, rows=ROWS, longest=_LONGEST_RECORD, check_schema=check_schema):
            yield Block(records, np.arange(before + 1, before + len(records) + 1))
            before += len(records)
    except foreign_parquet.Unfit as why:
        raise UnreadableFile(f"{path.name}: {why}") from None
    except pa.ArrowMemoryError:
        raise UnreadableFile(f"{path.name}: holds values too large to read together; look for the longest") from None
    except (pa.ArrowException, OSError):  # its text may quote what is in the file
        raise UnreadableFile(f"{path.name}: damaged, or not a Parquet file; have it written and sent again") from None


def _check_kind(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
        file.seek(max(0, size - len(_MAGIC)))
        end = file.read(len(_MAGIC))
    if _ENCRYPTED in (start, end):
        raise UnreadableFile(f"{path.name}: encrypted Parquet; decrypt it first")
    if start == _ZIP:
        raise UnreadableFile(f"{path.name}: a ZIP archive (an .xlsx workbook is one), not Parquet; unpack or export it")
    if start != _MAGIC:
        raise UnreadableFile(f"{path.name}: not a Parquet file; if it is CSV, name it .csv")
    if end != _MAGIC or size < _SHORTEST:
        raise UnreadableFile(f"{path.name}: cut off, its end is missing; have it sent again")
