"""A node's monthly reconciliation: of everything, and of what changed since the month before.

``python -m benchmarks.carrying_on`` prints the table of ``docs/benchmarks.md``. Each step is a process of its own, so
that its peak memory is its own; PostgreSQL's processor time is counted beside it. The database is the demonstration's,
which does not wait for the disk.
"""

import argparse
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import yaml
from psycopg import sql
from sqlalchemy import Connection, insert

from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import seal
from amanah.node import Node
from amanah.store.tables import message
from benchmarks.linkage.generate import generator
from benchmarks.linkage.registers import write
from benchmarks.measuring import peak_memory
from schemas.agreement import FOLDER

US, THEM = "IDN", "SAU"
FIRST, NEXT, THIRD = "2026-07", "2026-08", "2026-09"
STREAMS = ("placement", "complaint")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--records", type=int, default=1_000_000)
    asked.add_argument("--changed", type=int, default=5_000)
    asked.add_argument("--step", nargs=2, metavar=("FILE", "PERIOD"), help=argparse.SUPPRESS)
    asked.add_argument("--whole", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.step:
        _step(Path(given.step[0]), given.step[1], whole=given.whole)
        return
    with TemporaryDirectory() as folder, Supervisor(Path(folder) / "services") as supervisor:
        room = Path(folder)
        server = Postgres(supervisor.folder)
        server.start(supervisor)
        file = _node(room, server)
        write(generator("hard", given.records, 7), given.records, room)
        node = Node.load(file)
        with node.database.engine.begin() as connection:
            for party, side in ((US, "ours"), (THEM, "theirs")):
                _hold(connection, pq.read_table(room / f"{side}.parquet"), party, FIRST, 1)
        print("| | CPU s | of this PostgreSQL's | s on the clock | peak MB |\n|---|---|---|---|---|", flush=True)
        _measured(f"{given.records:,} a side, and what linking learns", file, FIRST, supervisor)
        for period, revision in ((NEXT, 2), (THIRD, 3)):
            with node.database.engine.begin() as connection:
                for party, side in ((US, "ours"), (THEM, "theirs")):
                    some = pq.read_table(room / f"{side}.parquet").slice(revision * given.changed, given.changed // 2)
                    _hold(connection, _changed(some), party, period, revision)
            _measured(f"{given.changed:,} changed", file, period, supervisor)
        _measured("everything again", file, THIRD, supervisor, "--whole")


def _node(room: Path, server: Postgres) -> Path:
    keys = {party: (room / f"{party}.key", room / f"{party}.cert") for party in (US, THEM)}
    for party, pair in keys.items():
        seal.generate(f"{party} (benchmark)", *pair)
    server.create_database("node")
    content = {
        "party": US,
        "agreement": str(FOLDER / "idn-sau.yaml"),
        "store": str(room / US),
        "database": server.url("node"),
        "keys": {"ours": str(keys[US][0]), "partner": str(keys[THEM][1])},
    }
    file = room / "node.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    Node.load(file).migrate()
    return file


def _changed(records: pa.Table) -> pa.Table:
    """The same with another stage: a field that both sides compare."""
    stage = pa.array(["returned"] * records.num_rows)
    return records.set_column(records.column_names.index("stage"), "stage", stage)


def _hold(connection: Connection, found: pa.Table, holder: str, period: str, revision: int) -> None:
    """Let the node hold ``found``, exchanged and accepted."""
    direction = "out" if holder == US else "in"
    for stream in STREAMS:
        answered = {
            "message_id": f"{holder}-{stream}-{revision}", "direction": direction, "sender": holder, "stream": stream,
            "sequence": revision, "kind": "records", "environment": "test", "period": period, "state": "accepted",
            "package_sha256": "0" * 64, "records": found.num_rows, "rejected_records": 0, "verdict": "accepted",
            "created_at": "2026-10-01T00:00:00Z", "answered_at": "2026-10-01T00:00:00Z",
        }  # fmt: skip
        connection.execute(insert(message).values(answered))
    told = {"revision": revision, "fingerprint": "0" * 64}
    kept = {"holder": holder, "known_in": period, "withdrawn": False, "origin": f"{holder}-placement-{revision}"}
    _copy(connection, "placement", _with(found, {**told, **kept}))
    if holder == US:
        sent = {"message_id": kept["origin"], "stream": "placement", "action": "new", "sequence": revision}
        _copy(connection, "sent_record", _with(found.select(["record_ref"]), {**told, **sent, "rejected": False}))


def _with(table: pa.Table, values: dict[str, object]) -> pa.Table:
    for name, value in values.items():
        table = table.append_column(name, pa.repeat(pa.scalar(value), table.num_rows))
    return table


def _copy(connection: Connection, table: str, rows: pa.Table) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    with connection.connection.cursor() as cursor, cursor.copy(into) as target:  # type: ignore[attr-defined]
        for batch in rows.to_batches(max_chunksize=100_000):
            text = io.BytesIO()
            pacsv.write_csv(batch, text, pacsv.WriteOptions(include_header=False))
            target.write(text.getvalue())


def _measured(title: str, file: Path, period: str, supervisor: Supervisor, *options: str) -> None:
    before = _processor_time(supervisor)
    command = [sys.executable, "-m", "benchmarks.carrying_on", "--step", str(file), period, *options]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    database = _processor_time(supervisor) - before
    print(
        f"| {title} | {said['cpu'] + database:.1f} | {database:.1f} | {said['wall']:.1f} | {said['peak']} |", flush=True
    )


def _processor_time(supervisor: Supervisor) -> float:
    """Of PostgreSQL and of its processes that ended."""
    pid = int((supervisor.folder / "postgres" / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    server = psutil.Process(pid)
    while True:
        try:
            spent = [server.cpu_times(), *(child.cpu_times() for child in server.children(recursive=True))]
            break
        except psutil.NoSuchProcess:  # it ended meanwhile, and counts with the server's children now
            continue
    return sum(times.user + times.system for times in spent) + spent[0].children_user + spent[0].children_system


def _step(file: Path, period: str, *, whole: bool) -> None:
    node = Node.load(file)
    began, cpu = time.perf_counter(), time.process_time()
    node.reconcile(period, whole=whole)
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - began, "peak": peak_memory()}))


if __name__ == "__main__":
    main()
