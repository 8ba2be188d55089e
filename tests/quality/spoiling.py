"""Records that test a validator: good ones with values put in that are wrong, odd, or right in a way one overlooks."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

from schemas import codelists, mrz
from schemas.examples import RECORDS
from schemas.forms import arrow_type
from schemas.streams import Stream
from schemas.texts import to_text

MRZ = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"  # the specimen passport of ICAO Doc 9303

TEXTS = [
    *(
        "",
        " ",
        "X",
        "A123",
        " A123 ",
        "A123\n",
        "\tA123",
        "\u00a0A123",
        "\u2003A123",
        "A12\u00a03",
        "A12 3",
        "A-/9",
        "a123",
    ),
    *("IDN", "idn", "IDN ", "ＩＤＮ", "SAR", "SA-01", "SA-013", "9111", "٩١١١", "F", "f", "month", "year", "day"),
    *("A" * 32, "A" * 33, "é" * 160, "é" * 161, "x" * 161, " " + "x" * 160, "😀", "سيتي", "e\u0301"),
    *("A\x00B", "A\x1bB", "A\x85B", "\u202eABC", "\ufeffABC", "A\u2028B", "A\u200dB", "\x1cA123"),
    *("=cmd()", '{"a": [1]}', "A;B", "A\\B", '"', "'", ",", "null", "NaN", "-", "-A12"),
    *("2000000006", "2000000007", "3000000005", "X0000001", "L898902C3", "IDN-P-1", "IDN-W-1", "IDN-C-1", "IDN-P-"),
    *(MRZ, MRZ[:-1] + "1", MRZ.lower(), MRZ[:-1], f"X0000001<{mrz.check_digit('X0000001<')}{MRZ[10:]}"),
    *("umm_al_qura", "gregorian", "contract_start", "record_ref", "not_applicable"),
]
DAYS = [
    *("1899-12-31", "1900-01-01", "2099-12-31", "2100-01-01", "1447-09-01", "0000-01-01", "0001-01-01"),
    *(
        "2024-02-29",
        "2023-02-29",
        " 2026-07-01 ",
        "2026-07-01\n",
        "\u00a02026-07-01",
        "2026-7-1",
        "2026-07-01T00:00:00",
    ),
    *(
        "2026-07-01T00:00:00",
        "20260701",
        "٢٠٢٦-٠٧-٠١",
        "86400",
        "+2026-07-01",
        "-2026-07-01",
        "2026-13-01",
        "2026-07-01",
        "1990-01-01",
    ),
    *("1990-05-01", "1990-05-02", "", " ", "\x1c2026-07-01"),
]
AMOUNTS = [
    *("0", "-0", "-1", "1500", "1500.0", "1500.00", "1500.001", "1500.0001", "1500.000"),
    *("9999999999.99", "9999999999.999", "9999999999.9999"),
    *("10000000000", "1e3", "NaN", "inf", "1_500", " 15 ", "00012.5", ".5", "5.", "1,500", "١٥", "0.00", "", " "),
    *("999999999999", "000000000001", "1500.000000000000", "+5", "\u00a015"),
]
WHOLES = [
    *(
        "0",
        "1",
        "7",
        "8",
        "24",
        "25",
        "007",
        "-1",
        " 8 ",
        "1.0",
        "10000",
        "10001",
        "999999999",
        "9999999999",
        "",
        "1e1",
    ),
    *("٣", "+3", "1_0", "\u00a08", "8\n"),
]
LISTS = [
    *(
        ";",
        "",
        ";;",
        "A123",
        "A123;B123",
        "A123;;B123",
        " A123 ; B123 ",
        "A123\\;B1",
        "A1\\23",
        "A123;",
        "a",
        "IDN-P-1",
    ),
    *("2026-07-01;2020-01-01", "2026-07-01;x", ";".join(["A123"] * 10), ";".join(["A123"] * 11), "wages_unpaid"),
    *("visa_no;border_no", "visa_no;nothing", "record_ref", "documents_withheld;documents_withheld", "A123;\u202eB123"),
]
POOLS = {str: TEXTS, date: DAYS, Decimal: AMOUNTS, int: WHOLES, list[str]: LISTS, list[date]: LISTS}

_DATES = [
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(1990, 5, 1),
    date(2026, 7, 1),
    date(2099, 12, 31),
    date(2100, 1, 1),
]
_TYPED = {
    str: TEXTS,
    date: [*_DATES, date.min, date.max],
    Decimal: [Decimal(each) for each in ("0", "-0.001", "0.001", "1500.00", "9999999999.999", "-1")],
    int: [-1, 0, 7, 8, 24, 25, 10_000, 10_001, 2**31 - 1],
    list[str]: [[], ["A123"], [" A123 "], ["A123", None], [""], ["A123"] * 10, ["A123"] * 11, ["visa_no"], ["x\x00"]],
    list[date]: [[], _DATES[1:2], _DATES, [None], _DATES[1:3]],
}
# Other types in which a file may hold a field: (Arrow type, values).
_OTHERS = [
    (pa.float64(), [1500.0, 0.5, float("nan"), float("inf")]),
    (pa.int64(), [0, 8, 25, 1500, 10**10 - 1, 10**10, -1, 2**62]),
    (pa.uint64(), [0, 8, 2**64 - 1]),
    (pa.int8(), [1, 8]),
    (pa.bool_(), [True, False]),
    (pa.timestamp("us"), [datetime(2026, 7, 1), datetime(2026, 7, 1, 12)]),  # noqa: DTZ001 - such a file has none
    (pa.decimal128(38, 0), [Decimal(1500), Decimal(10**20), Decimal(-1)]),
    (pa.decimal128(12, 2), [Decimal("1500.00"), Decimal("9999999999.99")]),
    (pa.decimal128(18, 4), [Decimal("1500.0000"), Decimal("1500.0001")]),
    (pa.decimal256(50, 2), [Decimal("1500.00")]),
    (pa.large_string(), ["A123", "2026-07-01", "1500", "8"]),
    (pa.dictionary(pa.int32(), pa.string()), ["A123", "2026-07-01", "1500", "8", "F", "month"]),
    (pa.binary(), [b"A123", b"\xff"]),
    (pa.struct([("a", pa.int64())]), [{"a": 1}]),
    (pa.list_(pa.int64()), [[1], []]),
    (pa.list_(pa.list_(pa.string())), [[["A123"]]]),
    (pa.time64("us"), [(datetime(2026, 7, 1) + timedelta(hours=3)).time()]),  # noqa: DTZ001
    (pa.null(), [None]),
]


def good_records(stream: Stream) -> st.SearchStrategy[dict[str, object]]:
    """A record that its model accepts."""
    return st.sampled_from(RECORDS[stream.name]).map(dict)


def _texts_for(stream: Stream, field: str) -> st.SearchStrategy[str]:
    """Texts in place of a value of ``field``: from its pool, from its code list, or anything."""
    listed = stream.code_list(field)
    codes = list(codelists.load(listed).codes) if listed else ["A123"]
    pool = POOLS[stream.python_type(field)]
    return st.sampled_from(pool) | st.sampled_from(codes) | st.sampled_from(TEXTS) | st.text(max_size=5)


@st.composite
def text_records(draw, stream: Stream) -> list[dict[str, str | None]]:
    """Records of texts, as a CSV file holds them; None where a cell is empty."""
    records = []
    for good in draw(st.lists(good_records(stream), min_size=1, max_size=6)):
        record = {name: to_text(value) for name, value in good.items()}
        for field in draw(st.lists(st.sampled_from(stream.fields), max_size=4)):
            record[field] = draw(_texts_for(stream, field))
        records.append({name: text or None for name, text in record.items()})
    return records


@st.composite
def typed_tables(draw, stream: Stream) -> pa.Table:
    """A table as a Parquet file may hold it: some columns as text or of quite other types, some missing."""
    goods = draw(st.lists(good_records(stream), min_size=1, max_size=6))
    columns: dict[str, pa.Array] = {}
    odd = draw(st.sets(st.sampled_from(stream.fields), max_size=5))
    for field in stream.fields:
        values, kind = [good[field] for good in goods], arrow_type(stream, field)
        if field in odd:
            form = draw(st.sampled_from(["typed", "text", "other", "missing"]))
            if form == "missing" and field != "record_ref":  # without it the file as a whole is refused
                continue
            if form == "other":
                kind, pool = draw(st.sampled_from(_OTHERS))
                values = [draw(st.sampled_from([None, *pool])) for _ in goods]
            else:
                strategy = st.sampled_from(_TYPED[stream.python_type(field)])
                if form == "text":
                    values, kind, strategy = (
                        [to_text(v) or None for v in values],
                        pa.string(),
                        _texts_for(stream, field),
                    )
                values = [draw(st.none() | strategy | st.just(value)) for value in values]
        columns[field] = pa.array(values, kind)
    return pa.table(columns)
