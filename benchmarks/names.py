"""Names across scripts and within one: Amanah beside ICU's transliteration with Levenshtein's distance.

``python -m benchmarks.names [PAIRS.tsv ...]`` prints the tables of ``docs/linkage.md``, "Names". A file has the columns
``arabic`` and ``latin``. With a column ``split`` only the part ``dev`` is used, cut in two by a checksum of the Arabic
word: a half to make choices on and a half that nothing was chosen on. Without a file (or ``AMANAH_NAME_PAIRS``) only
our own Indonesian names are ranked.
"""

import argparse
import csv
import os
import platform
import random
import re
import sys
import time
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from amanah.reconcile import names

OWN = Path(__file__).with_name("data") / "indonesian_names.tsv"
CANDIDATES = 2_000
SEED = 20261124
_ONE_WORD = re.compile("[\u0621-\u063a\u0641-\u064a]+")
_SPELLINGS = str.maketrans("أإآىؤئ", "ااايوي")

Pair: TypeAlias = tuple[str, str]
Ranker: TypeAlias = Callable[[list[str], list[str]], np.ndarray]
"""Arabic names and Latin names in; a similarity for each Arabic name and each Latin one out."""


def main() -> None:
    """Rank every set with every method, then time pairs of each kind."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("pairs", nargs="*", type=Path, default=_from_environment())
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    missing = [str(path) for path in given.pairs if not path.is_file()]
    if missing:
        sys.exit(f"not there: {', '.join(missing)}. Give the path of a table with the columns arabic and latin.")
    if not given.pairs:
        print("No public pairs given (argument or AMANAH_NAME_PAIRS): only our own set is ranked.\n")
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    rankers: dict[str, Ranker] = {"Amanah": amanah}
    if find_spec("icu") and find_spec("rapidfuzz"):
        rankers["ICU + Levenshtein"] = icu_levenshtein
    else:
        print("PyICU and rapidfuzz are not installed (make .venv/.bench): Amanah alone.\n")
    _rank(_sets(given.pairs), rankers)
    _time(given.times)


def _from_environment() -> list[Path]:
    return [Path(path) for path in [os.environ.get("AMANAH_NAME_PAIRS")] if path]


def amanah(arabic: list[str], latin: list[str]) -> np.ndarray:
    """`names.compare` on every pair."""
    at_once = 100
    rows = [
        names.compare(
            pa.array([name for name in arabic[at : at + at_once] for _ in latin]),
            pa.array(latin * len(arabic[at : at + at_once])),
        )
        .field("similarity")
        .to_numpy(zero_copy_only=False)
        for at in range(0, len(arabic), at_once)
    ]
    return np.nan_to_num(np.concatenate(rows)).reshape(len(arabic), len(latin))


def icu_levenshtein(arabic: list[str], latin: list[str]) -> np.ndarray:
    """ICU to Latin letters without marks, then Levenshtein's normalised similarity."""
    import icu  # noqa: PLC0415 - only in the environment of the benchmarks
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415
    from rapidfuzz.process import cdist  # noqa: PLC0415

    to_latin = icu.Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower; [^a-z ] Remove").transliterate
    plain = [list(map(to_latin, each)) for each in (arabic, latin)]
    return np.asarray(cdist(*plain, scorer=Levenshtein.normalized_similarity, dtype=np.float64))


def _sets(paths: list[Path]) -> dict[str, tuple[list[Pair], list[str]]]:
    """Each set: pairs to rank, and further Latin names among which the right one is to be found."""
    found: dict[str, tuple[list[Pair], list[str]]] = {}
    for path in paths:
        rows = _rows(path)
        if "split" not in rows[0]:
            found[path.stem] = _sample([(row["arabic"], row["latin"]) for row in rows]), []
            continue
        dev = [(row["arabic"], row["latin"]) for row in rows if row["split"] == "dev"]
        dev = [pair for pair in dev if _ONE_WORD.fullmatch(pair[0])]
        for half, name in enumerate(("choices were made on", "held out")):
            found[f"{path.stem}, {name}"] = _sample([pair for pair in dev if _half(pair) == half]), []
    own = [(row["arabic"], row["latin"]) for row in _rows(OWN)]
    strangers = [latin for pairs, _ in found.values() for _, latin in pairs][:CANDIDATES]
    found["Indonesian names, our own"] = own, []
    if strangers:
        found[f"Indonesian names among {len(own) + len(strangers):,}"] = own, strangers
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _half(pair: Pair) -> int:
    """Spellings of one Arabic word fall into the same half."""
    return zlib.crc32(pair[0].translate(_SPELLINGS).encode()) % 2


def _sample(pairs: list[Pair]) -> list[Pair]:
    """Pairs of names with a letter, no name twice on either side."""
    ordered = sorted({pair for pair in pairs if all(map(names.normal, pair))})
    random.Random(SEED).shuffle(ordered)
    seen: set[tuple[str, ...]] = set()
    sample = []
    for pair in ordered:
        both = {names.normal(name) for name in pair}
        if len(sample) < CANDIDATES and not both & seen:
            sample.append(pair)
            seen |= both
    return sample


def _rank(sets: dict[str, tuple[list[Pair], list[str]]], rankers: dict[str, Ranker]) -> None:
    print(f"| right name first | pairs | {' | '.join(rankers)} |\n|---|---|{'---|' * len(rankers)}")
    for name, (pairs, strangers) in sets.items():
        arabic, latin = [a for a, _ in pairs], [b for _, b in pairs] + strangers
        firsts = [f"{_first(ranker(arabic, latin), arabic):.3f}" for ranker in rankers.values()]
        print(f"| {name} | {len(pairs):,} among {len(latin):,} | {' | '.join(firsts)} |", flush=True)
    print()


def _first(similarity: np.ndarray, arabic: list[str]) -> float:
    """Share of names whose right partner is the most similar; k that are as similar count as 1/k.

    Where one Arabic name stands for several Latin ones, each of these is right.
    """
    hits = []
    for row, name in zip(similarity, arabic, strict=True):
        best = np.flatnonzero(row == row.max())
        right = [n for n in best if n < len(arabic) and arabic[n] == name]
        hits.append(len(right) / len(best))
    return float(np.mean(hits))


def _time(times: int) -> None:
    """Pairs of names of one to three words of our own set, drawn from 20,000 a side."""
    draw = np.random.default_rng(SEED)
    words = [[word for row in _rows(OWN) for word in row[script].split()] for script in ("latin", "arabic")]
    latin, arabic = ([" ".join(draw.choice(some, n)) for n in draw.integers(1, 4, 20_000)] for some in words)
    pairs = 500_000
    one, other = draw.integers(0, 20_000, (2, pairs))
    print("| 500,000 pairs | ns per pair |\n|---|---|")
    for kind, left, right in (("Latin", latin, latin), ("Arabic", arabic, arabic), ("Arabic and Latin", arabic, latin)):
        sides = pa.array(left).take(pa.array(one)), pa.array(right).take(pa.array(other))
        took = []
        for _ in range(times):
            start = time.process_time()
            names.compare(*sides)
            took.append(time.process_time() - start)
        print(f"| {kind} | {median(took) / pairs * 1e9:,.0f} |", flush=True)
    start = time.process_time()
    names.keys_of(pa.array(latin + arabic))
    print(f"\nKeys: {(time.process_time() - start) / len(latin + arabic) * 1e9:,.0f} ns per distinct name")


if __name__ == "__main__":
    main()
