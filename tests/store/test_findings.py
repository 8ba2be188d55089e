"""Findings over time: what was open at the end of any month, however often a month is recorded again."""

import pyarrow as pa
import pytest
from found import of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from amanah.store import findings
from amanah.store.tables import discrepancy, link, reconciliation

pytestmark = pytest.mark.slow

MONTHS = [f"2026-{month:02d}" for month in range(1, 7)]


def a_link(number):
    return {
        "stream": "placement",
        "ours_ref": f"IDN-P-{number}",
        "theirs_ref": f"SAU-P-{number}",
        "grade": "certain",
        "score": 1.0,
        "why": "contract_no",
    }


def a_discrepancy(number, **values):
    return {
        "id": f"D{number}",
        "stream": "placement",
        "class": "field",
        "severity": "low",
        "reason": None,
        "field": "area",
        "ours_ref": f"IDN-P-{number}",
        "theirs_ref": f"SAU-P-{number}",
        "area": "SA-01",
        "ours": "SA-01",
        "theirs": "SA-02",
        **values,
    }


def record(connection, month, numbers, **values):
    findings.record(
        connection,
        month,
        links=of(link, [a_link(number) for number in numbers]),
        discrepancies=of(discrepancy, [a_discrepancy(number, **values) for number in numbers]),
        summary={"found": len(numbers)},
    )


def open_then(connection, month):
    links = connection.execute(select(link.c.ours_ref).where(findings.open_as_of(link, month))).scalars().all()
    found = connection.execute(select(discrepancy.c.id).where(findings.open_as_of(discrepancy, month))).scalars().all()
    assert sorted(ref.removeprefix("IDN-P-") for ref in links) == sorted(number.removeprefix("D") for number in found)
    return sorted(int(number.removeprefix("D")) for number in found)


def intervals(connection):
    """Every finding with the months it was open."""
    columns = (discrepancy.c.id, discrepancy.c.opened_in, discrepancy.c.closed_in)
    return sorted(tuple(row) for row in connection.execute(select(*columns)))


@pytest.fixture
def connection(database):
    with database.engine.connect() as connection:
        yield connection


steps = st.lists(
    st.tuples(st.integers(0, 1), st.sets(st.integers(1, 4))),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_a_month_asked_again_gives_what_was_recorded_for_it(connection, history):
    """A history: each step moves on by a month, or records the same month again with other findings."""
    with connection.begin() as transaction:
        recorded, month = {}, 0
        for forward, numbers in history:
            month = min(month + forward, len(MONTHS) - 1)
            record(connection, MONTHS[month], numbers)
            recorded[MONTHS[month]] = sorted(numbers)

        assert {month: open_then(connection, month) for month in recorded} == recorded
        corrected = intervals(connection)
        transaction.rollback()
    with connection.begin() as transaction:
        for month, numbers in recorded.items():
            record(connection, month, numbers)
        assert intervals(connection) == corrected, "correcting a month leaves what recording it right at once leaves"
        transaction.rollback()


def test_recording_a_month_again_writes_the_same_rows(connection):
    with connection.begin():
        record(connection, "2026-06", [1, 2])
        record(connection, "2026-07", [2, 3])
        before = connection.execute(select(discrepancy).order_by(discrepancy.c.id)).all()

        record(connection, "2026-07", [2, 3])

        assert connection.execute(select(discrepancy).order_by(discrepancy.c.id)).all() == before
        assert len(connection.execute(select(reconciliation)).all()) == 2


def test_a_finding_that_returns_is_open_again_and_the_gap_stays(connection):
    with connection.begin():
        for month, numbers in (("2026-05", [1]), ("2026-06", []), ("2026-07", [1])):
            record(connection, month, numbers)

        assert [open_then(connection, month) for month in ("2026-05", "2026-06", "2026-07")] == [[1], [], [1]]


def test_an_open_finding_carries_the_newest_values(connection):
    with connection.begin():
        record(connection, "2026-06", [1])
        record(connection, "2026-07", [1], severity="high", theirs="SA-04")

        [row] = connection.execute(select(discrepancy)).all()

    assert (row.opened_in, row.severity, row.theirs) == ("2026-06", "high", "SA-04")


def test_an_open_link_carries_how_it_is_known_now(connection):
    now = {**a_link(1), "grade": "probable", "score": 0.95, "why": "same name"}
    with connection.begin():
        record(connection, "2026-06", [1])
        findings.record(connection, "2026-07", links=of(link, [now]), discrepancies=of(discrepancy, []), summary={})

        [row] = connection.execute(select(link)).all()

    assert (row.opened_in, row.closed_in, row.grade, row.score, row.why) == (
        "2026-06",
        None,
        "probable",
        0.95,
        "same name",
    )


def test_links_of_records_that_were_not_looked_at_stay(connection):
    with connection.begin():
        record(connection, "2026-06", [1, 2, 3])
        nothing = {"discrepancies": of(discrepancy, []), "summary": {}}
        looked = {"placement": pa.array(["IDN-P-2", "IDN-P-3", "IDN-P-9"])}
        findings.record(connection, "2026-07", links=of(link, [a_link(3)]), again=looked, **nothing)

        open_now = connection.execute(select(link.c.ours_ref).where(findings.open_as_of(link, "2026-07"))).scalars()
        assert sorted(open_now) == ["IDN-P-1", "IDN-P-3"]


def test_the_past_is_asked_and_never_rewritten(connection):
    with connection.begin():
        record(connection, "2026-07", [1])

        with pytest.raises(ValueError, match="2026-06 cannot be recorded after 2026-07"):
            record(connection, "2026-06", [2])
