"""The ledger: entries a second by one and by two writers, and checking them, with memory.

``python -m benchmarks.ledger`` prints the table of ``docs/evidence.md``. The server is the demonstration's, which does
not wait for the disk (fsync off): a real one adds the disk's own wait to each commit, whatever is written.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import ledger
from amanah.store.database import Database

_FILL = """
    INSERT INTO ledger SELECT n, now(), 'IDN-SAU-placement-000001', 'built',
        jsonb_build_object('package_sha256', repeat('a', 64), 'manifest_sha256', repeat('b', 64)),
        lpad((n - 1)::text, 64, '0'), lpad(n::text, 64, '0')
    FROM generate_series((SELECT max(position) + 1 FROM ledger), :upto) AS n
"""


def append(url: str, count: int) -> None:
    """Append ``count`` entries, each in a transaction of its own."""
    database = Database(url)
    for number in range(count):
        with database.engine.begin() as connection:
            ledger.append(connection, "IDN-SAU-placement-000001", "built", records=number)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--appends", type=int, default=2_000)
    asked.add_argument("--entries", type=int, default=1_000_000)
    asked.add_argument("--append", metavar="URL", help="append to this database and end; one of the writers")
    given = asked.parse_args()
    if given.append:
        print(_seconds(lambda: append(given.append, given.appends)))
        return
    with TemporaryDirectory() as folder, Supervisor(Path(folder)) as supervisor:
        server = Postgres(Path(folder))
        server.start(supervisor)
        server.create_database("bench")
        url = server.url("bench")
        database = Database(url)
        database.migrate()
        argv = [sys.executable, "-m", "benchmarks.ledger", "--appends", str(given.appends), "--append", url]
        print("| the ledger | |\n|---|---|")
        _say("entries a second, one writer", given.appends / _seconds(lambda: append(url, given.appends)))
        _say("entries a second, two writers", 2 * given.appends / _slower_of_both(argv))
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ledger_follows"))
            connection.execute(text(_FILL), {"upto": given.entries})
        with database.engine.connect() as connection:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            took = _seconds(lambda: sum(1 for _ in ledger.breaks(ledger.entries(connection))))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            size = connection.execute(text("SELECT pg_total_relation_size('ledger')")).scalar_one()
        _say("entries checked a second", given.entries / took)
        _say("memory added by checking them, MB", grown)
        _say("bytes of an entry on disk, with indexes", size / given.entries)


def _slower_of_both(argv: list[str]) -> float:
    """The longer of two writers' times, in seconds, without what it takes to start them."""
    writers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return max(float(writer.communicate()[0]) for writer in writers)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _say(what: str, value: float) -> None:
    print(f"| {what} | {value:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
