"""Records as a part: they come out as they went in, and nothing goes in that may not leave; in every format."""

import csv
import json
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import CANARIES, a_placement, with_canaries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amanah.exchange import parts
from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts import Statement
from amanah.exchange.parts.lines import LONGEST_RECORD
from schemas.envelope import Action, Counts
from schemas.forms import arrow_schema
from schemas.streams import STREAMS
from schemas.texts import to_text

PLACEMENT = STREAMS["placement"]
FIELDS = arrow_schema(PLACEMENT)
COLUMNS = ("action", "revision", *PLACEMENT.fields)
LINES = ("ndjson", "csv")
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
VALUES = {
    str: texts,
    date: st.dates(),
    Decimal: st.decimals(0, Decimal("9999999999.999"), places=3),
    int: st.integers(0, 999_999_999),
    list[str]: st.lists(texts, max_size=3),
    list[date]: st.lists(st.dates(), max_size=3),
}


@pytest.fixture(params=parts.FORMATS)
def path(request, tmp_path):
    """A part file in each of the formats."""
    return tmp_path / f"placement.{request.param}"


@st.composite
def statements(draw, stream):
    """Statements of any content that the types allow, about three fields in four absent."""
    filled = draw(st.sets(st.sampled_from(stream.fields), max_size=len(stream.fields) // 4))
    values = {f: draw(VALUES[stream.python_type(f)]) if f in filled else None for f in stream.fields}
    values["record_ref"] = draw(st.from_regex(r"[A-Z]{3}-P-[A-Z0-9-]{1,32}", fullmatch=True))
    values["not_applicable"] = draw(st.none() | st.lists(st.sampled_from(stream.fields), min_size=1, max_size=3))
    return Statement(draw(st.sampled_from(Action)), values["record_ref"], draw(st.integers(1, 2**31 - 1)), values)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_records_come_out_as_they_went_in(stream, path):
    @settings(max_examples=30, deadline=None)
    @given(st.lists(statements(stream), max_size=4))
    def round_trip(sent):
        parts.write(path, sent, stream, stream.fields)
        assert list(parts.read(path, stream, stream.fields, expected=len(sent))) == sent

    round_trip()


def test_statements_may_come_one_by_one(path):
    made = (Statement(Action.NEW, f"IDN-P-{n}", 1, a_placement(f"IDN-P-{n}")) for n in range(3))
    parts.write(path, made, PLACEMENT, PLACEMENT.fields)

    read = parts.read(path, PLACEMENT, PLACEMENT.fields, expected=3)
    assert [statement.record_ref for statement in read] == ["IDN-P-0", "IDN-P-1", "IDN-P-2"]


def columns_of(path):
    match path.suffix:
        case ".parquet":
            return pq.read_schema(path).names
        case ".csv":
            return path.read_text(encoding="utf-8").splitlines()[0].split(",")
        case _:
            return list(json.loads(path.read_text(encoding="utf-8").splitlines()[0]))


def test_a_field_that_is_not_granted_cannot_leave(path):
    granted = ("record_ref", "stage")
    sent = Statement(Action.NEW, "IDN-P-1", 1, with_canaries() | {"blood_group": "CANARY"})

    parts.write(path, [sent], PLACEMENT, granted)

    assert columns_of(path) == ["action", "revision", *granted]
    content = path.read_bytes()
    assert not [canary for canary in (*CANARIES, "CANARY") if canary.encode() in content]


def test_that_a_field_exists_for_a_person_does_not_leave_without_a_grant(path):
    granted = ("record_ref", "stage", "visa_no", "not_applicable")
    sent = [
        Statement(Action.NEW, "IDN-P-1", 1, a_placement(not_applicable=["visa_no", "died_on", "household_ref"])),
        Statement(Action.NEW, "IDN-P-2", 1, a_placement("IDN-P-2", not_applicable=["died_on"])),
    ]

    parts.write(path, sent, PLACEMENT, granted)

    read = list(parts.read(path, PLACEMENT, granted, expected=2))
    assert [statement.values["not_applicable"] for statement in read] == [["visa_no"], None]


def test_a_part_that_names_a_field_without_a_grant_is_refused(path):
    granted = ("record_ref", "stage", "not_applicable")
    sent = Statement(Action.NEW, "IDN-P-1", 1, a_placement(not_applicable=["visa_no"]))
    parts.write(path, [sent], PLACEMENT, (*granted, "visa_no"))
    without(path, "visa_no")

    with pytest.raises(Refused) as caught:
        list(parts.read(path, PLACEMENT, granted, expected=1))
    assert caught.value.code == Code.FIELD_NOT_AGREED


def without(path, column):
    """Take a column out of a part, as a sender would who keeps the rest as it is."""
    if path.suffix == ".parquet":
        pq.write_table(pq.read_table(path).drop_columns([column]), path)
    elif path.suffix == ".csv":
        rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
        at = rows[0].index(column)
        write_csv(path, [row[:at] + row[at + 1 :] for row in rows])
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("".join(json.dumps({k: v for k, v in row.items() if k != column}) + "\n" for row in rows))


def test_a_withdrawn_record_says_its_reference_only(path):
    parts.write(path, [Statement(Action.WITHDRAW, "IDN-P-1", 2)], PLACEMENT, PLACEMENT.fields)

    [statement] = parts.read(path, PLACEMENT, PLACEMENT.fields, expected=1)
    assert {name: value for name, value in statement.values.items() if value is not None} == {"record_ref": "IDN-P-1"}


def test_statements_are_counted_by_action():
    actions = [Action.NEW, Action.NEW, Action.CORRECT, Action.WITHDRAW]

    assert parts.count([Statement(action, "IDN-P-1", 1) for action in actions]) == Counts(new=2, correct=1, withdraw=1)


def test_a_statement_does_not_show_its_values_when_it_is_printed():
    printed = repr(Statement(Action.NEW, "IDN-P-1", 1, with_canaries()))

    assert not [canary for canary in CANARIES if canary in printed]


def test_another_format_than_agreed_is_refused():
    parts.check_format("placement.csv", "csv")
    for name in ("placement.parquet", "status.json"):
        with pytest.raises(Refused) as caught:
            parts.check_format(name, "csv")
        assert caught.value.code == Code.PART_DIFFERS


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def written_by_hand(path, **columns):
    """A part with one record, as other software could have written it; ``columns`` are added or replaced."""
    record = {"action": "new", "revision": 1, **a_placement()}
    if path.suffix == ".parquet":
        head = {"action": pa.array(["new"]), "revision": pa.array([1], pa.int32())}
        content = {field.name: pa.array([record[field.name]], field.type) for field in arrow_schema(PLACEMENT)}
        pq.write_table(pa.table(head | content | columns), path)
    elif path.suffix == ".csv":
        cells = {name: to_text(value) for name, value in record.items()} | columns
        write_csv(path, [list(cells), list(cells.values())])
    else:
        members = {name: value if isinstance(value, int) else to_text(value) or None for name, value in record.items()}
        path.write_text(json.dumps(members | columns, indent=None) + "\n", encoding="utf-8")
    return path


def refused(path, code, *, expected=1):
    with pytest.raises(Refused) as caught:
        list(parts.read(path, PLACEMENT, PLACEMENT.fields, expected=expected))
    assert caught.value.code == code
    assert not [canary for canary in CANARIES if canary in str(caught.value)]
    return True


def test_a_part_of_other_software_is_read(path):
    [statement] = parts.read(written_by_hand(path), PLACEMENT, PLACEMENT.fields, expected=1)

    assert statement == Statement(Action.NEW, "IDN-P-1", 1, a_placement())


@pytest.mark.parametrize(
    "columns",
    [
        {"blood_group": pa.array(["A"])},
        {"wage_amount": pa.array([1800.0])},
        {"birth_date": pa.array(["1990-05-17"])},
        {"revision": pa.array([1], pa.int64())},
        {"action": pa.array(["replace"])},
        {"action": pa.array([None], pa.string())},
        {"record_ref": pa.array([None], pa.string())},
        {"record_ref": pa.array(["IDN-P-1\0"])},
        {"revision": pa.array([None], pa.int32())},
        {"revision": pa.array([0], pa.int32())},
    ],
)
def test_columns_other_than_agreed_are_refused_in_parquet(tmp_path, columns):
    assert refused(written_by_hand(tmp_path / "p.parquet", **columns), Code.FIELD_NOT_AGREED)


@pytest.mark.parametrize("suffix", LINES)
@pytest.mark.parametrize(
    "columns",
    [
        {"blood_group": "A"},
        {"action": "replace"},
        {"action": ""},
        {"record_ref": ""},
        {"record_ref": "IDN-P-1\0"},
        {"revision": ""},
        {"revision": "0"},
        {"revision": "9999999999"},
        {"revision": "1.0"},
    ],
)
def test_columns_other_than_agreed_are_refused_in_lines(tmp_path, suffix, columns):
    columns = {name: int(v) if suffix == "ndjson" and v.isdigit() else v or None for name, v in columns.items()}
    columns = {name: "" if value is None and suffix == "csv" else value for name, value in columns.items()}

    assert refused(written_by_hand(tmp_path / f"p.{suffix}", **columns), Code.FIELD_NOT_AGREED)


@pytest.mark.parametrize("suffix", LINES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_date", "17/05/1990"),
        ("wage_amount", "1.800,00"),
        ("hours_per_day", "eight"),
        ("birth_date", "1990-02-31"),
    ],
)
def test_a_value_of_another_form_is_left_for_the_model_to_refuse(tmp_path, suffix, field, value):
    [statement] = parts.read(
        written_by_hand(tmp_path / f"p.{suffix}", **{field: value}), PLACEMENT, PLACEMENT.fields, expected=1
    )

    with pytest.raises(ValueError, match=field):
        PLACEMENT.model.model_validate(statement.values)


@pytest.mark.parametrize("value", [1800.5, True, {"amount": 1}, [1], "1e3"])
def test_a_json_value_of_another_kind_is_left_for_the_model_to_refuse(tmp_path, value):
    part = written_by_hand(tmp_path / "p.ndjson", wage_amount=value)
    [statement] = parts.read(part, PLACEMENT, PLACEMENT.fields, expected=1)

    with pytest.raises(ValueError, match="wage_amount"):
        PLACEMENT.model.model_validate(statement.values)


def test_a_column_that_is_missing_is_refused(path):
    parts.write(path, [Statement(Action.NEW, "IDN-P-1", 1)], PLACEMENT, PLACEMENT.fields[:-1])

    assert refused(path, Code.FIELD_NOT_AGREED)


def test_columns_in_another_order_are_refused_where_order_means_something(path):
    turned = (*PLACEMENT.fields[:3], PLACEMENT.fields[4], PLACEMENT.fields[3], *PLACEMENT.fields[5:])
    parts.write(path, [Statement(Action.NEW, "IDN-P-1", 1)], PLACEMENT, turned)

    if path.suffix == ".ndjson":
        assert len(list(parts.read(path, PLACEMENT, PLACEMENT.fields, expected=1))) == 1
    else:
        assert refused(path, Code.FIELD_NOT_AGREED)


@pytest.mark.parametrize("expected", [0, 2])
def test_more_or_fewer_records_than_the_manifest_says_are_refused(path, expected):
    assert refused(written_by_hand(path), Code.COUNTS_DIFFER, expected=expected)


def test_a_part_that_claims_few_records_is_not_read_on(tmp_path):
    """What comes after the last record that the manifest counts is not even parsed."""
    part = written_by_hand(tmp_path / "p.ndjson")
    part.write_bytes(part.read_bytes() + b"KANARI\n" * 3)

    assert refused(part, Code.COUNTS_DIFFER)


@pytest.mark.parametrize(
    "columns",
    [
        {"birth_date": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())},
        {"name_latin": pa.array([b"\xff\xfe"]).view(pa.string())},
    ],
)
def test_values_that_no_type_of_ours_can_hold_are_refused(tmp_path, columns):
    assert refused(written_by_hand(tmp_path / "p.parquet", **columns), Code.PART_DIFFERS)


HEADER = ",".join(COLUMNS).encode() + b"\r\n"
ROW = b"new,1,IDN-P-1" + b"," * (len(COLUMNS) - 3) + b"\r\n"
HOSTILE = {
    "csv": {
        "a byte order mark": b"\xef\xbb\xbf" + HEADER + ROW,
        "UTF-16": (HEADER + ROW).decode().encode("utf-16"),
        "bytes that are no UTF-8": HEADER + ROW.replace(b"IDN", b"\xff"),
        "a cell too few": HEADER + ROW.replace(b",\r\n", b"\r\n"),
        "a cell too many": HEADER + ROW.replace(b"\r\n", b",\r\n"),
        "an empty line": HEADER + b"\r\n" + ROW,
        "a quote never closed": HEADER + b'new,1,"KANARI' + b"," * 70,
        "a quote in the middle": HEADER + ROW.replace(b"IDN-P-1", b'"IDN"-P-1'),
        "a line without end": HEADER + b"x" * (LONGEST_RECORD + 2),
        "a record without end": HEADER + b'new,1,"' + b"KANARI\n" * (LONGEST_RECORD // 6),
    },
    "ndjson": {
        "a byte order mark": b'\xef\xbb\xbf{"action": "new"}\n',
        "bytes that are no UTF-8": b'{"action": "\xff"}\n',
        "no JSON": b"KANARI\n",
        "no object": b"[1, 2]\n",
        "a member twice": b'{"action": "new", "action": "withdraw"}\n',
        "a number that is none": b'{"action": NaN}\n',
        "nested without end": b"[" * 100_000 + b"\n",
        "a number without end": b'{"action": ' + b"9" * 100_000 + b"}\n",
        "a line without end": b'{"action": "' + b"x" * (LONGEST_RECORD + 2),
        "an empty line": b"\n",
    },
}


@pytest.mark.parametrize(("suffix", "what"), [(suffix, what) for suffix in HOSTILE for what in HOSTILE[suffix]])
def test_what_is_no_such_file_is_refused_and_nothing_of_it_repeated(tmp_path, suffix, what):
    (tmp_path / f"p.{suffix}").write_bytes(HOSTILE[suffix][what])

    assert refused(tmp_path / f"p.{suffix}", Code.PART_DIFFERS)


@pytest.mark.parametrize("suffix", LINES)
def test_a_record_that_is_too_long_is_refused_before_it_is_whole(tmp_path, suffix):
    long_texts = {field: "x" * 100_000 for field in PLACEMENT.fields if PLACEMENT.python_type(field) is str}
    sent = Statement(Action.NEW, "IDN-P-1", 1, long_texts)
    parts.write(tmp_path / f"p.{suffix}", [sent], PLACEMENT, PLACEMENT.fields)

    with pytest.raises(Refused, match=f"holds a record of more than {LONGEST_RECORD} bytes"):
        list(parts.read(tmp_path / f"p.{suffix}", PLACEMENT, PLACEMENT.fields, expected=1))


@pytest.mark.parametrize("content", [b"", b"\r\n", b"action,revision\r\nnew,1\r\n"])
def test_a_csv_without_the_agreed_header_is_refused(tmp_path, content):
    (tmp_path / "p.csv").write_bytes(content)

    assert refused(tmp_path / "p.csv", Code.FIELD_NOT_AGREED)


def test_half_of_a_letter_in_a_reference_is_refused(tmp_path):
    part = written_by_hand(tmp_path / "p.ndjson", record_ref="IDN-P-\ud800")

    assert refused(part, Code.FIELD_NOT_AGREED)


def test_csv_is_that_of_rfc_4180(tmp_path):
    sent = Statement(
        Action.NEW,
        "IDN-P-1",
        1,
        {"name_latin": 'SITI "CONTOH",\nBINTI', "previous_passport_nos": ["A1", "B;2"], "not_applicable": []},
    )
    parts.write(tmp_path / "p.csv", [sent], PLACEMENT, ("record_ref", "previous_passport_nos", "name_latin"))

    assert (tmp_path / "p.csv").read_bytes() == (
        b"action,revision,record_ref,previous_passport_nos,name_latin\r\n"
        b'new,1,IDN-P-1,A1;B\\;2,"SITI ""CONTOH"",\nBINTI"\r\n'
    )


def test_ndjson_says_absent_values_and_writes_dates_and_amounts_as_texts(tmp_path):
    sent = Statement(Action.NEW, "IDN-P-1", 1, a_placement(name_arabic="سيتي", hours_per_day=8))
    fields = ("record_ref", "visa_no", "name_arabic", "birth_date", "wage_amount", "hours_per_day")
    parts.write(tmp_path / "p.ndjson", [sent], PLACEMENT, fields)

    assert (tmp_path / "p.ndjson").read_text(encoding="utf-8") == (
        '{"action": "new", "revision": 1, "record_ref": "IDN-P-1", "visa_no": null, "name_arabic": "سيتي", '
        '"birth_date": "1990-05-17", "wage_amount": "1800.00", "hours_per_day": 8}\n'
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_anywhere_is_refused_or_harmless(path, data):
    """A part whose hash is right and whose content is not: a refusal with a code, never another error."""
    content = bytearray(written_by_hand(path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = path.with_stem("damaged")
    damaged.write_bytes(content)

    with suppress(Refused):
        list(parts.read(damaged, PLACEMENT, PLACEMENT.fields, expected=1))


def a_part_of(count, folder, *, name, **form):
    """A part of ``count`` records that share one name, written as ``form`` says."""
    record = {"action": "new", "revision": 1, **a_placement()}
    rows = pa.Table.from_pylist([record], pa.schema([("action", pa.string()), ("revision", pa.int32()), *FIELDS]))
    table = rows.take(pa.array([0] * count))
    at = table.schema.names.index("name_latin")
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), [name])
    pq.write_table(table.set_column(at, "name_latin", texts), folder / "p.parquet", store_schema=False, **form)
    return folder / "p.parquet"


def test_a_small_part_that_would_fill_the_memory_is_refused(tmp_path):
    part = a_part_of(4000, tmp_path, name="x" * 900_000)

    with pytest.raises(Refused, match="unpacks to more than 100 times its size") as caught:
        list(parts.read(part, PLACEMENT, PLACEMENT.fields, expected=4000))
    assert caught.value.code == Code.PART_DIFFERS


def test_a_record_in_parquet_is_no_longer_than_in_lines(tmp_path):
    part = a_part_of(2, tmp_path, name="x" * (LONGEST_RECORD + 1))

    with pytest.raises(Refused, match=f"holds a record of more than {LONGEST_RECORD} bytes, number 1"):
        list(parts.read(part, PLACEMENT, PLACEMENT.fields, expected=2))


def test_a_part_in_an_encoding_that_can_repeat_without_end_is_refused(tmp_path):
    form = {"use_dictionary": False, "column_encoding": {"record_ref": "DELTA_BYTE_ARRAY"}}
    part = a_part_of(1, tmp_path, name="SITI", **form)

    with pytest.raises(Refused, match="an encoding other than PLAIN") as caught:
        list(parts.read(part, PLACEMENT, PLACEMENT.fields, expected=1))
    assert caught.value.code == Code.PART_DIFFERS
