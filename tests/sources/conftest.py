"""Builders for the source tests: a mapping of the complaint stream over a small made-up system."""

from datetime import UTC, datetime

import pytest

from amanah.sources import Mapping

FIELDS = {
    "record_ref": {"column": "no", "transform": "prefix:IDN-C-"},
    "kind": {"column": "subject", "codes": {"GAJI": "wages_unpaid", "SAKIT": "sick"}},
    "received_on": {"column": "received", "transform": "date_iso"},
    "stage": {"column": "state", "codes": {"1": "received", "2": "resolved"}},
}
PLACES = {"sql": {"table": "cases"}, "rest": {"endpoint": "/cases"}, "csv": {"pattern": "cases_{month}.csv"}}


@pytest.fixture(scope="session")
def a_mapping():
    """Build a mapping; keywords replace its entries."""

    def build(kind="csv", **changed):
        entries = {
            "name": "case_desk",
            "kind": kind,
            "stream": "complaint",
            "key": "no",
            "updated_at": "changed",
            "fields": FIELDS,
            **PLACES[kind],
        }
        return Mapping.model_validate(entries | changed)

    return build


@pytest.fixture(scope="session")
def at():
    """A moment of July 2026, UTC: ``at(3)`` is midnight of the third, ``at(3, 12)`` its noon."""
    return lambda day, hour=0, minute=0: datetime(2026, 7, day, hour, minute, tzinfo=UTC)
