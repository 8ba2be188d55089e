"""Learn the model of `crossing` again: ``python -m amanah.reconcile.names.learn PAIRS.tsv``.

Expectation maximisation over pairs of words in both scripts. A pair may also be no pair at all (a row of a public
list that went wrong): each counts as far as the model of the round before thinks that it is one. The same pairs give
the same file, byte for byte.
"""

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from amanah.reconcile.names.arrays import Floats, Ints
from amanah.reconcile.names.crossing import (
    ARTICLE,
    LONGEST,
    PIECES,
    Letters,
    Model,
    Pieces,
    chance_alone,
    to_text,
)
from amanah.reconcile.names.normal import letters

ROUNDS: Final = 7
"""Rounds of expectation maximisation; fewer and more ranked the choosing set worse or no better."""
DISCOUNT: Final = 0.3
"""Taken from the count of every piece of more than two letters, so that only pieces that recur stay."""
RARE: Final = 3
"""Pieces of several letters that occur less often are not looked at."""
REAL: Final = 0.97
"""Share of the pairs that are believed to be pairs at first."""
_ARTICLE_AT_FIRST = 0.2
_AT_ONCE = 3000

Pair = tuple[str, str]


def main(arguments: Sequence[str]) -> int:
    """Write ``crossing.tsv`` beside this module from the training part of the file named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m amanah.reconcile.names.learn PAIRS.tsv\n")
        return 2
    path = Path(arguments[0])
    if not path.is_file():
        sys.stderr.write(f"{path} is not there; give the file with columns arabic, latin and split\n")
        return 2
    target = Path(__file__).with_name("crossing.tsv")
    target.write_text(text_of(path), encoding="utf-8")
    sys.stdout.write(f"written: {target}\n")
    return 0


def text_of(path: Path) -> str:
    """The content of ``crossing.tsv`` that the pairs in ``path`` give."""
    training = pairs(path, "train", without=pairs(path, "dev"))
    return to_text(
        learn(training),
        "Pieces of names in Arabic and in Latin script with a thousand times the logarithm of their probability.\n"
        f"Learned by amanah.reconcile.names.learn from {len(training)} pairs: the training part of\n"
        "NETransliteration-COLING2018 (github.com/steveash/NETransliteration-COLING2018, data under CC0 1.0)\n"
        "without the Arabic words of its dev part. make learn-names writes this file again.",
    )


def pairs(path: Path, split: str, *, without: Iterable[Pair] = ()) -> list[Pair]:
    """The pairs of words of one ``split`` of a table, in `normal` letters; none whose Arabic is in ``without``."""
    seen = {arabic for arabic, _ in without}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["split"] == split]
    found = ((_only(row["arabic"], "\u0620", "\u064a"), _only(row["latin"], "a", "z")) for row in rows)
    return [(arabic, latin) for arabic, latin in found if arabic and latin and arabic not in seen]


def _only(text: str, first: str, last: str) -> str:
    return "".join(letter for letter in letters(text) if first <= letter <= last)


def learn(training: Sequence[Pair]) -> Model:
    """The model after all rounds."""
    arabic = _pieces([a for a, _ in training], LONGEST[0])
    latin = _pieces([b for _, b in training], LONGEST[1])
    batches = list(_batches(training, arabic, latin))
    model = _at_first(arabic, latin)
    for n in range(ROUNDS):
        model = _round(model, batches, judging=n > 0)
    return model


def _pieces(words: Sequence[str], longest: int) -> Pieces:
    counts = Counter(
        word[at : at + length]
        for word in words
        for length in range(1, longest + 1)
        for at in range(len(word) - length + 1)
    )
    return Pieces.of((piece for piece, n in counts.items() if n >= RARE or len(piece) == 1), longest)


@dataclass(frozen=True)
class _Batch:
    """Pairs of one length in each script."""

    lengths: tuple[int, int]
    arabic: Letters
    latin: Letters


def _batches(training: Sequence[Pair], arabic: Pieces, latin: Pieces) -> Iterator[_Batch]:
    alike = defaultdict(list)
    for pair in training:
        alike[len(pair[0]), len(pair[1])].append(pair)
    for lengths, found in sorted(alike.items()):
        for at in range(0, len(found), _AT_ONCE):
            some = found[at : at + _AT_ONCE]
            yield _Batch(lengths, arabic.ending_at([a for a, _ in some]), latin.ending_at([b for _, b in some]))


def _at_first(arabic: Pieces, latin: Pieces) -> Model:
    """Every shape as likely, and within it every piece."""
    tables = {}
    for i, j in PIECES:
        table = np.ones((len(arabic.by_length[i]) + 1, len(latin.by_length[j]) + 1))
        if i:
            table[0, :] = 0
        if j:
            table[:, 0] = 0
        tables[i, j] = table / table.sum() / len(PIECES)
    return Model(arabic, latin, tables, _ARTICLE_AT_FIRST)


def _round(model: Model, batches: Iterable[_Batch], *, judging: bool) -> Model:
    """Count every piece in every way of cutting every pair, as likely as it is; then take shares of the counts."""
    counts: dict[tuple[int, int], Floats] = {shape: np.zeros(table.size) for shape, table in model.tables.items()}
    articles = words = 0.0
    alone = (model.alone(0), model.alone(1)) if judging else None
    for batch in batches:
        every = np.arange(len(batch.arabic.lengths))
        arabic, latin = batch.arabic.of(every, batch.lengths[0]), batch.latin.of(every, batch.lengths[1])
        before = model.ways(arabic, latin, batch.lengths, batch.arabic.lengths)
        whole = before[-1][-1]
        worth = (whole > 0).astype(np.float64)
        if alone:
            chance = np.exp(chance_alone(batch.arabic, alone[0]) + chance_alone(batch.latin, alone[1]))
            worth = REAL * whole / (REAL * whole + (1 - REAL) * chance)
        words += worth.sum()
        share = np.divide(worth, whole, out=np.zeros_like(worth), where=whole > 0)
        articles += _count(model, batch, (arabic, latin), before, share, counts)
    counts = {shape: np.maximum(count - DISCOUNT * (sum(shape) > sum(PIECES[2])), 0) for shape, count in counts.items()}
    total = sum(count.sum() for count in counts.values()) + words
    tables = {shape: (counts[shape] / total).reshape(table.shape) for shape, table in model.tables.items()}
    return Model(model.arabic, model.latin, tables, articles / total)


def _count(
    model: Model,
    batch: _Batch,
    letters_of: tuple[list[list[Ints]], list[list[Ints]]],
    before: list[list[Floats]],
    share: Floats,
    counts: dict[tuple[int, int], Floats],
) -> float:
    """Add the expected counts of one batch to ``counts``, from the words' ends backwards; returns the articles'."""
    arabic, latin = letters_of
    none = np.zeros_like(share)
    after = [[none.copy() for _ in row] for row in before]
    after[-1][-1] = share
    articles = 0.0
    for i in reversed(range(len(before))):
        for j in reversed(range(len(before[0]))):
            if (i, j) == (len(ARTICLE), 0):
                articles += float((model.article * model.has_article(arabic, batch.arabic.lengths) * after[i][j]).sum())
            for shape in PIECES:
                if shape[0] > i or shape[1] > j:
                    continue
                table, earlier = model.tables[shape], (i - shape[0], j - shape[1])
                at = arabic[shape[0]][i] * table.shape[1] + latin[shape[1]][j]
                onward = after[i][j] * table.ravel()[at]
                after[earlier[0]][earlier[1]] += onward
                counts[shape] += np.bincount(at, before[earlier[0]][earlier[1]] * onward, minlength=table.size)
    return articles


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
