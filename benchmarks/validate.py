"""Validating placements: Amanah beside pydantic, pandera, Great Expectations and merely reading the file.

``python -m benchmarks.validate`` prints the tables of ``docs/benchmarks.md``.
"""

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import placements
from benchmarks.contenders import CONTENDERS
from benchmarks.measuring import measure

SLOW = {"pydantic_rows", "pydantic_list", "great_expectations"}  # their time is proportional: a part is enough
PACKAGES = ("pydantic", "polars", "pyarrow", "pandera", "great-expectations", "pandas")


def main() -> None:
    """Make the files, measure every contender on each, print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--slow-rows", type=int, default=200_000, help="rows for pydantic and Great Expectations")
    asked.add_argument("--many-rows", type=int, default=5_000_000, help="rows of the file that shows the memory")
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},",
        ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        end="\n\n",
        flush=True,
    )
    with TemporaryDirectory() as folder:
        whole, part, many = (_files(Path(folder), rows) for rows in (given.rows, given.slow_rows, given.many_rows))
        for kind in ("parquet", "csv"):
            _compare(kind, {name: (part if name in SLOW else whole)[kind] for name in CONTENDERS}, given.times)
        _memory({given.rows: whole, given.many_rows: many}, given.times)


def _files(folder: Path, rows: int) -> dict[str, Path]:
    files = {kind: folder / f"{rows}.{kind}" for kind in ("parquet", "csv")}
    if rows:
        placements.write(rows, files["parquet"], files["csv"])
    return files


def _compare(kind: str, paths: dict[str, Path], times: int) -> None:
    print(f"From {kind}\n\n| | rows | CPU s | rows per CPU second | Amanah is | peak MB |\n|---|---|---|---|---|---|")
    ours = measure("benchmarks.contenders:amanah", paths["amanah"], times)
    for name, path in paths.items():
        found = ours if name == "amanah" else measure(f"benchmarks.contenders:{name}", path, times)
        speed = found.rows_per_cpu_second
        ratio = f"{ours.rows_per_cpu_second / speed:.1f} times as fast"
        print(f"| {name} | {found.rows:,} | {found.cpu:.1f} | {speed:,.0f} | {ratio} | {found.peak} |", flush=True)
    print()


def _memory(files: dict[int, dict[str, Path]], times: int) -> None:
    print("Peak memory of Amanah, MB\n\n| rows | from Parquet | from CSV |\n|---|---|---|")
    for rows, paths in files.items():
        peaks = [measure("benchmarks.contenders:amanah", paths[kind], times).peak for kind in ("parquet", "csv")]
        print(f"| {rows:,} | {peaks[0]} | {peaks[1]} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
