"""A Parquet file in blocks. Its columns may have any type: what is not a value of the contract is a refused record."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amanah.quality.bulk.blocks import ROWS, Block, Blocks, UnreadableFile, check_columns

_MAGIC, _ENCRYPTED, _ZIP = b"PAR1", b"PARE", b"PK\x03\x04"
_SHORTEST = 12  # bytes: magic, length of the footer, magic
_BYTES = 32 << 20  # of a block, uncompressed


def blocks(path: Path, fields: tuple[str, ...]) -> Blocks:
    """Yield the records of ``path``. Raises ``UnreadableFile``."""
    _check_kind(path)
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            check_columns(path, file.schema_arrow.names, fields)
            before = 0
            for records in file.iter_batches(_rows(file.metadata), use_threads=False):
                yield Block(records, np.arange(before + 1, before + len(records) + 1))
                before += len(records)
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


def _rows(found: pq.FileMetaData) -> int:
    """How many records fit in a block, by the largest of the file's row groups."""
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    widest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(ROWS, _BYTES // max(1, widest)))
