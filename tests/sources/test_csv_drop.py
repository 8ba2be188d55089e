import codecs

import pytest
from case_desk import HEADER, refs

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source

RECORD = "1,2026-07-02,GAJI,2026-07-01,1"
ARABIC = ["no,changed,subject,received,state,اسم", f"{RECORD},سيتي"]


@pytest.fixture
def lay(tmp_path):
    """Lay a file into the drop."""

    def write(*lines, name="cases_2026-07.csv", encoding="utf-8"):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding=encoding)

    return write


@pytest.fixture
def read(tmp_path, a_mapping, at):
    def rows(since=None, until=None, **changed):
        return list(
            open_source(a_mapping("csv", **changed), SourceConnection(url=str(tmp_path))).read(since, until or at(31))
        )

    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_read_with_and_without_byte_order_mark(lay, read, encoding):
    lay("no,changed,subject,received,state,catatan", "1,2026-07-02,أجور,2026-07-01,1,—", encoding=encoding)
    [row] = read(
        ignored=["catatan"],
        fields={
            "record_ref": "no",
            "kind": {"column": "subject", "codes": {"أجور": "wages_unpaid"}},
            "received_on": {"column": "received", "transform": "date_iso"},
            "stage": {"column": "state", "codes": {"1": "received"}},
        },
    )
    assert row.values["kind"] == "wages_unpaid"
    assert row.position == "cases_2026-07.csv line 2"


def test_a_window_takes_its_first_moment_and_not_its_last(lay, read, at):
    lay(
        HEADER,
        "1,2026-07-01T23:59:59Z,GAJI,2026-07-01,1",
        "2,2026-07-02T00:00:00Z,GAJI,2026-07-01,1",
        "3,2026-07-02T23:59:59Z,GAJI,2026-07-01,1",
        "4,2026-07-03T00:00:00Z,GAJI,2026-07-01,1",
    )
    assert refs(read(at(2), at(3))) == ["IDN-C-2", "IDN-C-3"]
    assert refs(read(None, at(3))) == ["IDN-C-1", "IDN-C-2", "IDN-C-3"]


def test_rows_of_all_months_come_in_order_of_change_then_key(lay, read):
    lay(HEADER, "2,2026-07-09,GAJI,2026-07-01,1", "1,2026-07-09,GAJI,2026-07-01,1")
    lay(HEADER, "3,2026-07-04,GAJI,2026-07-01,1", name="cases_2026-06.csv")
    assert refs(read()) == ["IDN-C-3", "IDN-C-1", "IDN-C-2"]


def test_a_time_without_zone_is_local_time_of_the_office(lay, read, at):
    lay(HEADER, "1,2026-07-02T02:00:00,GAJI,2026-07-01,1")
    [row] = read(time_zone="Asia/Riyadh")
    assert row.updated_at == at(1, 23)


def test_a_file_on_its_way_in_does_not_count(lay, read):
    lay(HEADER, "1,2026-07-02,GAJI,2026-07-01,1")
    lay(HEADER, "2,2026-0", name="cases_2026-08.csv.part")
    lay("owner", name="~$cases_2026-08.csv")
    assert refs(read()) == ["IDN-C-1"]


def test_a_header_alone_is_a_month_without_rows(lay, read):
    lay(HEADER)
    assert read() == []


def test_an_empty_or_missing_drop_is_unavailable_not_empty(read, tmp_path, a_mapping, at):
    with pytest.raises(SourceUnavailable, match=str(tmp_path)):
        read()
    missing = SourceConnection(url=str(tmp_path / "missing"))
    with pytest.raises(SourceUnavailable, match="missing"):
        next(open_source(a_mapping("csv"), missing).read(None, at(1)))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["no,changed,subject,state", "1,2026-07-02,GAJI,1"],
            r"missing column\(s\) received; expected are no, changed",
        ),
        ([HEADER + ",remarks"], r"column\(s\) remarks are not mapped"),
        ([HEADER + ",no"], "names a column twice"),
        ([""], "missing column"),
        ([HEADER, "1,2026-07-02,GAJI,2026-07-01"], "line 2: 4 cells, the header has 5"),
        ([HEADER, "1,yesterday,GAJI,2026-07-01,1"], "line 2, column changed: expected a time"),
        ([HEADER, '1,2026-07-02,"GAJI"x,2026-07-01,1'], "not well-formed CSV"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(lay, read, lines, said):
    lay(*lines)
    with pytest.raises(SourceError, match=said):
        read()


def name_read(read, **changed):
    [row] = read(more_fields={"worker_name_arabic": "اسم"}, **changed)
    return row.values["worker_name_arabic"]


@pytest.mark.parametrize("encoding", ["windows-1256", "utf-16", "utf-8"])
def test_the_encoding_is_the_declared_one(lay, read, encoding):
    lay(*ARABIC, encoding=encoding)
    assert name_read(read, drop={"encoding": encoding}) == "سيتي"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
def test_what_is_certain_may_be_left_to_the_bytes(lay, read, encoding):
    lay(*ARABIC, encoding=encoding)
    assert name_read(read, drop={"encoding": "detect"}) == "سيتي"


@pytest.mark.parametrize("declared", ["utf-8", "windows-1256", "windows-1252", "detect"])
def test_plain_ascii_is_the_same_in_every_encoding(lay, read, declared):
    lay(HEADER, RECORD)
    assert refs(read(drop={"encoding": declared})) == ["IDN-C-1"]


@pytest.mark.parametrize(
    ("written", "declared", "said"),
    [
        ("windows-1256", "utf-8", "is not UTF-8, and what else it is cannot be told"),
        ("windows-1256", "detect", r"declare it in the mapping \(drop: \{encoding: windows-1256\}"),
        ("windows-1256", "utf-16", "has no byte order mark"),
        ("utf-8", "windows-1256", "is utf-8, the mapping declares windows-1256"),
        ("utf-8-sig", "windows-1256", "is utf-8, the mapping declares windows-1256"),
        ("utf-16", "utf-8", "is utf-16, the mapping declares utf-8"),
        ("utf-16-le", "utf-8", "UTF-16 without a byte order mark"),
    ],
)
def test_a_wrong_encoding_is_said_and_never_guessed(lay, read, written, declared, said):
    lay(*ARABIC, encoding=written)
    with pytest.raises(SourceError, match=said):
        name_read(read, drop={"encoding": declared})


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF16_LE + "no,changed".encode("utf-16-le") + b"x",  # half a unit at the end
        codecs.BOM_UTF8 + b"no,changed\n\xff",
        HEADER.encode() + b"\n\x81",  # no character of windows-1252
    ],
)
def test_bytes_that_are_none_of_the_encoding_are_refused(tmp_path, read, content):
    (tmp_path / "cases_2026-07.csv").write_bytes(content)
    with pytest.raises(SourceError, match="as which it has to be read"):
        read(drop={"encoding": "windows-1252" if content.startswith(b"no") else "detect"})


def test_names_of_columns_are_known_in_every_spelling_of_the_mapping(lay, read):
    spellings = {"changed": ["تاريخ التعديل"], "received": ["Received  on", "tgl_terima"]}
    for number, names in enumerate(
        ["NO, تاريخُ  التعديـل ,Subject,RECEIVED ON,state", "\u200fno,changed,subject,tgl_terima,State"], start=1
    ):
        lay(names, f"{number},2026-07-0{number},GAJI,2026-07-01,1", name=f"cases_2026-0{number}.csv")
    assert refs(read(drop={"spellings": spellings})) == ["IDN-C-1", "IDN-C-2"]


def test_two_spellings_of_one_column_are_that_column_twice(lay, read):
    lay("no,changed,subject,received,state,Received on", f"{RECORD},2026-07-05")
    with pytest.raises(SourceError, match="names a column twice: received"):
        read(drop={"spellings": {"received": ["received on"]}})


def test_titles_above_the_header_are_passed_over(lay, read):
    lay("Laporan bulanan,,,,", "", HEADER, RECORD)
    [row] = read(drop={"header_line": 3})
    assert row.position == "cases_2026-07.csv line 4"


def test_empty_columns_and_lines_that_a_spreadsheet_adds_do_not_count(lay, read):
    lay(HEADER + ",,", RECORD + ",,", ",,,,,,", "")
    assert refs(read()) == ["IDN-C-1"]
    lay(HEADER + ",,", RECORD + ",,x")
    with pytest.raises(SourceError, match="line 2: something stands in a column without a name"):
        read()


def test_a_file_without_a_header_is_refused_without_repeating_a_record(lay, read):
    lay("SITI CONTOH,B7654321,x,y,z", RECORD)
    with pytest.raises(SourceError, match=r"missing column.* 5 other name") as refusal:
        read()
    assert "B7654321" not in str(refusal.value)


@pytest.mark.parametrize("number", ["1.23457E+12", "1,23E+15", "2E+09", "-1٫5e+10"])
def test_a_number_that_a_spreadsheet_has_shortened_is_refused_and_not_made_up(lay, read, number):
    lay(f"{HEADER};passport".replace(",", ";"), f"{RECORD.replace(',', ';')};{number}")
    [row] = read(more_fields={"worker_passport_no": "passport"}, delimiter=";")
    assert [(p.field, p.code) for p in row.problems] == [("worker_passport_no", "damaged")]
    assert "shortened" in row.problems[0].message
    assert number not in row.problems[0].message
    assert row.raw["passport"] == number


@pytest.mark.parametrize("cell", ["=1+1", "+966500000000", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0", "12E45678"])
def test_what_looks_like_a_formula_is_text(lay, read, cell):
    lay(HEADER + ",office", f"{RECORD},{cell}")
    assert read(more_fields={"office_ref": "office"})[0].values["office_ref"] == cell


def test_a_cell_of_ten_megabytes_is_refused_by_its_line(lay, read):
    lay(HEADER, RECORD.replace("GAJI", "x" * 10_000_000))
    with pytest.raises(SourceError, match="line 2 is not well-formed CSV: field larger than field limit"):
        read()


def test_times_may_be_written_day_first(lay, read, at):
    lay(HEADER, *(f"{n},{time},GAJI,2026-07-01,1" for n, time in enumerate(["2/7/2026 14:30", "03/07/2026"])))
    rows = read(time_form="dmy")
    assert [row.updated_at for row in rows] == [at(2, 14, 30), at(3)]
    with pytest.raises(SourceError, match="expected a time such as 2026-07-01T"):
        read()


def test_a_file_under_a_wrong_name_is_refused_rather_than_overlooked(lay, read):
    lay(HEADER, "1,2026-07-02,GAJI,2026-07-01,1", name="Cases July.csv")
    with pytest.raises(SourceError, match=r"Cases July\.csv .* should be named cases_\{month\}.csv"):
        read()


def test_a_window_needs_zones_and_a_beginning_before_its_end(read, at):
    with pytest.raises(ValueError, match="time zone"):
        read(None, at(3).replace(tzinfo=None))
    with pytest.raises(ValueError, match="before until"):
        read(at(3), at(3))


@pytest.mark.parametrize("name", ["CASES_2026-08.CSV", "cases_2026-08.xlsx", "cases_2026-08.xls", "cases_2026-08.zip"])
def test_a_table_of_another_kind_is_refused_rather_than_overlooked(lay, read, name):
    lay(HEADER, RECORD)
    lay(HEADER, name=name)
    with pytest.raises(SourceError, match=rf"{name} in .* should be named cases_\{{month\}}\.csv"):
        read()


def test_a_month_that_was_not_delivered_is_unavailable_though_others_were(lay, tmp_path, a_mapping):
    lay(HEADER, RECORD)
    source = open_source(a_mapping("csv"), SourceConnection(url=str(tmp_path)))
    source.require("2026-07")
    with pytest.raises(SourceUnavailable, match=r"cases_2026-08\.csv is not in .*; the office has not delivered it"):
        source.require("2026-08")
