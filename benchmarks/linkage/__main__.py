"""Linkage beside its peers: ``python -m benchmarks.linkage`` prints the tables of ``docs/benchmarks.md``.

Everybody is a program of its own that reads two Parquet files and writes a file, in one run and in turn. Figures are
medians of whole processes, imports included; ratios are to the bare diff of the same round.
"""

import argparse
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.linkage import environments, febrl, registers
from benchmarks.linkage.environments import PEERS, python_of, version_of
from benchmarks.linkage.generate import generator
from benchmarks.linkage.running import Run, amanah, median_of, run
from benchmarks.linkage.scoring import ALL, KEYLESS, Scored, differing_fields, score

BARE = "bare diff (DuckDB)"
AMANAH = "**Amanah**: link, compare, explain"
SPLINK = "Splink, link alone"
SMALLEST, MOST_TO_SCORE = 1_000, 100_000  # placements: what a start costs; enough to score
PINNED = (
    ("duckdb", "duckdb"), ("datacompy", "datacompy"), ("datacompy", "polars"), ("datacompy", "pandas"),
    ("reladiff", "reladiff"), ("pandas", "pandas"), ("splink", "splink"), ("recordlinkage", "recordlinkage"),
)  # fmt: skip
DIFFS: dict[str, tuple[str, str, tuple[str, ...]]] = {  # environment, program, further arguments
    BARE: ("duckdb", "bare_diff.py", ()),
    "datacompy on Polars": ("datacompy", "datacompy_diff.py", ("polars",)),
    "datacompy on pandas": ("datacompy", "datacompy_diff.py", ("pandas",)),
    "pandas, merge and compare": ("pandas", "pandas_merge.py", ()),
    "reladiff, joindiff": ("reladiff", "reladiff_join.py", ()),
}
_RIGHT = (
    "| registers | | precision | recall | F1 | without a right key: precision | recall | wrong links |\n"
    "|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Make the registers, let everybody work on them, print the tables; exit status 1 where FEBRL's gate stays shut."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=1_000_000, help="placements")
    asked.add_argument("--times", type=int, default=3, help="rounds")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--large", type=int, default=5_000_000, help="above this the bare diff and Amanah alone")
    asked.add_argument("--environments", type=Path, default=environments.FOLDER)
    asked.add_argument("--folder", type=Path, help="where files are written; the system's temporary folder if absent")
    asked.add_argument("--only", nargs="*", choices=["diff", "right", "febrl"], default=["diff", "right", "febrl"])
    given = asked.parse_args()
    pinned = ", ".join(f"{package} {version_of(name, package)}" for name, package in PINNED)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {pinned}\n")
    with TemporaryDirectory(dir=given.folder) as folder:
        if "diff" in given.only:
            _costs(given, Path(folder) / "costs")
        if "right" in given.only:
            _rights(given, Path(folder) / "rights")
    if "febrl" in given.only and not _febrl(given):
        sys.exit(f"FEBRL: F1 below {febrl.LEAST_F1}")


def _costs(given: argparse.Namespace, folder: Path) -> None:
    """Everybody on registers in which no number repeats, as peers need them; then what the counts say."""
    paths = registers.write(generator("hard", given.size, given.seed, repeats=False), given.size, folder)
    small = registers.write(generator("hard", SMALLEST, given.seed, repeats=False), SMALLEST, folder / "small")
    contenders: dict[str, Callable[[], Run]] = {
        name: _diff(name, paths, folder, given.environments)
        for name in DIFFS
        if name == BARE or given.size <= given.large
    }
    contenders[AMANAH] = lambda: amanah(paths["ours"], paths["theirs"], folder / "out")
    contenders[f"Amanah on {SMALLEST:,}: its start"] = lambda: amanah(
        small["ours"], small["theirs"], folder / "small" / "out"
    )
    if given.size <= given.large:
        contenders[SPLINK] = _splink(paths, folder / "splink.parquet", given.environments)
    runs: dict[str, list[Run]] = defaultdict(list)
    for _ in range(given.times):
        for name, work in contenders.items():
            runs[name].append(work())
    print(f"### {given.size:,} placements, {given.times} rounds\n")
    print("| | CPU s | to the bare diff | s | peak MB |\n|---|---|---|---|---|")
    for name, each in runs.items():
        middle = median_of(each)
        ratio = median(one.cpu / bare.cpu for one, bare in zip(each, runs[BARE], strict=True))
        print(f"| {name} | {middle.cpu:.2f} | {ratio:.2f} | {middle.wall:.1f} | {middle.peak:,} |")
    print(f"\n{_agreement(runs, folder / 'out', paths['truth'])}\n", flush=True)
    print(_RIGHT)
    for name, links in (("Amanah", folder / "out" / "links.parquet"), ("Splink", folder / "splink.parquet")):
        if links.is_file():
            _right(f"hard, {given.size:,}, no repeats", name, score(links, paths["truth"]))
    print()


def _diff(name: str, paths: dict[str, Path], folder: Path, envs: Path) -> Callable[[], Run]:
    environment, program, more = DIFFS[name]
    python, out = python_of(environment, envs), folder / f"{program}.out"
    return lambda: run([python, PEERS / program, paths["ours"], paths["theirs"], out, *more])


def _splink(paths: dict[str, Path], out: Path, envs: Path) -> Callable[[], Run]:
    python = python_of("splink", envs)
    return lambda: run([python, PEERS / "splink_link.py", paths["ours"], paths["theirs"], out])


def _agreement(runs: dict[str, list[Run]], out: Path, truth: Path) -> str:
    """Whether all did the same work: peers by their counts, Amanah by the fields of the pairs that peers find too."""
    said = {name: each[-1].said for name, each in runs.items() if name in DIFFS}
    bare, ours = said[BARE], runs[AMANAH][-1].said
    other = [name for name, counts in said.items() if counts != bare]
    peers = "**The counts differ**: " + ", ".join(other) if other else f"{len(said)} who compare count the same"
    fields, all_fields = differing_fields(out, truth), sum(ours["discrepancies"].get("field", {}).values())
    expected = {field: count for field, count in bare["fields"].items() if count}
    same = "the same" if fields == expected else f"**not the same** ({fields})"
    return (
        f"{peers}: {bare['only_ours']:,} records only ours, {bare['only_theirs']:,} only theirs, {bare['differing']:,} "
        f"pairs that differ, in {sum(bare['fields'].values()):,} fields. Amanah finds {same} fields in those pairs, "
        f"links {ours['linked']:,} pairs in all and finds {all_fields:,} fields that differ in them."
    )


def _rights(given: argparse.Namespace, folder: Path) -> None:
    """What is right, on both kinds of registers, with numbers that repeat."""
    size = min(given.size, MOST_TO_SCORE)
    print(_RIGHT)
    for kind in ("hard", "clerks"):
        paths = registers.write(generator(kind, size, given.seed), size, folder / kind)
        amanah(paths["ours"], paths["theirs"], folder / kind / "out")
        _right(f"{kind}, {size:,}", "Amanah", score(folder / kind / "out" / "links.parquet", paths["truth"]))
        links = folder / kind / "splink.parquet"
        _splink(paths, links, given.environments)()
        _right(f"{kind}, {size:,}", "Splink", score(links, paths["truth"]))
    print()


def _right(registers_: str, who: str, scored: Scored) -> None:
    every, keyless = scored.groups[ALL], scored.groups[KEYLESS]
    wrong = ", ".join(f"{count:,} {kind}" for kind, count in scored.wrong.items()) or "none"
    print(
        f"| {registers_} | {who} | {every.precision:.6f} | {every.recall:.6f} | {every.f1:.6f} "
        f"| {keyless.precision:.4f} | {keyless.recall:.4f} | {wrong} |",
        flush=True,
    )


def _febrl(given: argparse.Namespace) -> bool:
    """FEBRL4 and FEBRL3; whether Amanah passes the gate on what it links."""
    print("| | | precision | recall | F1 | CPU s | s | peak MB |\n|---|---|---|---|---|---|---|---|")
    passed = True
    for each in febrl.measured(given.times, given.environments):
        rates, took = each.rates, each.run
        print(
            f"| {each.data} | {each.who} | {rates.precision:.4f} | {rates.recall:.4f} | {rates.f1:.4f} "
            f"| {took.cpu:.1f} | {took.wall:.1f} | {took.peak:,} |",
            flush=True,
        )
        passed &= each.who != "Amanah" or rates.f1 >= febrl.LEAST_F1
    return passed


if __name__ == "__main__":
    main()
