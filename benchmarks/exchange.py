"""The exchange without its wire: from what is unsent to the answer, for a whole stock and for a day's delta.

``python -m benchmarks.exchange`` prints the table of ``docs/benchmarks.md``. Each step is a process of its own, so that
its peak memory is its own; the exchange point is a folder. The database is the demonstration's, which does not wait
for the disk; its own processor time is not counted, the time on the clock contains it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import yaml

from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import seal
from amanah.node import Node
from amanah.store import records
from amanah.store.fingerprint import fingerprint
from amanah.store.records import Revision
from benchmarks import placements
from benchmarks.measuring import peak_memory
from schemas.agreement import FOLDER
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]
STOCK, DELTA = "2026-06", "2026-07"
PARTIES = ("IDN", "SAU")
AT_A_TIME = 10_000


class Folder:
    """The exchange point as a folder on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self, folder: str) -> list[str]:
        """The complete files in ``folder``."""
        here = self._root / folder.strip("/")
        return sorted(path.name for path in here.glob("*.pgp"))

    def put(self, source: Path, folder: str) -> None:
        """Store ``source``."""
        here = self._root / folder.strip("/")
        here.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, here / source.name)

    def get(self, folder: str, name: str, target: Path) -> None:
        """Fetch ``name``."""
        shutil.copyfile(self._root / folder.strip("/") / name, target)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--records", type=int, default=1_000_000)
    asked.add_argument("--changed", type=int, default=5_000)
    asked.add_argument("--step", nargs=4, metavar=("FILE", "VERB", "PERIOD", "ROOT"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.step:
        _step(Path(given.step[0]), given.step[1], given.step[2], Path(given.step[3]))
        return
    with TemporaryDirectory() as folder, Supervisor(Path(folder) / "services") as supervisor:
        room = Path(folder)
        server = Postgres(supervisor.folder)
        server.start(supervisor)
        files = _nodes(room, server)
        placements.write(given.records, room / "stock.parquet", room / "stock.csv")
        (room / "stock.csv").unlink()
        print("| | step | CPU s | s on the clock | peak MB | package MB |\n|---|---|---|---|---|---|", flush=True)
        _hold(Node.load(files["IDN"]), _read(room / "stock.parquet", given.records), STOCK, revision=1)
        _exchange(f"{given.records:,} records", files, STOCK, room)
        changed = (
            {**record, "wage_amount": None, "wage_currency": None, "wage_period": None}
            for record in _read(room / "stock.parquet", given.changed)
        )
        _hold(Node.load(files["IDN"]), changed, DELTA, revision=2)
        _exchange(f"{given.changed:,} changed of {given.records:,}", files, DELTA, room)


def _nodes(room: Path, server: Postgres) -> dict[str, Path]:
    keys = {party: (room / f"{party}.key", room / f"{party}.cert") for party in PARTIES}
    for party, pair in keys.items():
        seal.generate(f"{party} (benchmark)", *pair)
    files = {}
    for party, partner in zip(PARTIES, reversed(PARTIES), strict=True):
        server.create_database(f"node_{party.lower()}")
        content = {
            "party": party,
            "agreement": str(FOLDER / "idn-sau.yaml"),
            "store": str(room / party),
            "database": server.url(f"node_{party.lower()}"),
            "keys": {"ours": str(keys[party][0]), "partner": str(keys[partner][1])},
        }
        files[party] = room / f"{party}.yaml"
        files[party].write_text(yaml.safe_dump(content), encoding="utf-8")
        Node.load(files[party]).migrate()
    return files


def _read(path: Path, most: int) -> Iterator[dict[str, object]]:
    left = most
    for batch in pq.ParquetFile(path).iter_batches(AT_A_TIME):
        yield from batch.slice(0, left).to_pylist()
        left -= min(left, batch.num_rows)
        if not left:
            return


def _hold(node: Node, found: Iterator[dict[str, object]], month: str, *, revision: int) -> None:
    while some := [record for record, _ in zip(found, range(AT_A_TIME), strict=False)]:
        made = [
            Revision(str(record["record_ref"]), revision, record, fingerprint(record, PLACEMENT.fields))
            for record in some
        ]
        with node.database.engine.begin() as connection:
            records.add_ours(connection, "placement", made, us=node.us, known_in=month, origin="benchmark")


def _exchange(title: str, files: dict[str, Path], period: str, room: Path) -> None:
    for party, verb in (
        ("IDN", "publish"),
        ("IDN", "deliver"),
        ("SAU", "collect"),
        ("SAU", "admit"),
        ("SAU", "deliver"),
        ("IDN", "collect"),
        ("IDN", "admit"),
    ):
        command = [
            sys.executable,
            "-m",
            "benchmarks.exchange",
            "--step",
            str(files[party]),
            verb,
            period,
            str(room / "point"),
        ]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        newest = max((room / "IDN" / "outbox").glob("*placement*"), key=lambda path: path.name)
        size = f"{newest.stat().st_size / 1e6:.1f}" if verb == "publish" else ""
        print(
            f"| {title} | {party} {verb} | {said['cpu']:.1f} | {said['wall']:.1f} | {said['peak']:.0f} | {size} |",
            flush=True,
        )


def _step(file: Path, verb: str, period: str, root: Path) -> None:
    node, wire = Node.load(file), Folder(root)
    verbs = {
        "publish": lambda: node.publish("placement", period),
        "deliver": lambda: node.deliver(wire),
        "collect": lambda: node.collect(wire),
        "admit": node.admit,
    }
    began, cpu = time.perf_counter(), time.process_time()
    verbs[verb]()
    peak = peak_memory()
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - began, "peak": peak}))


if __name__ == "__main__":
    main()
