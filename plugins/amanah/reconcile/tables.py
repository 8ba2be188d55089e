"""Read records of one stream from a Parquet or CSV file into the contract's types.

Strict where silence would hurt: an unknown column, a value of another type or a record without a reference is
refused by name and record number. The text of a refusal never holds the value.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.spec import FIRST_KNOWN
from schemas.envelope import PERIOD
from schemas.forms import arrow_schema
from schemas.streams import STREAMS
from schemas.values import DECIMALS, MOST_DIGITS

_ITEMS = "list_filter(list_transform(string_split(v, ';'), lambda part: trim(part)), lambda part: part <> '')"
_DAY = r"CASE WHEN regexp_full_match(trim({0}), '\d{{4}}-\d{{2}}-\d{{2}}') THEN TRY_CAST(trim({0}) AS DATE) END"
_DAYS = (
    f"CASE WHEN len(list_filter({_ITEMS}, lambda part: {_DAY.format('part')} IS NULL)) = 0\n"
    f"  THEN list_transform({_ITEMS}, lambda part: {_DAY.format('part')}) END"
)
_AMOUNT = (
    rf"CASE WHEN regexp_full_match(trim(v), '\d{{1,{MOST_DIGITS - DECIMALS}}}(\.\d{{1,{DECIMALS}}})?') "
    f"THEN TRY_CAST(trim(v) AS DECIMAL({MOST_DIGITS},{DECIMALS})) END"
)

# How a text becomes a value: (SQL expression over column v that is null where it cannot, what was expected).
_FROM_TEXT = {
    pa.date32(): (_DAY.format("v"), "a date such as 2026-09-30"),
    pa.list_(pa.date32()): (_DAYS, "dates separated by ;"),
    pa.decimal128(MOST_DIGITS, DECIMALS): (
        _AMOUNT,
        "an amount such as 1500.00",
    ),
    pa.list_(pa.string()): (_ITEMS, "values separated by ;"),
}


def read_table(path: Path, *, stream: str) -> pa.Table:
    """Read ``path`` (``.parquet`` or ``.csv``) as records of ``stream``.

    Args:
        path: CSV is UTF-8 with a header; an empty cell is "not available"; lists separate their values by ``;``.
        stream: name of the stream, such as ``placement``.

    Returns:
        All columns of the contract in its order, absent ones null, and ``first_known`` when the file has it.

    Raises:
        ReconcileError: the file cannot be read as records of ``stream``; the text says what to change.
    """
    if stream not in STREAMS:
        raise ReconcileError(f"no such stream {stream!r}; known are {', '.join(STREAMS)}")
    raw = _read(path)
    schema = arrow_schema(STREAMS[stream])
    _check_columns(path, raw.column_names, schema.names, stream)
    if FIRST_KNOWN in raw.column_names:
        schema = schema.append(pa.field(FIRST_KNOWN, pa.string()))
    columns = [
        _typed(path, column, raw[column.name]) if column.name in raw.column_names else pa.nulls(len(raw), column.type)
        for column in schema
    ]
    table = pa.table(columns, schema=schema)
    _refuse(path, "record_ref", pc.is_null(table["record_ref"]), "a reference; it names the record")
    if FIRST_KNOWN in table.column_names:
        _check_months(path, table[FIRST_KNOWN])
    return table


def texts(path: Path, columns: Sequence[str]) -> pa.Table:
    """Read texts, all ``columns`` and no other, from a Parquet or CSV file.

    Raises ``ReconcileError`` when the file cannot be read, or lacks a column.
    """
    table = _read(path)
    absent = [column for column in columns if column not in table.column_names]
    if absent:
        raise ReconcileError(f"{path.name}: column {', '.join(absent)} is missing; expected are {', '.join(columns)}")
    return table.select(list(columns)).cast(pa.schema([(column, pa.string()) for column in columns]))


def opened(path: Path, *, stream: str) -> pa.Table | Path:
    """``path`` itself when it is a Parquet file that holds the contract's types, to be read as it is; else its records.

    Raises ``ReconcileError`` as `read_table` does.
    """
    if stream not in STREAMS or path.suffix != ".parquet" or not path.is_file():
        return read_table(path, stream=stream)
    schema = arrow_schema(STREAMS[stream])
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        return read_table(path, stream=stream)
    _check_columns(path, found.names, schema.names, stream)
    if not all(_holds(schema.field(field.name).type, field.type) for field in found if field.name != FIRST_KNOWN):
        return read_table(path, stream=stream)
    if FIRST_KNOWN in found.names:
        _check_months(path, pq.read_table(path, columns=[FIRST_KNOWN])[FIRST_KNOWN])
    return path


def _holds(expected: pa.DataType, found: pa.DataType) -> bool:
    """Whether every value of type ``found`` is one of type ``expected`` as it stands."""
    if pa.types.is_decimal(expected) and pa.types.is_decimal(found):
        whole = found.precision - found.scale <= expected.precision - expected.scale
        return bool(whole and found.scale <= expected.scale)
    return bool(found == expected or (pa.types.is_string(expected) and pa.types.is_large_string(found)))


def _check_months(path: Path, months: pa.ChunkedArray) -> None:
    malformed = pc.invert(pc.match_substring_regex(months, PERIOD))
    _refuse(path, FIRST_KNOWN, malformed, "a month such as 2026-09")


def _read(path: Path) -> pa.Table:
    if path.suffix not in (".parquet", ".csv"):
        raise ReconcileError(f"{path.name}: expected a .parquet or .csv file")
    if not path.is_file():
        raise ReconcileError(f"{path.name}: no such file")
    try:
        return pq.read_table(path) if path.suffix == ".parquet" else _read_csv(path)
    except (pa.ArrowInvalid, OSError):  # its text may quote the file
        raise ReconcileError(f"{path.name}: not readable as {path.suffix[1:]} in UTF-8") from None


def _read_csv(path: Path) -> pa.Table:
    uneven: list[int] = []

    def note(row: pacsv.InvalidRow) -> str:
        uneven.append(row.number)
        return "skip"

    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig", errors="replace").strip()
    names = [name.strip().strip('"') for name in header.split(",")]
    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    if uneven:
        raise ReconcileError(f"{path.name}: row {uneven[0]} has not {len(names)} cells as the header has")
    return table


def _check_columns(path: Path, found: list[str], known: list[str], stream: str) -> None:
    unknown = sorted(set(found) - {*known, FIRST_KNOWN})
    if unknown:
        raise ReconcileError(f"{path.name}: {stream} has no column {', '.join(unknown)}; known are {', '.join(known)}")
    repeated = sorted({name for name in found if found.count(name) > 1})
    if repeated:
        raise ReconcileError(f"{path.name}: column {', '.join(repeated)} stands more than once in the header")
    if "record_ref" not in found:
        raise ReconcileError(f"{path.name}: column record_ref is missing; every record needs its reference")


def _typed(path: Path, column: pa.Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_string(values.type) and column.type in _FROM_TEXT:
        return _from_text(path, column, values)
    refusal = f"{path.name}: column {column.name} is {values.type}, expected {column.type}; store it so, or as text"
    if pa.types.is_floating(values.type):  # a binary fraction would be rounded in silence
        raise ReconcileError(refusal)
    try:
        return values.cast(column.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # its text may quote a value
        raise ReconcileError(refusal) from None


def _from_text(path: Path, column: pa.Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    expression, expected = _FROM_TEXT[column.type]
    with duckdb.connect() as db:
        db.register("texts", pa.table({"v": values}))
        typed = db.sql(f"SELECT {expression} AS typed FROM texts").to_arrow_table()["typed"]  # noqa: S608 - constant
    _refuse(path, column.name, pc.and_(pc.is_valid(values), pc.is_null(typed)), expected)
    return typed.cast(column.type)


def _refuse(path: Path, column: str, faulty: pa.ChunkedArray, expected: str) -> None:
    count = pc.sum(faulty).as_py() or 0
    if count:
        first = pc.index(faulty, pa.scalar(value=True)).as_py() + 1
        raise ReconcileError(f"{path.name}: {column}: record {first} (and {count - 1} more) is not {expected}")
