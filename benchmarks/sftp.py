"""Packages up and down: Amanah beside OpenSSH's ``sftp``, paramiko and asyncssh, against OpenSSH's server on loopback.

``python -m benchmarks.sftp`` prints the tables of ``docs/benchmarks.md``. In each round everybody carries the same
files, one after the other; ratios are taken within a round, so that a busy machine weighs on all alike.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from amanah.exchange.sftp import SftpSettings
from benchmarks.couriers import COURIERS, Job
from benchmarks.openssh import serving

MB = 1_000_000
PACKAGES = ("paramiko", "asyncssh", "cryptography")
SLOW = {"paramiko_client", "asyncssh_client"}  # their time is proportional: the smaller package is enough

Run = dict[str, Any]  # wall and cpu in seconds, peak in MB
Figures = dict[str, list[Run]]


def main() -> None:
    """Make the files, let everybody carry them, print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mb", type=int, default=200, help="size of the package")
    asked.add_argument("--large-mb", type=int, default=1000, help="size of the large package; 0 leaves it out")
    asked.add_argument("--small", type=int, default=1000, help="number of small packages, 20 KB each")
    asked.add_argument("--times", type=int, default=5, help="rounds; of the large package at most 3")
    asked.add_argument("--only", nargs="*", choices=COURIERS, default=list(COURIERS))
    asked.add_argument("--folder", type=Path, help="where files are written; the system's temporary folder if absent")
    given = asked.parse_args()
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.split(",")[0]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {ssh},",
        ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        flush=True,
    )
    with TemporaryDirectory(dir=given.folder) as folder, serving(Path(folder)) as settings:
        kinds = {
            f"one package of {given.mb} MB": (1, given.mb * MB, given.times, set(given.only)),
            f"one package of {given.large_mb} MB": (
                1,
                given.large_mb * MB,
                min(3, given.times),
                set(given.only) - SLOW,
            ),
            f"{given.small:,} packages of 20 KB": (given.small, 20_000, given.times, set(given.only)),
        }
        for title, (count, size, times, who) in kinds.items():
            if count * size:
                _compare(Path(folder), settings, title, _files(Path(folder), count, size), times, who)


def _files(folder: Path, count: int, size: int) -> Path:
    here = folder / f"{count}-{size}"
    here.mkdir()
    for number in range(count):
        with (here / f"IDN-SAU-placement-{number:06}.tar.pgp").open("wb") as file:
            for start in range(0, size, MB):
                file.write(os.urandom(min(MB, size - start)))
    return here


def _compare(folder: Path, settings: SftpSettings, title: str, files: Path, times: int, who: set[str]) -> None:
    found: dict[bool, Figures] = {True: defaultdict(list), False: defaultdict(list)}
    for _ in range(times):
        for name in COURIERS:
            if name in who:
                for up in (True, False):
                    found[up][name].append(_carry(folder, settings, files, name, up=up))
    for up, figures in found.items():
        _print(f"{title}, {'up' if up else 'down'}", figures)


def _carry(folder: Path, settings: SftpSettings, files: Path, name: str, *, up: bool) -> Run:
    end = folder / "arrived"
    shutil.rmtree(end, ignore_errors=True)
    end.mkdir()
    job = folder / "job.json"
    Job(settings, up, tuple(sorted(path.name for path in files.iterdir())), files, end).write(job)
    command = [sys.executable, "-m", "benchmarks.couriers", name, str(job)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    if sorted(path.name for path in end.iterdir()) != sorted(path.name for path in files.iterdir()):
        raise RuntimeError(f"{name} did not carry every file")
    os.sync()  # nobody pays for what the one before left to be written
    figures: Run = json.loads(said.stdout.splitlines()[-1])
    return figures


def _print(title: str, figures: Figures) -> None:
    print(
        f"\n{title}\n\n| | s | time to OpenSSH's | to OpenSSH's, synced | CPU s | peak MB |\n|---|---|---|---|---|---|"
    )
    for name, runs in figures.items():
        wall, cpu = (median(run[what] for run in runs) for what in ("wall", "cpu"))
        peak = "" if runs[0]["peak"] is None else round(median(run["peak"] for run in runs))
        ratios = [_ratio(runs, figures.get(peer)) for peer in ("openssh", "openssh_synced")]
        print(f"| {name} | {wall:.2f} | {ratios[0]} | {ratios[1]} | {cpu:.2f} | {peak} |", flush=True)


def _ratio(ours: list[Run], theirs: list[Run] | None) -> str:
    if theirs is None:
        return ""
    return f"{median(a['wall'] / b['wall'] for a, b in zip(ours, theirs, strict=True)):.2f}"


if __name__ == "__main__":
    sys.exit(main())
