"""What earlier batches looked like: kept in counts, asked in order, never from a later month."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from builders import a_placement, a_revision
from sqlalchemy import insert

from amanah.store import profiles, records, references
from amanah.store.profiles import Profile
from amanah.store.tables import batch

pytestmark = pytest.mark.slow

FULL = Profile(
    120,
    {"stage": {"arrived": 100, "departed": 20}, "area": {"SA-01": 7}},
    {"visa_no": 80, "contract_no": 0},
    {"wage_amount": {"SAR": (90, Decimal("1700.5000")), "IDR": (20, Decimal("7000000.0000"))}},
)


@pytest.fixture
def load(database):
    """Note a loaded batch, as intake does."""

    def load(period, profile, source="siskop2mi"):
        now = datetime.now(UTC)
        row = {"source": source, "period": period, "stream": "placement", "read": profile.records}
        row |= {"accepted": profile.records, "quarantined": 0, "changed": 0, "read_until": now, "loaded_at": now}
        with database.engine.begin() as connection:
            connection.execute(insert(batch).values(row))
            profiles.add(connection, source, period, profile)

    return load


@pytest.fixture
def before(database):
    def before(period, months=6, source="siskop2mi"):
        with database.engine.connect() as connection:
            return profiles.before(connection, source, period, months=months)

    return before


def test_a_profile_comes_back_as_it_was(load, before):
    load("2026-06", FULL)

    assert before("2026-07") == (FULL,)


def test_a_batch_without_anything_to_count_is_history_too(load, before):
    load("2026-06", Profile(0))

    assert before("2026-07") == (Profile(0),)


def test_the_newest_come_first_and_only_so_many(load, before):
    for month in (3, 1, 5, 2, 4):
        load(f"2026-{month:02d}", Profile(month))

    assert [profile.records for profile in before("2026-06", months=3)] == [5, 4, 3]


def test_an_earlier_month_is_held_against_earlier_months_only(load, before):
    for month in (1, 2, 3):
        load(f"2026-{month:02d}", Profile(month))

    assert [profile.records for profile in before("2026-02")] == [1]


def test_every_source_has_its_own_history(load, before):
    load("2026-06", Profile(1))
    load("2026-06", Profile(2), source="musaned")

    assert [profile.records for profile in before("2026-07")] == [1]


def test_a_reference_leads_somewhere_when_that_party_had_the_record_by_then(database):
    with database.engine.begin() as connection:
        for ref, holder, month in (
            ("IDN-P-1", "IDN", "2026-06"),
            ("IDN-P-2", "IDN", "2026-08"),
            ("X", "SAU", "2026-06"),
        ):
            revisions = [a_revision(a_placement(ref), number) for number in (1, 2)]
            records.add(connection, "placement", revisions, holder=holder, known_in=month, origin="test")

        found = references.known(
            connection, "placement", holder="IDN", refs={"IDN-P-1", "IDN-P-2", "IDN-P-3", "X"}, as_of="2026-07"
        )

    assert found == {"IDN-P-1"}
