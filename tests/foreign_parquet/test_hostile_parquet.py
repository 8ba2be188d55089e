"""Parquet made to do harm is refused in words, or read in bounded memory; what is only unusual is read."""

import subprocess
import sys

import hostile
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amanah import foreign_parquet
from amanah.foreign_parquet.thrift import Malformed, Reader, TooMany

RECORD = 12 << 20


def read(path, *, longest=RECORD):
    found = foreign_parquet.batches(path, rows=32_000, longest=longest, check_schema=lambda *_: None)
    return pa.Table.from_batches(list(found))


REFUSED = {
    "a page of zeros": (hostile.zstd_bomb, "has a page that unpacks to 286 MB, more than 256"),
    "a page that lies": (hostile.lying_page, "has a page that unpacks to 1907 MB"),
    "a column outside of the file": (lambda: hostile.outside(1 << 40, 100), "a column lies outside of the file"),
    "a column longer than the file": (lambda: hostile.outside(4, 1 << 40), "a column lies outside of the file"),
    "a column before the file": (lambda: hostile.outside(0, 10), "a column lies outside of the file"),
    "bytes that are no page": (lambda: hostile.outside(4, 100), "a page says a size or a kind that cannot be"),
    "more items than a list can have": (lambda: hostile.many_items(17_000_000), "more than 16000000 list items"),
    "an endless list": (lambda: hostile.many_items(2_000_000), "a record of more than 12582912 bytes, number 1"),
    "thousands of columns": (hostile.many_columns, "2001 columns, which is more than 1000"),
    "much beside the records": (hostile.large_metadata, "describes itself in"),
    "a corrupt footer": (hostile.corrupt_footer, "its description cannot be read"),
    "a footer longer than the file": (lambda: b"PAR1" + b"\xff\xff\xff\x7fPAR1", "its end says no place in it"),
    "no Parquet": (lambda: b"x", "its end says no place in it"),
}


@pytest.mark.slow
def test_hundreds_of_thousands_of_row_groups_are_refused(tmp_path):
    with pytest.raises(foreign_parquet.Unfit, match="cut into too many row groups"):
        read(hostile.write(tmp_path, hostile.many_groups()))


@pytest.mark.parametrize(("made", "says"), REFUSED.values(), ids=REFUSED)
def test_what_would_fill_the_memory_or_is_damaged_is_refused_in_words(made, says, tmp_path):
    with pytest.raises(foreign_parquet.Unfit) as refused:
        read(hostile.write(tmp_path, made()))

    assert says in str(refused.value)


def test_nesting_that_arrow_itself_limits_is_an_error_of_arrow(tmp_path):
    with pytest.raises((OSError, pa.ArrowException)):
        read(hostile.write(tmp_path, hostile.deep()))


def test_a_record_longer_than_allowed_is_refused_by_its_number(tmp_path):
    pq.write_table(pa.table({"record_ref": ["a", "b" * 2000, "c"]}), tmp_path / "p.parquet", row_group_size=1)

    with pytest.raises(foreign_parquet.Unfit, match="more than 1000 bytes, number 2"):
        read(tmp_path / "p.parquet", longest=1000)


def test_a_file_that_claims_more_records_than_it_can_hold_is_refused(tmp_path):
    made = hostile.one_column(b"\0" * 100, values=2_000_000)

    with pytest.raises(foreign_parquet.Unfit, match="says it holds 2000000 records"):
        read(hostile.write(tmp_path, made))


TABLE = pa.table(
    {
        "text": [None, "SITI", "", "سيتي" * 300, "SITI"],
        "many": pa.array([["a", None], [], None, ["b" * 2000], ["a"]]),
        "nested": pa.array([{"a": [{"b": "x" * 2000}]}, None, {"a": None}, {"a": []}, {"a": [None]}]),
        "days": pa.array([1, None, 3, 4, 5], pa.int32()).cast(pa.date32()),
        "amount": pa.array([1, 2, None, 4, 5], pa.decimal128(12, 2)),
        "none": pa.nulls(5, pa.string()),
    }
)
FORMS = {
    "as Arrow writes": {},
    "without dictionaries": {"use_dictionary": False},
    "pages of version 2": {"data_page_version": "2.0", "compression": "zstd"},
    "without the Arrow schema": {"store_schema": False},
    "one record a row group": {"row_group_size": 1},
    "tiny pages": {"data_page_size": 1, "write_batch_size": 1, "dictionary_pagesize_limit": 20},
    "delta lengths": {"use_dictionary": False, "column_encoding": {"text": "DELTA_LENGTH_BYTE_ARRAY"}},
    "delta texts": {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY"}},
    "checksums and page indexes": {"write_page_checksum": True, "write_page_index": True},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_is_read_is_what_was_written_in_every_form_of_parquet(form, tmp_path):
    pq.write_table(TABLE, tmp_path / "p.parquet", **form)

    assert read(tmp_path / "p.parquet").to_pylist() == TABLE.to_pylist()


def test_long_texts_come_in_small_batches_and_none_is_missing(tmp_path):
    path = hostile.write(tmp_path, hostile.long_text())

    found = foreign_parquet.batches(path, rows=32_000, longest=RECORD, check_schema=lambda *_: None)

    batches = [(len(batch), batch.nbytes) for batch in found]
    assert sum(count for count, _ in batches) == 1000
    assert max(size for _, size in batches) < 40_000_000


NO_STRUCTURES = {
    "empty": b"",
    "cut off": b"\x15",
    "a number cut off": b"\x15\x80",
    "a number without end": b"\x15" + b"\x80" * 11,
    "an unknown kind": b"\x1d\x00",
    "a text longer than all": b"\x18\x7f\x00",
    "nested without end": b"\x1c" * 40,
    "a field twice": b"\x15\x02\x05\x02\x02\x00",
}


@pytest.mark.parametrize("data", NO_STRUCTURES.values(), ids=NO_STRUCTURES)
def test_what_is_no_structure_of_thrift_is_malformed(data):
    with pytest.raises(Malformed):
        Reader(data, structures=10).struct()


def test_more_structures_than_allowed_are_too_many():
    with pytest.raises(TooMany):
        Reader(b"\x19\xfc\x0b" + b"\0" * 11 + b"\0", structures=10).struct()


BOUNDED = {
    "texts in a dictionary": hostile.long_text,
    "texts in a stored Arrow dictionary": lambda: hostile.long_text(store_schema=True),
    "items in a dictionary": hostile.long_items,
    "texts that repeat the one before": hostile.long_prefixes,
    "wide values": hostile.wide_values,
    "two million items": lambda: hostile.many_items(2_000_000),
}
PROGRAM = """
import resource, sys
from pathlib import Path
from amanah.quality import bulk
from schemas.streams import STREAMS
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    outcome = bulk.validate(Path(sys.argv[1]), STREAMS["placement"])
    said = f"{outcome.read} read, {outcome.quarantined} quarantined"
except bulk.UnreadableFile as error:
    said = str(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, said)
"""


@pytest.mark.slow
@pytest.mark.parametrize("made", BOUNDED.values(), ids=BOUNDED)
def test_a_small_file_cannot_fill_the_memory_of_validate(made, tmp_path):
    path = hostile.write(tmp_path, made())

    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True)

    megabytes, said = ran.stdout.split(maxsplit=1)
    assert int(megabytes) < 450
    count = said.split()[0]
    assert "a record of more than" in said or said.strip() == f"{count} read, {count} quarantined"
