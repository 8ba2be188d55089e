"""What both generators share: numbers that never repeat, slips of the hand, and two registers written to files.

A generator makes a `Part` of some placements from a random source of its own, so that ten million need no more memory
than one part and a part does not depend on the others. The second register is written in another order of parts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from schemas.forms import arrow_schema
from schemas.streams import STREAMS

PART = 200_000  # placements
ROW_GROUP = 100_000
_PRIMES = {8: 99_999_989, 10: 9_999_999_967, 13: 9_999_999_999_971}
_PASSPORTS = {1: 219_999_919, 4: 54_999_983}  # primes below all that a letter and seven digits can say, and a quarter
_FACTORS = 10**9, 8 * 10**10  # times a hundred million they fit 63 bits
_TYPES = arrow_schema(STREAMS["placement"])

TRUTH = pa.schema(
    [
        ("ours_ref", pa.string()),
        ("theirs_ref", pa.string()),
        ("made", pa.string()),
        ("keyed", pa.bool_()),
        ("free", pa.bool_()),
        ("person", pa.int64()),
        ("twin", pa.int64()),
        ("family", pa.int64()),
        ("crew", pa.int64()),
    ]
)
"""A row for each placement; a reference is null where that side has no record of it.

``made`` says how the pair came about; ``keyed`` whether a number that identifies is the same on both sides; ``free``
that the pair may be linked or not (a record that stands twice). The last four are equal where two rows are of one
person, of near-twins, of one family, of one hiring.
"""


@dataclass(frozen=True)
class Part:
    """Some placements as both sides have them, and the truth about them."""

    ours: pa.Table
    theirs: pa.Table
    truth: pa.Table


def write(
    make: Callable[[int, int], Part], rows: int, out: Path, *, part_rows: int = PART, csv: bool = False
) -> dict[str, Path]:
    """Write ``ours``, ``theirs`` and ``truth`` into the folder ``out``; return where.

    Args:
        make: number of the part and its placements -> the part; always the same for the same arguments.
        rows: placements in all.
        out: folder; made if absent.
        part_rows: placements in a part.
        csv: write both registers as CSV too.
    """
    out.mkdir(parents=True, exist_ok=True)
    sizes = [min(part_rows, rows - start) for start in range(0, rows, part_rows)]
    paths = {name: out / f"{name}.parquet" for name in ("ours", "theirs", "truth")}
    made = (make(number, size) for number, size in enumerate(sizes))
    _write((("ours", part.ours, "truth", part.truth) for part in made), paths, csv=csv)
    order = np.random.default_rng(len(sizes)).permutation(len(sizes))
    _write((("theirs", make(int(number), sizes[number]).theirs) for number in order), paths, csv=csv)
    return paths


def _write(parts: Iterable[tuple[object, ...]], paths: dict[str, Path], *, csv: bool) -> None:
    writers: dict[str, pq.ParquetWriter | pacsv.CSVWriter] = {}
    try:
        for part in parts:
            for name, table in zip(part[::2], part[1::2], strict=True):
                if name not in writers:
                    writers[name] = pq.ParquetWriter(paths[name], table.schema, compression="zstd")
                    if csv and name != "truth":
                        writers[f"{name}.csv"] = pacsv.CSVWriter(paths[name].with_suffix(".csv"), _text(table).schema)
                writers[name].write_table(table, row_group_size=ROW_GROUP)
                if f"{name}.csv" in writers:
                    writers[f"{name}.csv"].write_table(_text(table))
    finally:
        for writer in writers.values():
            writer.close()


def _text(table: pa.Table) -> pa.Table:
    def text(column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.binary_join(column, ";") if pa.types.is_list(column.type) else column.cast(pa.string())

    return pa.table({name: text(table[name]) for name in table.column_names})


def register(columns: dict[str, pa.Array], keep: np.ndarray, draw: np.random.Generator) -> pa.Table:
    """A side's records in the contract's types, those to ``keep`` in an order of their own."""
    table = pa.table({name: column.cast(_TYPES.field(name).type) for name, column in columns.items()})
    return table.take(pa.array(draw.permutation(np.flatnonzero(keep))))


def numbered(index: np.ndarray, digits: int, seed: int) -> np.ndarray:
    """Numbers of ``digits`` digits that look drawn by lot and never repeat for differing ``index`` (below 10**7.9)."""
    return _scattered(index, _PRIMES[digits], seed)


def passport_numbers(index: np.ndarray, seed: int, *, in_a_row: int = 1) -> np.ndarray:
    """The same for passports, as `passports` writes them; so many numbers after each are free."""
    return _scattered(index, _PASSPORTS[in_a_row], seed) * in_a_row


def _scattered(index: np.ndarray, prime: int, seed: int) -> np.ndarray:
    factor, first = (int(each) for each in np.random.default_rng([seed, prime]).integers(*_FACTORS, 2))
    return (index * factor + first) % prime


def lettered(number: np.ndarray, digits: int, prefix: str = "") -> pa.Array:
    """Numbers as text with leading noughts; null where negative."""
    text = pc.utf8_lpad(pa.array(number, mask=number < 0).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, text, "") if prefix else text


def passports(number: np.ndarray) -> pa.Array:
    """Passport numbers: a letter and seven digits; null where the number is negative."""
    letters = pa.array(list("ABCEFGHJKLMNPQRSTUVWYZ"))
    letter = letters.take(pa.array(number // 10**7 % len(letters), mask=number < 0))
    return pc.binary_join_element_wise(letter, lettered(np.where(number < 0, -1, number % 10**7), 7), "")


def residences(number: np.ndarray) -> pa.Array:
    """Residence numbers: ``number`` of nine digits and a check digit (Luhn); null where negative."""
    total = np.zeros(len(number), np.int64)
    for place in range(9):
        digit = number // 10**place % 10 * (2 if place % 2 == 0 else 1)
        total += digit // 10 + digit % 10
    return lettered(np.where(number < 0, -1, number * 10 + -total % 10), 10)


def mistyped(number: np.ndarray, digits: int, draw: np.random.Generator) -> np.ndarray:
    """Each number with one digit wrong, or (a quarter) with two neighbours swapped where they differ."""
    place = 10 ** draw.integers(0, digits - 1, len(number))
    low, high = number // place % 10, number // (place * 10) % 10
    wrong = number + ((low + draw.integers(1, 10, len(number))) % 10 - low) * place
    swapped = number + (low - high) * place * 10 + (high - low) * place
    return np.where((draw.random(len(number)) < 0.25) & (low != high), swapped, wrong)


def day_and_month_swapped(days: np.ndarray) -> np.ndarray:
    """Dates (``datetime64[D]``) with day and month in each other's place, where that is a date."""
    months = days.astype("M8[M]")
    day, month = (days - months).astype(np.int64), months.astype(np.int64) % 12
    swapped = (months - month + day).astype("M8[D]") + month
    return np.where(day < 12, swapped, days)


def another(values: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """For each of ``values`` (0 to ``count`` - 1) another one."""
    return (values + draw.integers(1, count, len(values))) % count
