"""Is a stated probability one: ``python -m benchmarks.linkage.calibration`` prints the table of ``docs/linkage.md``.

Several pairs of registers are reconciled, and of the pairs whose stated probability is in a band it is counted how many
are right. Links by an agreeing key are left out (they state 1), so that what is judged is the model.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.linkage import registers
from benchmarks.linkage.generate import generator
from benchmarks.linkage.running import amanah
from benchmarks.linkage.scoring import judged

BANDS = (0.5, 0.9, 0.99, 0.999, 1.0)
KINDS = ("hard", "clerks", "numberless")
_NUMBERS = ("contract_no", "passport_no", "previous_passport_nos", "visa_no", "residence_no")
_WITHOUT = 0.2  # share of their records that lose every number in the kind "numberless"


@dataclass(frozen=True)
class Band:
    """Pairs whose stated probability is at least ``least`` and below ``most``, and how many of them are right."""

    least: float
    most: float
    pairs: int
    right: int
    stated: float
    """Mean of the stated probabilities; NaN where only the band is stated."""

    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the share that is right, for 95 in 100."""
        z, n = 1.959964, self.pairs
        share, square = self.right / n, z * z
        middle, half = share + square / (2 * n), z * sqrt(share * (1 - share) / n + square / (4 * n * n))
        return max((middle - half) / (1 + square / n), 0.0), min((middle + half) / (1 + square / n), 1.0)


def main() -> None:
    """Reconcile registers of each kind and seed; print how often each band is right."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14, 15])
    asked.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    given = asked.parse_args()
    print(f"{given.rows:,} placements, seeds {', '.join(map(str, given.seeds))}\n")
    print("| registers | stated | pairs | right | share right, 95 % interval | by seed |\n|---|---|---|---|---|---|")
    for kind in given.kinds:
        with TemporaryDirectory() as folder:
            of_seeds = [measured(kind, given.rows, seed, Path(folder) / str(seed)) for seed in given.seeds]
        for bands in zip(*of_seeds, strict=True):
            print(_row(kind, bands), flush=True)


def measured(kind: str, rows: int, seed: int, folder: Path) -> list[Band]:
    """Make the registers of ``kind`` in ``folder``, reconcile them, count in each band."""
    made = generator("hard" if kind == "hard" else "clerks", rows, seed)
    paths = registers.write(made, rows, folder)
    if kind == "numberless":
        _take_numbers(paths["theirs"], seed)
    out = folder / "out"
    amanah(paths["ours"], paths["theirs"], out)
    return bands(out, paths["truth"])


def bands(out: Path, truth: Path) -> list[Band]:
    """Count in each band, from what reconciling wrote into ``out``. `possibly_one` states only its band, 0.5 to 0.9."""
    possible = out / "possible.parquet"
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT DISTINCT ours_ref, theirs_ref, NULL::DOUBLE AS score\n"
            f"FROM read_parquet('{out}/discrepancies.parquet') WHERE reason = 'possibly_one') TO '{possible}'"
        )
        return list(_counted(db, possible, out / "links.parquet", truth))


def _counted(db: duckdb.DuckDBPyConnection, possible: Path, links: Path, truth: Path) -> Iterator[Band]:
    for least, most in pairwise(BANDS):
        path, within = (possible, "true") if least == BANDS[0] else (links, f"score >= {least} AND score < {most}")
        found = db.execute(
            f"SELECT count(*), count(*) FILTER (holds), avg(score) FROM ({judged(path, truth)}) WHERE {within}"
        ).fetchall()[0]
        yield Band(least, most, found[0], found[1], float("nan") if found[2] is None else found[2])


def _take_numbers(path: Path, seed: int) -> None:
    """Take every number from a fifth of the records in ``path``."""
    table = pq.read_table(path)
    gone = pa.array(np.random.default_rng([seed, 9]).random(len(table)) < _WITHOUT)
    for name in _NUMBERS:
        column = table[name].combine_chunks()
        table = table.set_column(
            table.schema.get_field_index(name), name, pc.if_else(gone, pa.scalar(None, column.type), column)
        )
    pq.write_table(table, path)


def _row(kind: str, of_seeds: tuple[Band, ...]) -> str:
    pairs, right = sum(each.pairs for each in of_seeds), sum(each.right for each in of_seeds)
    first = of_seeds[0]
    said = f"{first.least:g} to {first.most:g}"
    if not pairs:
        return f"| {kind} | {said} | 0 | | | |"
    low, high = Band(first.least, first.most, pairs, right, float("nan")).interval()
    shares = [each.right / each.pairs for each in of_seeds if each.pairs]
    return (
        f"| {kind} | {said} | {pairs:,} | {right:,} | {right / pairs:.4f} ({low:.4f} to {high:.4f}) "
        f"| {min(shares):.4f} to {max(shares):.4f} |"
    )


if __name__ == "__main__":
    main()
