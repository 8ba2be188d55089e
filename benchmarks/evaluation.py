"""The quarterly evaluation: a frozen snapshot to three editions, beside DuckDB scanning the same tables once.

``python -m benchmarks.evaluation`` prints the tables of ``docs/benchmarks.md``. The snapshot is made up directly as a
node freezes it: a placement in ten and a complaint in ten known to one side only, and 60 agencies on either side. Each
work runs in a process of its own; "rendering" is the same evaluation of a snapshot without rows.
"""

import argparse
import os
import platform
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measuring import Measured, measure
from benchmarks.snapshots import AGREEMENT, freeze
from reports import evaluate
from reports.snapshot import files, read_terms

COMPLAINTS = 10  # placements to one complaint


def main() -> None:
    """Make the snapshots, let each work run, print what it took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--placements", type=int, nargs="+", default=[100_000, 1_000_000, 3_000_000], help="a side; each a table"
    )
    asked.add_argument("--times", type=int, default=3, help="runs; medians are printed")
    given = asked.parse_args()
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},",
        f"DuckDB {version('duckdb')}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    with TemporaryDirectory() as folder:
        rendering = _measured("rendering", freeze(Path(folder) / "nothing", 0, 0), given.times)
        for placements in given.placements:
            snapshot = freeze(Path(folder) / str(placements), placements, placements // COMPLAINTS)
            _print(snapshot, placements, rendering, given.times)
        _print_sizes(snapshot.parent / "out")


def _print(snapshot: Path, placements: int, rendering: Measured, times: int) -> None:
    scan, editions = _measured("scan", snapshot, times), _measured("editions", snapshot, times)
    size = sum(file.stat().st_size for file in snapshot.iterdir()) / 1e6
    print(f"\n{placements:,} placements and {placements // COMPLAINTS:,} complaints a side, {size:.0f} MB\n")
    print("| | CPU s | s on the clock | peak MB |\n|---|---|---|---|")
    named = {
        "DuckDB scans the tables once": scan,
        "rendering: a snapshot without rows": rendering,
        "**snapshot to three editions**": editions,
    }
    for name, took in named.items():
        print(f"| {name} | {took.cpu:.2f} | {took.wall:.2f} | {took.peak} |", flush=True)
    print(f"\nwithout rendering {(editions.cpu - rendering.cpu) / scan.cpu:.1f} times the scan, by processor seconds")


def _print_sizes(out: Path) -> None:
    print("\n| file | kB |\n|---|---|")
    for file in sorted(out.iterdir()):
        print(f"| `{file.name}` | {file.stat().st_size / 1000:.0f} |")


def _measured(work: str, snapshot: Path, times: int) -> Measured:
    return measure(f"benchmarks.evaluation:{work}", snapshot, times)


def scan(snapshot: Path) -> int:
    """Read every value that the evaluation reads, once, with its threads and types; return the rows.

    The values are hashed, as DuckDB would answer a mere count of them without reading them.
    """
    rows = 0
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for name, (_, columns) in files(read_terms(snapshot, AGREEMENT)).items():
        read = ", ".join(f'CAST("{column}" AS {kind})' for column, kind in columns.items())
        found = connection.execute(
            f"SELECT count(*), bit_xor(hash({read})) FROM read_parquet(?)", [str(snapshot / name)]
        )
        rows += found.fetchall()[0][0]
    return rows


def editions(snapshot: Path) -> int:
    """Evaluate ``snapshot`` into ``out`` beside it, in every language of the agreement."""
    return len(evaluate(snapshot, AGREEMENT, snapshot.parent / "out", AGREEMENT.report.languages).pages)


rendering = editions

if __name__ == "__main__":
    main()
