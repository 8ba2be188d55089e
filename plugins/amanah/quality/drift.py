"""How far the shares of codes in a batch lie from those before it.

The measure is the total variation distance: the share of records that would need another code for the batch to look
like the ones before. It can be said in words, lies between 0 and 1, and is defined also where a code is new or gone,
which the Kullback-Leibler divergence and the population stability index are not without an arbitrary constant.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log, pi, sqrt

_FALSE_ALARMS = 0.001  # of batches drawn from the very shares that were there before


def pooled(histories: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Records per code in all batches together."""
    counted: Counter[str] = Counter()
    for counts in histories:
        counted.update(counts)
    return dict(counted)


def distance(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """The total variation distance of two counts of codes, 0 to 1; neither may be empty."""
    here, there = sum(now.values()), sum(before.values())
    return sum(abs(now.get(code, 0) / here - before.get(code, 0) / there) for code in {*now, *before}) / 2


def by_chance(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """The distance that chance alone exceeds once in a thousand batches of this size, drawn from the same shares.

    The expected distance of two samples (normal approximation) and McDiarmid's bound on how far above it one may fall.
    """
    here, there = sum(now.values()), sum(before.values())
    effective = here * there / (here + there)
    shares = [(now.get(code, 0) + before.get(code, 0)) / (here + there) for code in {*now, *before}]
    expected = sum(sqrt(2 * p * (1 - p) / (pi * effective)) for p in shares) / 2
    return min(1.0, expected + sqrt(log(1 / _FALSE_ALARMS) / (2 * effective)))
