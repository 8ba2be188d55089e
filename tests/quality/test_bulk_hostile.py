"""Files that are damaged, misnamed, wrongly encoded or meant to do harm: a clear error or a refused record, no loss."""

import io
import subprocess
import sys
import zipfile
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from validated import a_csv, a_parquet, validated

from amanah.quality.bulk import UnreadableFile

HEAD = "record_ref,stage,name_latin\n"
GOOD = "IDN-P-1,arrived,SITI\n"
ARABIC_NAME = "IDN-P-4,arrived,سيتي\n"
ARABIC = "IDN-P-1,arrived,سيتي تشونتوه\n" * 20


def a_zip():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("records.csv", HEAD + GOOD)
    return held.getvalue()


def parquet_bytes(**columns):
    held = io.BytesIO()
    pq.write_table(pa.table(columns or {"record_ref": ["IDN-P-1"] * 1000, "stage": ["arrived"] * 1000}), held)
    return held.getvalue()


NO_FILES = {
    "an empty file": (".csv", b"", "empty; the first line must name the columns"),
    "blank lines": (".csv", b"\n\n\n", "empty; the first line"),
    "UTF-16": (".csv", (HEAD + GOOD).encode("utf-16"), "in UTF-16; save it as UTF-8"),
    "UTF-16 without a mark": (".csv", (HEAD + GOOD).encode("utf-16-le"), "save it as CSV in UTF-8"),
    "windows-1256": (".csv", (HEAD + ARABIC).encode("cp1256", "replace"), "not in UTF-8 (perhaps windows-1256"),
    "a header in windows-1252": (".csv", "record_ref,prénom\n".encode("cp1252"), "not in UTF-8"),
    "Parquet named .csv": (".csv", parquet_bytes(), "a Parquet file; name it .parquet"),
    "a zip named .csv": (".csv", a_zip(), "a ZIP archive (an .xlsx workbook is one)"),
    "semicolons": (".csv", b"record_ref;stage\nIDN-P-1;arrived\n", "separated by semicolons; save it with commas"),
    "tabs": (".csv", b"record_ref\tstage\n", "separated by tabs"),
    "the line ends of an old Mac": (".csv", (HEAD + GOOD * 5000).replace("\n", "\r").encode(), "end with CR alone"),
    "a header without end": (".csv", b"x" * 200_000, "the first line does not end"),
    "a header with an open quote": (".csv", b'record_ref,"stage\nIDN-P-1,arrived\n', "the first line must name"),
    "a repeated column": (".csv", b"record_ref,stage,stage\n", "column stage stands more than once"),
    "an unknown column": (".csv", b"record_ref,stage,shoe_size\n", "no column of the contract is called shoe_size"),
    "no header": (".csv", b"IDN-P-1,arrived,SITI RAHAYU\n", "no column of the contract is called (7 characters)"),
    "no reference": (".csv", b"stage\narrived\n", "column record_ref is missing"),
    "a record of 40 MB": (".csv", HEAD.encode() + GOOD.encode() + b"IDN-P-2,arrived," + b"x" * 40_000_000, "12 MB"),
    "a truncated Parquet": (".parquet", parquet_bytes()[:-100], "cut off, its end is missing"),
    "a Parquet damaged inside": (".parquet", b"PAR1" + b"\x07" * 500 + parquet_bytes()[-200:], "damaged"),
    "a Parquet of its magic": (".parquet", b"PAR1", "cut off"),
    "an empty Parquet": (".parquet", b"", "not a Parquet file"),
    "a zip named .parquet": (".parquet", a_zip(), "a ZIP archive"),
    "CSV named .parquet": (".parquet", (HEAD + GOOD).encode(), "if it is CSV, name it .csv"),
    "an unknown column in Parquet": (".parquet", parquet_bytes(record_ref=["x"], shoe_size=[43]), "shoe_size"),
    "another kind of file": (".xlsx", a_zip(), "expected a file named .parquet or .csv"),
}


@pytest.mark.parametrize(("suffix", "content", "says"), NO_FILES.values(), ids=NO_FILES)
def test_a_file_that_cannot_be_read_is_refused_in_words_and_leaves_nothing(suffix, content, says, tmp_path):
    path = tmp_path / f"records{suffix}"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match="records") as refused:
        validated(path)

    assert says in str(refused.value)
    assert "SITI" not in str(refused.value)
    assert not list((tmp_path / "out").iterdir())
    assert path.read_bytes() == content


def test_a_repeated_column_in_parquet_is_refused(tmp_path):
    column = pa.array(["IDN-P-1"])
    pq.write_table(pa.Table.from_arrays([column, column], ["record_ref", "record_ref"]), tmp_path / "records.parquet")

    with pytest.raises(UnreadableFile, match="more than once"):
        validated(tmp_path / "records.parquet")


def test_a_header_alone_is_a_file_without_records(tmp_path):
    for content in (HEAD, HEAD.strip(), HEAD + "\n\n"):
        found = validated(a_csv(tmp_path, content))

        assert (found.outcome.read, found.accepted, found.quarantine) == (0, [], [])


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path):
    found = validated(a_csv(tmp_path, ("\ufeff" + HEAD + GOOD).replace("\n", "\r\n")))

    assert found.refs == ["IDN-P-1"]


CELLS = {
    "a control character": "A\x00B",
    "an escape sequence": "\x1b[31mSITI",
    "a right-to-left override": "SITI\u202e",
    "a byte order mark inside": "SI\ufeffTI",
    "a hundred and sixty-one letters": "x" * 161,
    "ten million letters": "x" * 10_000_000,
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_bad_cell_is_one_refused_record_and_those_around_it_pass(cell, tmp_path):
    content = f'{HEAD}{GOOD}IDN-P-2,arrived,"{cell}"\nIDN-P-3,arrived,BUDI\n'

    found = validated(a_csv(tmp_path, content))

    assert found.refs == ["IDN-P-1", "IDN-P-3"]
    assert [each[:3] for each in found.refused] == [(2, "IDN-P-2", "name_latin")]


@pytest.mark.parametrize("cell", ["=cmd()", "+1", '{"a": [1, {"b": null}]}', "NaN", "null", "مصفوفة"])
def test_what_is_only_odd_is_text_and_stays_as_it_is(cell, tmp_path):
    quoted = cell.replace('"', '""')

    found = validated(a_csv(tmp_path, f'{HEAD}IDN-P-1,arrived,"{quoted}"\n'))

    assert found.accepted[0]["name_latin"] == cell


def test_a_formula_where_a_number_is_expected_is_refused(tmp_path):
    found = validated(a_csv(tmp_path, "record_ref,stage,passport_no\nIDN-P-1,arrived,=cmd()\n"))

    assert found.refused == [(1, "IDN-P-1", "passport_no", "string_pattern_mismatch")]


@pytest.mark.parametrize("day", ["2026-02-31", "0000-01-01", "1447-09-01", "46204", "2026-07-01 00:00:00"])
def test_a_day_that_does_not_exist_is_refused(day, tmp_path):
    found = validated(a_csv(tmp_path, f"record_ref,stage,birth_date\nIDN-P-1,arrived,{day}\n"))

    assert [each[2] for each in found.refused] == ["birth_date"]


def test_bytes_that_are_no_utf_8_are_one_refused_record(tmp_path):
    content = (HEAD + GOOD).encode() + b"IDN-P-2,arrived,\xed\xa0\x80\nIDN-P-3,arrived,BUDI\nIDN-P-4,arrived,TINA\n"

    found = validated(a_csv(tmp_path, content))

    assert found.refs == ["IDN-P-1", "IDN-P-3", "IDN-P-4"]
    assert found.refused == [(2, "IDN-P-2", "name_latin", "string_unicode")]


def test_bytes_that_are_no_utf_8_in_a_record_with_too_many_cells_are_one_refused_record(tmp_path):
    content = (HEAD + GOOD).encode() + b"IDN-P-2,arrived,A,\xff\nIDN-P-3,arrived,\xff\n" + ARABIC_NAME.encode()

    found = validated(a_csv(tmp_path, content))

    assert [record["name_latin"] for record in found.accepted] == ["SITI", "سيتي"]
    assert found.refused == [(2, None, None, "cells"), (3, "IDN-P-3", "name_latin", "string_unicode")]


@pytest.mark.parametrize("inside", ["a list", "a structure"])
def test_bytes_that_are_no_utf_8_within_a_value_in_parquet_are_one_refused_record(inside, tmp_path):
    texts = pa.array([b"A123", b"\xff", None]).view(pa.string())
    nested = {
        "a list": pa.ListArray.from_arrays(pa.array([0, 1, None, 2]), texts),
        "a structure": pa.StructArray.from_arrays([texts], ["a"], mask=pa.array([False, False, True])),
    }

    found = validated(
        a_parquet(
            tmp_path,
            record_ref=["IDN-P-1", "IDN-P-2", "IDN-P-3"],
            stage=["arrived"] * 3,
            previous_passport_nos=nested[inside],
        )
    )

    assert "IDN-P-3" in found.refs
    assert found.refused[-1][0] == 2


def test_bytes_that_are_no_utf_8_in_parquet_are_one_refused_record(tmp_path):
    names = pa.array([b"SITI", b"\xed\xa0\x80", "سيتي".encode()]).view(pa.string())

    found = validated(
        a_parquet(tmp_path, record_ref=["IDN-P-1", "IDN-P-2", "IDN-P-3"], stage=["arrived"] * 3, name_latin=names)
    )

    assert found.refs == ["IDN-P-1", "IDN-P-3"]
    assert found.refused == [(2, "IDN-P-2", "name_latin", "string_unicode")]


def test_bytes_that_are_no_utf_8_in_a_dictionary_are_one_refused_record(tmp_path):
    texts = pa.array([b"SITI", b"\xed\xa0\x80"]).view(pa.string())
    names = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), texts)

    found = validated(
        a_parquet(tmp_path, record_ref=["IDN-P-1", "IDN-P-2", "IDN-P-3"], stage=["arrived"] * 3, name_latin=names)
    )

    assert found.refs == ["IDN-P-1", "IDN-P-3"]
    assert found.refused == [(2, "IDN-P-2", "name_latin", "string_unicode")]


def test_records_with_too_few_or_too_many_cells_are_refused_alone_and_by_number(tmp_path):
    content = f'{HEAD}{GOOD}IDN-P-2,arrived\n\nIDN-P-3,arrived,"two\nlines"\nIDN-P-4,arrived,A,B\nIDN-P-5,arrived,EKA\n'

    found = validated(a_csv(tmp_path, content))

    assert found.refs == ["IDN-P-1", "IDN-P-5"]
    assert [(each[0], each[3]) for each in found.refused] == [
        (2, "cells"),
        (3, "forbidden_character"),
        (4, "cells"),
    ]
    assert found.outcome.read == 5


def test_a_quotation_mark_left_open_says_how_many_lines_it_swallowed(tmp_path):
    content = f'{HEAD}{GOOD}IDN-P-2,arrived,"SITI\nIDN-P-3,arrived,BUDI\nIDN-P-4,arrived,"TINA"\nIDN-P-5,arrived,EKA\n'

    found = validated(a_csv(tmp_path, content))

    assert found.refs == ["IDN-P-1", "IDN-P-5"]
    assert "over 3 lines" in found.quarantine[0]["message"] or found.refused[0][3] == "forbidden_character"


def test_a_large_record_after_many_small_ones_is_read_and_nothing_twice(tmp_path):
    small = "".join(f"IDN-P-{number},arrived,SITI\n" for number in range(100_000))
    large = f"IDN-P-A,arrived,{'x' * 3_000_000}\nIDN-P-B\n"

    found = validated(a_csv(tmp_path, HEAD + "IDN-P-C\n" + small + large + "IDN-P-D,arrived,SITI\n"))

    assert len(found.refs) == len(set(found.refs)) == 100_001
    assert [each[0] for each in found.refused] == [1, 100_002, 100_003]


def test_numbers_and_times_of_the_wrong_kind_are_refused_record_by_record(tmp_path):
    path = a_parquet(
        tmp_path,
        record_ref=["IDN-P-1", "IDN-P-2"],
        stage=["arrived", "arrived"],
        wage_amount=[float("nan"), None],
        contract_start=[datetime(2026, 7, 1), None],  # noqa: DTZ001 - as such files have it
        passport_no=[1234567, None],
        name_latin=[{"a": [1]}, None],
    )

    found = validated(path)

    assert found.refs == ["IDN-P-2"]
    assert {each[2:] for each in found.refused} == {
        ("wage_amount", "not_an_amount"),
        ("contract_start", "not_a_date"),
        ("passport_no", "string_type"),
        ("name_latin", "string_type"),
    }


@pytest.mark.parametrize("kind", [pa.string_view(), pa.large_string(), pa.binary(), pa.binary_view()], ids=str)
def test_a_bad_record_is_refused_and_named_whatever_kind_of_text_the_file_holds(kind, tmp_path):
    refs = pa.array(["IDN-P-1", "IDN-P-2"], kind)

    found = validated(a_parquet(tmp_path, record_ref=refs, stage=["arrived", "nowhere"]))

    assert found.refs == ["IDN-P-1"]
    assert found.refused == [(2, "IDN-P-2", "stage", "unknown_code")]


def test_a_day_that_python_does_not_know_is_refused(tmp_path):
    days = pa.array([10_000_000, 0], pa.int32()).cast(pa.date32())  # the year 29349

    found = validated(a_parquet(tmp_path, record_ref=["IDN-P-1", "IDN-P-2"], stage=["arrived"] * 2, birth_date=days))

    assert found.refs == ["IDN-P-2"]
    assert found.refused == [(1, "IDN-P-1", "birth_date", "not_a_date")]


def test_only_the_item_that_python_does_not_know_is_refused_in_a_list(tmp_path):
    days = pa.array([[10_000_000], [0]], pa.list_(pa.int32())).cast(pa.list_(pa.date32()))  # the year 29349

    found = validated(
        a_parquet(
            tmp_path,
            record_ref=["IDN-P-1", "IDN-P-2"],
            stage=["arrived"] * 2,
            previous_passport_nos=[["A123"], ["A123"]],
            previous_passport_expiries=days,
        )
    )

    assert found.refs == ["IDN-P-2"]
    assert found.refused == [(1, "IDN-P-1", "previous_passport_expiries.0", "not_a_date")]


@pytest.mark.slow
def test_large_fields_do_not_fill_the_memory(tmp_path):
    """Forty fields of 10 MB each are read in the memory of a few of them."""
    path = tmp_path / "records.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for number in range(40):
            file.write(f"IDN-P-{number},arrived,{'x' * 10_000_000}\n")
    program = (
        "import resource, sys; from pathlib import Path; from amanah.quality import bulk;"
        "from schemas.streams import STREAMS;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "outcome = bulk.validate(Path(sys.argv[1]), STREAMS['placement']);"
        "print(outcome.quarantined, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )

    said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)

    quarantined, megabytes = map(int, said.stdout.split())
    assert quarantined == 40
    assert megabytes < 900
