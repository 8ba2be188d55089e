"""Sealing and opening a large package: Amanah beside GnuPG on the same bytes, in both profiles of the seal.

``python -m benchmarks.seal`` prints the tables of ``docs/benchmarks.md``. The package is a tar with a manifest and one
part of random bytes: that is what Parquet with zstd is to a compressor. In each round everybody does the same work
once, each in a process of its own; ratios are taken within a round, so that a busy machine weighs on all alike.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from amanah.exchange import package, seal
from benchmarks.memory import peak_of_tree
from benchmarks.sealers import SEALERS, WORKS, Bench, Work
from schemas.envelope import Counts, Environment, Kind, Manifest, canonical_time

MB = 1_000_000
PEERS = ("gpg", "gpg_uncompressed")  # what ratios are to
PARTIES = ("us", "them")

Run = dict[str, Any]  # wall and cpu in seconds, peak in MB


def main() -> None:
    """Make the keys and the package, let everybody seal and open it, print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mb", type=int, default=1000, help="size of the part")
    asked.add_argument("--times", type=int, default=3, help="rounds")
    asked.add_argument("--only", nargs="*", choices=SEALERS, default=list(SEALERS))
    asked.add_argument("--folder", type=Path, help="where files are written; the system's temporary folder if absent")
    given = asked.parse_args()
    gpg = subprocess.run(["gpg", "--version"], capture_output=True, text=True, check=True).stdout.partition("\n")[0]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {gpg},",
        f"pysequoia {version('pysequoia')}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    found: dict[Work, dict[str, list[Run]]] = {work: defaultdict(list) for work in WORKS}
    with TemporaryDirectory(dir=given.folder) as folder, _prepared(Bench(Path(folder)), given.mb * MB) as bench:
        for _ in range(given.times):
            for name in given.only:
                for work in SEALERS[name]:
                    found[work][name].append(_measured(bench, name, work))
    for work, runs in found.items():
        _print(f"{work}, {given.mb} MB", runs)


@contextmanager
def _prepared(bench: Bench, size: int) -> Iterator[Bench]:
    """Lay out a part, its package and the keys of both parties: gpg's own, and ours for the modern profile."""
    with bench.part.open("wb") as file:
        for start in range(0, size, MB):
            file.write(os.urandom(min(MB, size - start)))
    manifest = _manifest(bench.part)
    bench.manifest.write_bytes(package.encode(manifest))
    package.write(bench.tar, manifest, [bench.part])
    try:
        for party in PARTIES:
            seal.generate(party, *bench.pair("aead", party), profile="aead")
            bench.make_gpg_key(party)
        yield bench
    finally:
        subprocess.run(["gpgconf", "--homedir", str(bench.gpg_home), "--kill", "all"], check=True)


def _manifest(part: Path) -> Manifest:
    return Manifest(
        message_id="IDN-SAU-placement-000001",
        kind=Kind.RECORDS,
        environment=Environment.TEST,
        schema_id="placement/1",
        agreement_sha256="0" * 64,
        period="2026-06",
        created_at=canonical_time(datetime(2026, 6, 30, tzinfo=UTC)),
        counts=Counts(new=1),
        parts=(package.describe(part, records=1),),
        previous_manifest_sha256=None,
        legal_ground="benchmark",
        software="benchmark",
    )


def _measured(bench: Bench, name: str, work: Work) -> Run:
    bench.clear()
    os.sync()  # nobody pays for what the one before left to be written
    command = [sys.executable, "-m", "benchmarks.sealers", name, work, str(bench.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = peak_of_tree(process, itself=not name.startswith("gpg"))
        said = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"{name} could not {work}")
    run: Run = json.loads(said.splitlines()[-1])
    return {**run, "peak": peak}


def _print(title: str, figures: dict[str, list[Run]]) -> None:
    print(
        f"\n{title}\n\n| | s | CPU s | peak MB | clock, CPU to gpg | to gpg, uncompressed |\n|---|---|---|---|---|---|"
    )
    for name, runs in figures.items():
        wall, cpu, peak = (median(run[what] for run in runs) for what in ("wall", "cpu", "peak"))
        ratios = " | ".join(_ratios(runs, figures.get(peer)) for peer in PEERS)
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {ratios} |", flush=True)


def _ratios(ours: list[Run], theirs: list[Run] | None) -> str:
    if theirs is None:
        return ""
    pairs = list(zip(ours, theirs, strict=True))
    return ", ".join(f"{median(a[what] / b[what] for a, b in pairs):.2f}" for what in ("wall", "cpu"))


if __name__ == "__main__":
    sys.exit(main())
