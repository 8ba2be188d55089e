"""Workbooks as offices save them, written by a spreadsheet library and read from disk."""

import re
import zipfile
from datetime import date, datetime, timedelta

import pytest
from case_desk import HEADER, refs
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from amanah.sources import SourceConnection, SourceError, SourceUnavailable, open_source
from amanah.sources.xlsx_file import MOST_LINES

RECORD = ["1", datetime(2026, 7, 2, 9, 30), "GAJI", date(2026, 7, 1), 1]  # noqa: DTZ001 - a cell has no zone
NAME = "cases_2026-07.xlsx"


@pytest.fixture
def lay(tmp_path):
    """Lay a workbook into the drop: rows of cells; ``edit`` may change it before it is saved."""

    def write(*rows, header=HEADER, title="Data", name=NAME, edit=None):
        book = Workbook()
        book.active.title = title
        for row in ([*header.split(",")] if header else None, *rows):
            if row is not None:
                book.active.append(row)
        if edit is not None:
            edit(book)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def read(tmp_path, a_mapping, at):
    def rows(since=None, until=None, **changed):
        connection = SourceConnection(url=str(tmp_path))
        return list(open_source(a_mapping("xlsx", **changed), connection).read(since, until or at(31)))

    return rows


@pytest.fixture
def office(lay, read):
    """What becomes of one cell in a column of its own; ``format`` is its number format."""

    def one(cell, *, transform="strip", number_format=None):
        def edit(book):
            if number_format:
                book.active.cell(2, 6).number_format = number_format

        lay([*RECORD, cell], header=HEADER + ",office", edit=edit)
        [row] = read(more_fields={"office_ref": {"column": "office", "transform": transform}})
        return row

    return one


def rewritten(path, change):
    """The workbook ``path`` with its parts changed: ``change(name, content)`` gives the new content."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))


def test_cells_of_every_type_become_contract_values(lay, read, at):
    lay(RECORD)
    [row] = read(time_zone="Asia/Riyadh")
    assert row.values == {
        "record_ref": "IDN-C-1",
        "kind": "wages_unpaid",
        "received_on": date(2026, 7, 1),
        "stage": "received",
    }
    assert row.updated_at == at(2, 6, 30)


def test_a_problem_names_file_sheet_row_and_column(lay, read):
    lay(RECORD, [], ["2", *RECORD[1:3], "31.02.2026", 1])
    bad = read()[1]
    assert bad.position == "cases_2026-07.xlsx sheet Data row 4"
    assert bad.problems[0].message == "column received: expected a date as YYYY-MM-DD"


def test_windows_and_order_are_those_of_every_drop(lay, read, at):
    lay(["2", at(9).replace(tzinfo=None), *RECORD[2:]], ["1", at(9).replace(tzinfo=None), *RECORD[2:]])
    lay(["3", at(4).replace(tzinfo=None), *RECORD[2:]], name="cases_2026-06.xlsx")
    assert refs(read()) == ["IDN-C-3", "IDN-C-1", "IDN-C-2"]
    assert refs(read(at(9), at(10))) == ["IDN-C-1", "IDN-C-2"]


@pytest.mark.parametrize(
    ("cell", "number_format", "text"),
    [
        (2345678901, None, "2345678901"),
        (2345678901.0, None, "2345678901"),
        (234567890, "0000000000", "0234567890"),
        (123456789012345, None, "123456789012345"),
        (0.1 + 0.2, None, "0.3"),
        (1500.5, None, "1500.5"),
        (150.125, None, "150.1250"),
        (True, None, "true"),
        (date(2026, 7, 1), None, "2026-07-01"),
        ("'0123", None, "'0123"),
        ("سيتي", None, "سيتي"),
        ("  ", None, None),
        (None, None, None),
    ],
)
def test_a_cell_says_what_an_official_sees(office, cell, number_format, text):
    row = office(cell, number_format=number_format)
    assert (row.values["office_ref"], row.problems) == (text, ())


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (3201234567890123, "more than 15 digits"),  # a civil registration number as a number
        (1e20, "more than 15 digits"),
        ("=1+1", "formula without its result"),
        ("#N/A", "an error of the spreadsheet"),
        (timedelta(hours=30), "a length of time"),
        ("1.23457E+15", "shortened this number"),
    ],
)
def test_what_a_spreadsheet_has_destroyed_is_a_problem_and_never_a_value(office, cell, said):
    row = office(cell)
    assert [(p.field, p.column, p.code) for p in row.problems] == [("office_ref", "office", "damaged")]
    assert said in row.problems[0].message
    assert "office_ref" not in row.values


@pytest.mark.parametrize("text", ["=1+1", "+966", "-x", "@SUM(A1)"])
def test_text_that_looks_like_a_formula_is_text(lay, read, text):
    def edit(book):
        book.active.cell(2, 6).value = text
        book.active.cell(2, 6).data_type = "s"

    lay([*RECORD, None], header=HEADER + ",office", edit=edit)
    assert read(more_fields={"office_ref": "office"})[0].values["office_ref"] == text


def test_a_formula_counts_as_the_result_stored_with_it(lay, read):
    path = lay([*RECORD, "=6*7"], header=HEADER + ",office")
    rewritten(path, lambda _, content: re.sub(rb"<f>6\*7</f><v ?/?>(</v>)?", b"<f>6*7</f><v>42</v>", content))
    assert read(more_fields={"office_ref": "office"})[0].values["office_ref"] == "42"


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell(lay, read):
    """``=IF(A2="","",A2)``, drawn down beyond the last record as offices do."""
    path = lay([*RECORD, "=6*7"], ["=6*7", "=6*7", None, None, None, None], header=HEADER + ",office")
    empty = re.compile(rb'(<c r="[A-F][23]")( t="[a-z]+")?><f>6\*7</f><v ?/?>(</v>)?')
    rewritten(path, lambda _, content: empty.sub(rb'\1 t="str"><f>6*7</f><v></v>', content))
    [row] = read(more_fields={"office_ref": "office"})
    assert (row.values["office_ref"], row.problems) == (None, ())


def test_merged_cells_among_the_records_are_refused_because_all_but_one_lose_their_value(lay, read):
    lay(RECORD, ["2", *RECORD[1:]], edit=lambda book: book.active.merge_cells("C2:C3"))
    with pytest.raises(SourceError, match="sheet Data: cells C2:C3 are merged"):
        read()


def test_a_merged_title_above_the_header_does_no_harm(lay, read):
    lay(["Laporan"], HEADER.split(","), RECORD, header=None, edit=lambda book: book.active.merge_cells("A1:E1"))
    assert refs(read(drop={"header_line": 2})) == ["IDN-C-1"]


@pytest.mark.parametrize("system_1904", [False, True])
def test_days_are_the_same_in_both_systems_of_counting(lay, read, system_1904):
    def edit(book):
        if system_1904:
            book.epoch = CALENDAR_MAC_1904

    lay([*RECORD[:3], date(2026, 7, 1), 1], edit=edit)
    assert read()[0].values["received_on"] == date(2026, 7, 1)


@pytest.mark.parametrize(
    "cell", [date(1990, 2, 3), "03/02/1990", "٠٣/٠٢/١٩٩٠", 32907, "08/07/1410", "1410-07-08", "\u200f1410/7/8 "]
)
def test_one_column_may_hold_days_of_every_kind(lay, read, cell):
    born = {"column": "born", "transform": ["clean", "digits", "excel_date", "date_either_dmy"]}
    lay([*RECORD, cell], header=HEADER + ",born")
    [row] = read(more_fields={"worker_birth_date": born})
    assert abs(row.values["worker_birth_date"] - date(1990, 2, 3)) <= timedelta(days=1)


def test_the_sheet_is_the_only_one_to_be_seen_or_the_one_that_is_named(lay, read):
    def hidden(book):
        book.create_sheet("Lists").sheet_state = "hidden"

    lay(RECORD, edit=hidden)
    assert len(read()) == 1
    lay(RECORD, edit=lambda book: book.create_sheet("Rekap"))
    with pytest.raises(SourceError, match=r"has the sheets Data, Rekap; say in the mapping which one \(drop: sheet\)"):
        read()
    assert len(read(drop={"sheet": "Data"})) == 1
    with pytest.raises(SourceError, match="Januari is not among them"):
        read(drop={"sheet": "Januari"})


def test_titles_above_and_empty_columns_beside_do_not_count(lay, read):
    lay(["Laporan bulanan", None, None, None, None, None, None, "x"], [], HEADER.split(","), RECORD, header=None)
    [row] = read(drop={"header_line": 3})
    assert row.position.endswith("row 4")


def test_a_cell_beyond_the_header_is_refused(lay, read):
    lay([*RECORD, "a remark"])
    with pytest.raises(SourceError, match="sheet Data row 2: 6 cells, the header has 5"):
        read()


def test_a_column_named_twice_is_refused(lay, read):
    lay([*RECORD, 2], header=HEADER + ",State")
    with pytest.raises(SourceError, match="names a column twice: state"):
        read()


def a_truncated_workbook(path, _):
    path.write_bytes(path.read_bytes()[:-400])


def a_renamed_archive(path, _):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cases.csv", HEADER)


def a_renamed_text(path, _):
    path.write_text(HEADER)


def an_older_or_encrypted_workbook(path, _):
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4096))


def a_bomb(path, _):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 * 2**20))


def a_broken_sheet(path, _):
    rewritten(path, lambda name, content: content[:200] if name.endswith("sheet1.xml") else content)


def a_text_that_multiplies(path, _):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    rewritten(path, lambda name, content: bomb + content if name.endswith("sheet1.xml") else content)


def a_wrong_reference(path, _):
    rewritten(path, lambda name, content: content.replace(b' r="A2"', b' r="2A"'))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (a_truncated_workbook, "not a whole XLSX workbook"),
        (a_renamed_archive, "an archive, but no XLSX workbook; was it renamed"),
        (a_renamed_text, "not a whole XLSX workbook"),
        (an_older_or_encrypted_workbook, "under password, or of another format"),
        (a_bomb, "would unpack to 1 parts and 314,572,800 bytes"),
        (a_broken_sheet, "not a whole XLSX workbook"),
        (a_text_that_multiplies, "declares a document type"),
        (a_wrong_reference, "not a whole XLSX workbook"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_sound_workbook_is_refused_by_name_and_stays_where_it_is(lay, read, damage, said):
    path = lay(RECORD)
    damage(path, read)
    with pytest.raises(SourceError, match=said) as refusal:
        read()
    assert NAME in str(refusal.value)
    assert path.exists()


@pytest.mark.parametrize("place", [f'r="{MOST_LINES + 5}"', 'r="999999999"'])
def test_a_sheet_that_claims_to_be_endless_is_refused(lay, read, place):
    path = lay(RECORD, ["2", *RECORD[1:]])
    rewritten(path, lambda _, content: content.replace(b'<row r="3"', f"<row {place}".encode()))
    with pytest.raises(SourceError, match="too large: at most 200,000 lines of 500 columns"):
        read()


def test_a_sheet_of_too_many_columns_is_refused(lay, read):
    lay(RECORD, edit=lambda book: book.active.cell(5, 16_384, "x"))
    with pytest.raises(SourceError, match="too large"):
        read()


def test_what_a_sheet_says_of_its_size_is_not_believed(lay, read):
    path = lay(RECORD, ["2", *RECORD[1:]])
    rewritten(path, lambda _, content: content.replace(b'<dimension ref="A1:E3"', b'<dimension ref="A1:A2"'))
    assert refs(read()) == ["IDN-C-1", "IDN-C-2"]


def test_no_cell_shows_in_a_warning(lay, read, recwarn):
    def edit(book):
        book.active.cell(2, 6).number_format = "yyyy-mm-dd"

    lay([*RECORD, 98765432109], header=HEADER + ",office", edit=edit)
    [row] = read(more_fields={"office_ref": "office"})
    assert row.problems[0].code == "damaged"
    assert not any("98765432109" in str(warning.message) for warning in recwarn)


def test_an_empty_drop_is_unavailable(read):
    with pytest.raises(SourceUnavailable, match="the office has delivered nothing"):
        read()
