"""How likely is it that a word in Arabic script and a word in Latin script are one: the learned edit model.

The model writes both words at once, a piece at a time: each piece is up to two Arabic letters beside up to three
Latin ones (or none), drawn with a learned probability. The probability of a pair of words is the sum over all ways
of cutting both into pieces. Set against the probability of either word alone, it says how much more often the two
occur as one name than by chance. ``crossing.tsv`` holds the probabilities; `learn` makes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from amanah.reconcile.names.arrays import MOST_LETTERS, Bools, Floats, Ints, alike_in_length

PIECES: Final = ((1, 0), (0, 1), (1, 1), (1, 2), (2, 1), (1, 3), (2, 2))
"""Arabic and Latin letters in a piece."""
LONGEST: Final = (2, 3)
"""Letters in the longest piece of either script."""
ARTICLE: Final = "ال"
_ARTICLE_BEFORE: Final = 2  # letters that must follow an article
_FLOOR = 1e-7  # probability of a letter beside a letter, or none, that was never seen
_PER_LETTER = 2.6  # about minus the logarithm of a letter's probability: keeps products within single precision
_SMALLEST = np.float32(1e-37)


@dataclass(frozen=True)
class Pieces:
    """Numbers of the pieces of one script; 0 is every piece that has none. ``by_length[k]``: piece of k letters."""

    by_length: tuple[dict[str, int], ...]

    @classmethod
    def of(cls, found: Iterable[str], longest: int) -> "Pieces":
        """Number ``found`` (in any order, repeated or not) by length."""
        ordered = sorted(set(found) - {""})
        return cls(
            tuple(
                {piece: n for n, piece in enumerate((each for each in ordered if len(each) == length), start=1)}
                for length in range(longest + 1)
            )
        )

    def ending_at(self, words: Sequence[str]) -> "Letters":
        """For each word and position, the number of the piece of each length that ends there."""
        longest = max(map(len, words), default=0)
        rows = [np.zeros((len(words), longest + 1), np.int64) for _ in self.by_length]
        for length, numbers in enumerate(self.by_length[1:], start=1):
            for row, word in enumerate(words):
                for end in range(length, len(word) + 1):
                    rows[length][row, end] = numbers.get(word[end - length : end], 0)
        return Letters(np.array([len(word) for word in words], np.int64), tuple(rows))


@dataclass(frozen=True)
class Letters:
    """Words as numbers: ``lengths`` (words,) and for each length of a piece an array (words, positions)."""

    lengths: Ints
    ending_at: tuple[Ints, ...]

    def of(self, which: Ints, upto: int) -> list[list[Ints]]:
        """``[length][position]``: one number for each of the words ``which``."""
        return [
            [np.ascontiguousarray(numbers[which, min(at, numbers.shape[1] - 1)]) for at in range(upto + 1)]
            for numbers in self.ending_at
        ]


@dataclass(frozen=True)
class Model:
    """Probabilities of pieces: one table (Arabic pieces, Latin pieces) for each shape; ``article``: of a bare "al"."""

    arabic: Pieces
    latin: Pieces
    tables: dict[tuple[int, int], Floats]
    article: float

    def ways(
        self, arabic: list[list[Ints]], latin: list[list[Ints]], upto: tuple[int, int], words: Ints | None = None
    ) -> list[list[Floats]]:
        """``[i][j]``: the probability of the first i Arabic and j Latin letters, for each pair.

        ``words``: the lengths of the Arabic words, where an article may have no letter beside it.
        """
        size, kind = len(latin[0][0]), self.tables[1, 1].dtype
        none = np.zeros(size, kind)
        found: list[list[Floats]] = [[none] * (upto[1] + 1) for _ in range(upto[0] + 1)]
        found[0][0] = np.ones(size, kind)
        for i in range(upto[0] + 1):
            rows = {shape: arabic[shape[0]][i] * self.tables[shape].shape[1] for shape in PIECES if shape[0] <= i}
            for j in range(upto[1] + 1):
                total = found[i][j] if i == j == 0 else np.zeros(size, kind)
                if (i, j) == (len(ARTICLE), 0) and words is not None:
                    total += self.article * self.has_article(arabic, words)
                for shape, row in rows.items():
                    if shape[1] <= j:
                        chance = self.tables[shape].ravel().take(row + latin[shape[1]][j])
                        chance *= found[i - shape[0]][j - shape[1]]
                        total += chance
                found[i][j] = total
        return found

    def has_article(self, arabic: list[list[Ints]], lengths: Ints) -> Bools:
        """Whether each word begins with an article that something follows."""
        number = self.arabic.by_length[len(ARTICLE)].get(ARTICLE, -1)
        written: Bools = arabic[len(ARTICLE)][len(ARTICLE)] == number
        return written & (lengths >= len(ARTICLE) + _ARTICLE_BEFORE)

    def alone(self, side: int) -> list[Floats]:
        """Probability of each piece of one script, whatever stands beside it: by length of the piece."""
        sums = [np.zeros(len(numbers) + 1) for numbers in (self.arabic, self.latin)[side].by_length]
        for shape, table in self.tables.items():
            sums[shape[side]] += table.sum(axis=1 - side, dtype=np.float64)
        return [np.maximum(each, _FLOOR) / (1 - sums[0].sum()) for each in sums]


def chance_alone(letters: Letters, alone: Sequence[Floats]) -> Floats:
    """The logarithm of the probability of each word by itself."""
    positions = letters.ending_at[0].shape[1]
    ways = [np.ones(len(letters.lengths))]
    for at in range(1, positions):
        ways.append(
            sum(
                (
                    ways[at - length] * alone[length][letters.ending_at[length][:, at]]
                    for length in range(1, len(alone))
                    if length <= at
                ),
                np.zeros(len(letters.lengths)),
            )
        )
    return np.log(np.array(ways)[letters.lengths, np.arange(len(letters.lengths))])


@cache
def learned() -> "Scorer":
    """The model that comes with the package."""
    text = files(__package__).joinpath("crossing.tsv").read_text(encoding="utf-8")
    return Scorer(from_text(text))


def from_text(text: str) -> Model:
    """Read what `to_text` wrote."""
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")][1:]
    chances = {(arabic, latin): float(np.exp(int(mills) / 1000)) for arabic, latin, mills in rows}
    article = chances.pop(("^" + ARTICLE, ""))
    arabic = Pieces.of((a for a, _ in chances), LONGEST[0])
    latin = Pieces.of((b for _, b in chances), LONGEST[1])
    tables: dict[tuple[int, int], Floats] = {
        (i, j): np.zeros((len(arabic.by_length[i]) + 1, len(latin.by_length[j]) + 1)) for i, j in PIECES
    }
    for (a, b), chance in chances.items():
        at = arabic.by_length[len(a)][a] if a else 0, latin.by_length[len(b)][b] if b else 0
        tables[len(a), len(b)][at] = chance
    return Model(arabic, latin, tables, article)


def to_text(model: Model, comment: str) -> str:
    """The model as a table: Arabic piece, Latin piece, a thousand times the logarithm of its probability."""
    names = [[["", *numbers] for numbers in side.by_length] for side in (model.arabic, model.latin)]
    rows = [("^" + ARTICLE, "", max(model.article, _FLOOR))]
    for (i, j), table in model.tables.items():
        rows += [(names[0][i][a], names[1][j][b], table[a, b]) for a, b in np.argwhere(table > 0)]
    lines = [f"{a}\t{b}\t{round(1000 * float(np.log(chance)))}" for a, b, chance in sorted(rows)]
    return "".join(f"# {line}\n" for line in comment.splitlines()) + "\n".join(["arabic\tlatin\tmills", *lines]) + "\n"


class Scorer:
    """A model made ready to score many pairs."""

    def __init__(self, model: Model) -> None:
        self._alone = (model.alone(0), model.alone(1))
        scaled = {}
        for shape, table in model.tables.items():
            least = np.maximum(table, _FLOOR) if sum(shape) <= sum(PIECES[2]) else table
            scaled[shape] = (least * np.exp(_PER_LETTER * sum(shape))).astype(np.float32)
        self._model = Model(
            model.arabic, model.latin, scaled, model.article * float(np.exp(_PER_LETTER * len(ARTICLE)))
        )

    def arabic(self, words: Sequence[str]) -> tuple[Letters, Floats]:
        """Words ready to be scored, and the logarithm of the probability of each."""
        letters = self._model.arabic.ending_at([word[:MOST_LETTERS] for word in words])
        return letters, chance_alone(letters, self._alone[0])

    def latin(self, words: Sequence[str]) -> tuple[Letters, Floats]:
        """The same for Latin words."""
        letters = self._model.latin.ending_at([word[:MOST_LETTERS] for word in words])
        return letters, chance_alone(letters, self._alone[1])

    def together(
        self, arabic: tuple[Letters, Floats], latin: tuple[Letters, Floats], pairs: tuple[Ints, Ints]
    ) -> Floats:
        """Normalised pointwise mutual information of each pair of words: -1 never, 0 chance, 1 always together.

        ``pairs``: positions in ``arabic`` and in ``latin``, of equal length; the result has that length.
        """
        result = np.zeros(len(pairs[0]))
        for rows, upto in alike_in_length(arabic[0].lengths[pairs[0]], latin[0].lengths[pairs[1]]):
            a, b = pairs[0][rows], pairs[1][rows]
            lengths = arabic[0].lengths[a], latin[0].lengths[b]
            ways = self._model.ways(arabic[0].of(a, upto[0]), latin[0].of(b, upto[1]), upto, lengths[0])
            whole = np.array(ways)[lengths[0], lengths[1], np.arange(len(rows))]
            joint = np.log(np.maximum(whole, _SMALLEST).astype(np.float64)) - _PER_LETTER * (lengths[0] + lengths[1])
            result[rows] = (joint - arabic[1][a] - latin[1][b]) / -joint
        return np.clip(result, -1, 1)
