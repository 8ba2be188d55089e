"""The ledger: a chain in which a forged, lost or reordered entry shows, and which two writers cannot fork."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from builders import a_placement
from corridor import entries
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from amanah.exchange import ledger
from amanah.exchange.ledger import Entry
from amanah.exchange.ledger.room import Room, measure
from amanah.store.database import MIGRATIONS, DatabaseRefused
from amanah.store.locks import hold

APPENDING = Path(__file__).with_name("appending.py")

pytestmark = pytest.mark.slow


@pytest.fixture
def forge(database):
    """Change the ledger as somebody could who owns the database: with the trigger switched off."""
    with database.engine.begin() as connection:
        for number in range(1, 6):
            ledger.append(connection, f"IDN-SAU-placement-{number:06d}", "built", records=number)

    def run(statement):
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ledger_stays"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER ledger_stays"))
            return ledger.first_broken_entry(connection)

    return run


def test_what_was_appended_is_a_chain(forge):
    assert forge("SELECT 1") is None


@pytest.mark.parametrize(
    "change",
    [
        "event = 'accepted'",
        "detail = '{\"records\": 0}'",
        "at = at + interval '1 microsecond'",
        "message_id = 'IDN-SAU-placement-000009'",
        "hash = repeat('0', 64)",
        "previous_hash = repeat('1', 64)",
        "position = 30",
    ],
)
def test_a_forged_entry_is_found(forge, change):
    assert forge(f"UPDATE ledger SET {change} WHERE position = 3") == 3


def test_a_lost_entry_is_found(forge):
    assert forge("DELETE FROM ledger WHERE position = 2") == 2


def test_an_entry_of_a_step_that_failed_is_not_kept(database):
    class StepFailedError(Exception):
        pass

    def step() -> None:
        with database.engine.begin() as connection:
            ledger.append(connection, "IDN-SAU-placement-000001", "sent")
            raise StepFailedError

    with pytest.raises(StepFailedError):
        step()
    with database.engine.begin() as connection:
        ledger.append(connection, "IDN-SAU-placement-000001", "built")
        assert connection.execute(text("SELECT position, event FROM ledger")).all() == [(1, "built")]


def test_an_entry_is_sealed_over_one_plain_line():
    """The line is what docs/evidence.md says; ``printf LINE | sha256sum`` gives the same."""
    at = datetime(2026, 8, 1, 2, 0, 0, 5, tzinfo=UTC)
    entry = Entry(2, at, "IDN-SAU-placement-000001", "sent", {"b": "é x", "a": 3}, "f" * 64, "")

    assert entry.line == (
        "f" * 64 + ' 2 2026-08-01T02:00:00.000005Z IDN-SAU-placement-000001 sent {"a":3,"b":"\\u00e9 x"}\n'
    )
    said = subprocess.run(["sha256sum"], input=entry.line, capture_output=True, text=True, check=True).stdout
    assert entry.seal == said.split()[0]


def test_whatever_a_partners_file_had_in_it_the_entry_is_written_and_short(database):
    hostile = "\x00\x1b[31m\ud800\n" + "name" * 10_000

    with database.engine.begin() as connection:
        ledger.append(connection, "SAU-IDN-status-000001", "alarm", reason=hostile)

    with database.engine.connect() as connection:
        (entry,) = ledger.entries(connection)
        assert entry.detail["reason"] == ("??[31m??" + "name" * 10_000)[: ledger.LONGEST_TEXT]
        assert ledger.first_broken_entry(connection) is None


def test_two_processes_at_once_make_one_chain(database):
    url = database.url.render_as_string(hide_password=False)
    both = [
        subprocess.Popen(
            [sys.executable, str(APPENDING), url, name, "100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for name in ("IDN-SAU-placement-000001", "IDN-SAU-placement-000002")
    ]
    for each in both:
        assert each.stdout.readline() == b"ready\n"
    for each in both:
        each.stdin.write(b"go\n")
        each.stdin.flush()
    for each in both:
        each.communicate(timeout=60)

    assert [each.returncode for each in both] == [0, 0]
    with database.engine.connect() as connection:
        assert ledger.first_broken_entry(connection) is None
        assert ledger.head(connection).position == 200


def test_who_does_not_wait_for_the_lock_is_refused_not_a_second_branch(database, monkeypatch):
    """The lock keeps order; that there is one chain does not depend on it."""
    monkeypatch.setattr(ledger, "hold", lambda _connection, _name: None)
    with database.engine.begin() as first, database.engine.connect() as second:
        second.execute(text("SET lock_timeout = '100ms'"))
        ledger.append(first, "IDN-SAU-placement-000001", "built")
        with pytest.raises((DatabaseRefused, OperationalError)):
            ledger.append(second, "IDN-SAU-placement-000002", "built")

    with database.engine.connect() as connection:
        assert [entry.message_id for entry in ledger.entries(connection)] == ["IDN-SAU-placement-000001"]


def test_reading_waits_for_nobody(database):
    with database.engine.begin() as connection:
        ledger.append(connection, "IDN-SAU-placement-000001", "built")
        hold(connection, "ledger")
        with database.engine.connect() as reader:
            reader.execute(text("SET lock_timeout = '100ms'"))
            assert list(ledger.entries(reader)) == []


def test_a_message_costs_a_handful_of_entries_however_many_records_it_has(corridor):
    corridor.send(*(a_placement(f"IDN-P-{number}") for number in range(300)))
    corridor.exchange()

    assert [entry.event for entry in entries(corridor.sau)] == ["received", "built", "answered", "sent", "stored"]
    assert len(entries(corridor.idn)) == 6


def test_entries_from_before_the_plain_line_are_sealed_anew_once(a_database):
    database = a_database(template=None)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for number in (1, 2, 3):
            connection.execute(
                text("INSERT INTO ledger VALUES (:n, now(), 'x', 'built', '{\"records\": 3}', repeat('0', 64), :hash)"),
                {"n": number, "hash": str(number) * 64},
            )

    database.migrate()

    with database.engine.begin() as connection:
        ledger.append(connection, "x", "sent")
        assert ledger.first_broken_entry(connection) is None
        assert ledger.head(connection).position == 4


@pytest.mark.parametrize(
    ("used", "full_on", "says"),
    [
        (0.1, None, None),
        (0.1, "2199-01-01", None),
        (0.71, None, "uses 71% of the 100 MB that node.yaml gives it; nothing is refused"),
        (0.2, "2026-01-01", "all of it about 2026-01-01 at the pace of the last 90 days"),
    ],
)
def test_a_person_is_told_long_before_there_is_no_room(used, full_on, says):
    day = datetime.fromisoformat(full_on).date() if full_on else None
    warning = Room(entries=9, bytes=int(used * 100e6), allowed=100_000_000, full_on=day).warning

    assert (warning is None) == (says is None)
    assert says is None or says in warning


def test_the_room_is_measured_and_its_end_foreseen(database):
    """Two hundred entries in the last ten days: room for twice as much is used up in about ten more."""
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
        connection.execute(
            text(
                "INSERT INTO ledger SELECT n, now() - interval '10 days' * (1 - n / 200.0), 'x', 'x', '{}', "
                "lpad(n::text, 64, '0'), lpad(n::text, 64, 'f') FROM generate_series(1, 200) AS n"
            )
        )
        size = measure(connection, allowed=1).bytes
        room = measure(connection, allowed=2 * size)
        empty = measure(connection, allowed=10**12)

    assert room.entries == 200
    assert abs((room.full_on - datetime.now(UTC).date()).days - 10) <= 1
    assert empty.full_on is None or empty.warning is None
