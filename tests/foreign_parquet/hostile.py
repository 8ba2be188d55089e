"""Parquet files made to do harm, small on disk: each is written in little memory."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
ZSTD = 6


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _value(value: object) -> tuple[int, bytes]:
    match value:
        case int():
            return _I64, _varint(value << 1)
        case bytes():
            return _BINARY, _varint(len(value)) + value
        case list():
            kinds = [_value(each) for each in value]
            return _LIST, bytes([0xF0 | kinds[0][0]]) + _varint(len(kinds)) + b"".join(each for _, each in kinds)
        case dict():
            return _STRUCT, struct(value)
    raise TypeError(value)


def struct(fields: dict[int, object], short: tuple[int, ...] = ()) -> bytes:
    """A structure of Thrift's compact protocol; numbers are 64 bits wide but for those in fields ``short``."""
    out = bytearray()
    for number, value in fields.items():
        kind, held = _value(value)
        kind = _I32 if number in short else kind
        out += bytes([kind]) + _varint(number << 1) + held
    return bytes(out) + b"\0"


def page_header(unpacked: int, packed: int, values: int) -> bytes:
    """The header of a data page of ``values`` in PLAIN, whose levels are RLE."""
    detail = struct({1: values, 2: 0, 3: 3, 4: 3}, (1, 2, 3, 4))
    head = struct({1: 0, 2: unpacked, 3: packed}, (1, 2, 3))[:-1]
    return head + bytes([_STRUCT]) + _varint(5 << 1) + detail + b"\0"


def one_column(page: bytes, *, values: int, offset: int = 4, size: int | None = None, groups: int = 1) -> bytes:
    """A file of the column ``record_ref`` with one page; the footer says ``offset`` and ``size`` of it."""
    size = len(page) if size is None else size
    root = struct({4: b"schema", 5: 1}, (5,))
    leaf = struct({1: 6, 3: 0, 4: b"record_ref", 6: 0}, (1, 3, 6))
    encodings = bytes([_LIST]) + _varint(2 << 1) + bytes([0x10 | _I32, 0])
    names = bytes([_LIST]) + _varint(3 << 1) + bytes([0x10 | _BINARY]) + _varint(10) + b"record_ref"
    numbers = struct({4: ZSTD, 5: values, 6: 1000, 7: size, 9: offset}, (4,))
    meta = struct({1: 6}, (1,))[:-1] + encodings + names + numbers
    chunk = struct({2: offset})[:-1] + bytes([_STRUCT]) + _varint(3 << 1) + meta + b"\0"
    columns = bytes([_LIST]) + _varint(1 << 1) + bytes([0x10 | _STRUCT]) + chunk
    group = columns + struct({2: 1000, 3: values})
    schema = bytes([_LIST]) + _varint(2 << 1) + bytes([0x20 | _STRUCT]) + root + leaf
    listed = bytes([_LIST]) + _varint(4 << 1) + bytes([0xF0 | _STRUCT]) + _varint(groups) + group * groups
    footer = struct({1: 1}, (1,))[:-1] + schema + struct({3: values * groups})[:-1] + listed + b"\0"
    return b"PAR1" + page + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def zstd_bomb() -> bytes:
    """A page of 300 MB of zeros."""
    size = 300_000_000
    packed = pa.compress(bytes(size), "zstd", asbytes=True)
    return one_column(page_header(size, len(packed), 1000) + packed, values=1000)


def lying_page() -> bytes:
    """A page that claims two thousand million bytes and holds few."""
    packed = pa.compress(b"\x07\0\0\0IDN-P-1", "zstd", asbytes=True)
    return one_column(page_header(2_000_000_000, len(packed), 1) + packed, values=1)


def outside(offset: int, size: int) -> bytes:
    """A footer that points to where no column is."""
    return one_column(b"\0" * 100, values=1, offset=offset, size=size)


def many_groups() -> bytes:
    """Two hundred thousand empty row groups."""
    return one_column(b"\0" * 100, values=0, groups=200_000)


def _written(table: pa.Table, **more: object) -> bytes:
    held = io.BytesIO()
    pq.write_table(table, held, compression="zstd", **more)
    return held.getvalue()


def long_text(*, store_schema: bool = False) -> bytes:
    """A thousand records that share a text of 900,000 letters in a dictionary: 900 MB."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 1000), ["x" * 900_000])
    refs = [f"IDN-P-{number}" for number in range(1000)]
    table = pa.table({"record_ref": refs, "stage": ["arrived"] * 1000, "name_latin": names})
    return _written(table, store_schema=store_schema)


def long_items() -> bytes:
    """The same inside of lists."""
    items = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), ["x" * 900_000])
    lists = pa.ListArray.from_arrays(pa.array(range(1001), pa.int32()), items)
    refs = [f"IDN-P-{number}" for number in range(1000)]
    return _written(pa.table({"record_ref": refs, "previous_passport_nos": lists}), store_schema=False)


def many_items(count: int) -> bytes:
    """One record with a list of ``count`` items."""
    items = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), ["A1234567"])
    lists = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), items)
    return _written(pa.table({"record_ref": ["IDN-P-1"], "previous_passport_nos": lists}), store_schema=False)


def long_prefixes() -> bytes:
    """Two thousand texts of 100,000 letters, each of which only says that it is the one before."""
    held = io.BytesIO()
    schema = pa.schema([("record_ref", pa.string()), ("name_latin", pa.string())])
    with pq.ParquetWriter(
        held, schema, use_dictionary=False, column_encoding={"name_latin": "DELTA_BYTE_ARRAY"}, compression="zstd"
    ) as file:
        for start in range(0, 2000, 100):
            refs = [f"IDN-P-{start + number}" for number in range(100)]
            file.write_batch(pa.record_batch([refs, ["x" * 100_000] * 100], schema=schema))
    return held.getvalue()


def wide_values() -> bytes:
    """Five hundred values of a million bytes each, of a type of fixed size, in a dictionary."""
    held = io.BytesIO()
    schema = pa.schema([("record_ref", pa.string()), ("name_latin", pa.binary(1_000_000))])
    with pq.ParquetWriter(held, schema, compression="zstd") as file:
        for start in range(0, 500, 50):
            refs = [f"IDN-P-{start + number}" for number in range(50)]
            values = pa.array([b"x" * 1_000_000] * 50, schema.field(1).type)
            file.write_batch(pa.record_batch([refs, values], schema=schema))
    return held.getvalue()


def many_columns() -> bytes:
    """A structure of two thousand columns."""
    inner = pa.StructArray.from_arrays([pa.array([1])] * 2000, [f"c{number}" for number in range(2000)])
    return _written(pa.table({"record_ref": ["IDN-P-1"], "name_latin": inner}))


def deep() -> bytes:
    """Sixty lists within each other."""
    value = pa.array(["x"])
    for _ in range(60):
        value = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), value)
    return _written(pa.table({"record_ref": ["IDN-P-1"], "name_latin": value}), store_schema=False)


def large_metadata() -> bytes:
    """Forty megabytes beside the records."""
    return _written(pa.table({"record_ref": ["IDN-P-1"]}).replace_schema_metadata({"x": "y" * 40_000_000}))


def corrupt_footer() -> bytes:
    """A list in the footer that claims more than two thousand million entries."""
    footer = bytes([0x19, 0xFC]) + _varint(2**31 - 1)
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def write(folder: Path, content: bytes) -> Path:
    path = folder / "records.parquet"
    path.write_bytes(content)
    return path
