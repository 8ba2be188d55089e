"""Matching: who is whose, one to one, and how sure that is beside everybody else whom it could have been.

A pair's own probability knows nothing of the others. Two records that could each be the partner are both unlikely to
be, however alike; and a sister is ruled out when her own record is there. So the pairs that hang together are
weighed as whole assignments: of every way in which they could be linked one to one, how much weight has the pair?
Where that comes out above one half, no two pairs can share a record.

And most pairs of strangers are of two who each have a partner. So where nobody else is there whom two records could be,
little is left that speaks against them: how much likelier that makes a pair is its claim (`claim_of`).
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from amanah.reconcile.probable.components import Places, hanging_together

Floats = npt.NDArray[np.float64]

MOST_COUNTED = 14  # pairs that hang together of which every assignment is counted out; above that it is approximated
_EDGE = 1e-9  # no probability is nearer to 0 or 1 than this
_WITHOUT_PARTNER = 50  # records of each side that have none, as known in general beside those that are counted


def claim_of(links: float, records: Iterable[int]) -> float:
    """By what the odds of a pair grow where neither record can be another's.

    A share of the records of each side has no partner. Of the pairs of two strangers only the product of both shares is
    of two who have none; all others are found out by their partners.

    Args:
        links: how many links are expected.
        records: how many records are left on each side.
    """
    return math.prod((each + _WITHOUT_PARTNER) / (max(0.0, each - links) + _WITHOUT_PARTNER) for each in records)


def posterior(left: Places, right: Places, alone: Floats, *, claim: float | Floats = 1.0) -> Floats:
    """The probability of each pair beside all others.

    Args:
        left: the record of one side in each pair, numbered from 0.
        right: the record of the other side, numbered from 0.
        alone: the pair's own probability.
        claim: as `claim_of` has it, of all pairs or of each.
    """
    if not len(alone):
        return alone
    likely = np.clip(alone, _EDGE, 1.0 - _EDGE)
    odds = claim * likely / (1.0 - likely)
    found = odds / (1.0 + odds)
    for together in _hanging_together(left, right):
        found[together] = _weighed(left[together], right[together], odds[together])
    return found


def _hanging_together(left: Places, right: Places) -> Iterator[Places]:
    """The places of pairs that are linked through shared records, where they are more than one."""
    first = int(left.max()) + 1
    group = hanging_together(left, right + first, first + int(right.max()) + 1)[left]
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        if end - start > 1:
            yield order[start:end]


def _weighed(left: Places, right: Places, odds: Floats) -> Floats:
    if len(odds) > MOST_COUNTED:
        by_left, by_right = (np.bincount(side, odds)[side] for side in (left, right))
        approximated: Floats = odds / (1.0 + by_left + by_right - odds)
        return approximated
    total, weight = 0.0, np.zeros(len(odds))
    for chosen in _assignments(left.tolist(), right.tolist()):
        weighs = float(np.prod(odds[chosen])) if chosen else 1.0
        total += weighs
        weight[chosen] += weighs
    weighed: Floats = weight / total
    return weighed


def _assignments(left: list[int], right: list[int]) -> Iterator[list[int]]:
    """Every choice of pairs in which no record stands twice."""

    def extend(place: int, chosen: list[int], taken: frozenset[tuple[str, int]]) -> Iterator[list[int]]:
        if place == len(left):
            yield chosen
            return
        yield from extend(place + 1, chosen, taken)
        ends = {("left", left[place]), ("right", right[place])}
        if not ends & taken:
            yield from extend(place + 1, [*chosen, place], taken | ends)

    yield from extend(0, [], frozenset())
