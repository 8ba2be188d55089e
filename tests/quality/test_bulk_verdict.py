"""The bulk validator gives exactly the verdict that pydantic gives, whatever a file holds."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import get_origin

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError
from spoiling import text_records, typed_tables

from amanah.quality.bulk import validate
from amanah.quality.bulk.rules import is_known
from amanah.quality.bulk.screen import Screen
from schemas import agreement as agreements
from schemas.cautions import caution_checks
from schemas.examples import RECORDS
from schemas.forms import arrow_schema
from schemas.texts import from_text

CORRIDORS = [agreements.FOLDER / "idn-sau.yaml", Path(__file__).parent.parent / "corridors" / "ken-jor.yaml"]
AGREEMENT = agreements.load(CORRIDORS[0])
AGREED = [AGREEMENT.checked_stream(name) for name in AGREEMENT.streams]

each_stream = pytest.mark.parametrize("stream", AGREED, ids=lambda stream: stream.name)
as_often_as_needed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def by_pydantic(records: Iterable[dict], stream):
    """Accepted records and, for the others, their (row, field, code): one record after the other, nothing else."""
    accepted, refused, seen = [], set(), set()
    for row, record in enumerate(records, start=1):
        values = {name: _listed(value, stream.python_type(name)) for name, value in record.items()}
        try:
            dumped = stream.model.model_validate({n: v for n, v in values.items() if v is not None}).model_dump()
        except ValidationError as error:
            refused |= {(row, ".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors()}
            continue
        if dumped["record_ref"] in seen:
            refused.add((row, "record_ref", "repeated"))
        else:
            seen.add(dumped["record_ref"])
            accepted.append(dumped)
    return accepted, refused


def _listed(value, kind):
    if get_origin(kind) is not list or not isinstance(value, str):
        return value
    try:
        return from_text(value, list[str])
    except ValueError:
        return value


def in_bulk(path, stream, out):
    outcome = validate(path, stream, out=out)
    accepted = pq.read_table(out / "accepted.parquet")
    quarantine = pq.read_table(out / "quarantine.parquet").to_pylist()
    assert accepted.schema == arrow_schema(stream)
    assert outcome.read == outcome.accepted + outcome.quarantined
    assert outcome.accepted == len(accepted)
    assert [finding["row"] for finding in quarantine] == sorted(finding["row"] for finding in quarantine)
    return accepted.to_pylist(), {(finding["row"], finding["field"], finding["code"]) for finding in quarantine}


def exactly(verdict):
    """A verdict in which 1500 and 1500.00 are two things."""
    accepted, refused = verdict
    return [{name: repr(value) for name, value in record.items()} for record in accepted], refused


@pytest.mark.slow
@each_stream
def test_a_csv_file_gets_the_verdict_of_pydantic(stream, tmp_path):
    @as_often_as_needed
    @given(text_records(stream))
    def same(records):
        path = tmp_path / "records.csv"
        with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            lines = csv.DictWriter(file, stream.fields, quoting=csv.QUOTE_ALL)
            lines.writeheader()
            lines.writerows(records)

        assert exactly(in_bulk(path, stream, tmp_path / "out")) == exactly(by_pydantic(records, stream))

    same()


@pytest.mark.slow
@each_stream
def test_a_parquet_file_gets_the_verdict_of_pydantic(stream, tmp_path):
    @as_often_as_needed
    @given(typed_tables(stream))
    def same(table):
        path = tmp_path / "records.parquet"
        pq.write_table(table, path)

        assert exactly(in_bulk(path, stream, tmp_path / "out")) == exactly(by_pydantic(table.to_pylist(), stream))

    same()


@pytest.mark.parametrize("file", CORRIDORS, ids=lambda file: file.stem)
def test_the_screen_knows_every_field_rule_and_check_in_use(file):
    """What it does not know is right all the same, but takes ten times as long: pydantic decides on every record."""
    agreement = agreements.load(file)

    for name in agreement.streams:
        stream = agreement.checked_stream(name)
        assert Screen(stream).unknown == ()
        assert all(is_known(check) for check in caution_checks(agreement, stream))


@each_stream
def test_good_records_surely_pass_without_pydantic(stream):
    batch = pa.RecordBatch.from_pylist([dict(record) for record in RECORDS[stream.name]], schema=arrow_schema(stream))

    assert Screen(stream).apply(batch).sure.all()
