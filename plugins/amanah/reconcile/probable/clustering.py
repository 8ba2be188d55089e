"""Clustering: which records of one table are of one person, and how sure that is beside everybody else.

A pair's own probability knows nothing of the others, and pairs one after another could chain strangers together. So the
records that hang together are weighed as whole partitions: every way to part them into people weighs as much as the
odds of all pairs that it puts together, agreeing or not. What speaks against a pair of two clusters speaks against
joining them: this is correlation clustering (Bansal, Blum and Chawla, Machine Learning 56, 2004) with log-odds for
weights. A pair's score is the weight of all partitions with it, of all there are, so that a record which fits two
people equally well is joined to neither. Many lukewarm pairs are not many proofs, though, since copies of a record
repeat what it says: no pair is surer than the weakest pair on the surest path between its two records.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from amanah.reconcile.probable.components import Places

Floats = npt.NDArray[np.float64]

MOST_COUNTED = 8  # records that hang together of which every partition is counted out, 4,140
_AT_ONCE = 500  # groups of records weighed in one piece, for their memory
_EDGE = 1e-9  # no probability is nearer to 0 or 1 than this


def together(
    group: Places, one: Places, other: Places, alone: Floats, evidence: Floats
) -> tuple[Places, Places, Floats]:
    """Every two records of a group, and the probability that they are of one person, beside all others.

    Args:
        group: of each record, as `components` has it.
        one: the place of a pair's first record.
        other: the place of its second, which is of the same group.
        alone: the pair's own probability.
        evidence: the same without rules that forbid a link by this pair, and are nothing that speaks against it.

    Returns:
        The places of each pair's records, the smaller one first, and the probability; in the order of the places.
    """
    odds = _log_odds(evidence)
    size = np.bincount(group, minlength=len(group))
    order = np.argsort(group, kind="stable")  # records of one group side by side, in their order
    begins = np.cumsum(size) - size  # where the group's records begin in that order
    within = np.empty_like(group)
    within[order] = np.arange(len(group)) - begins[group[order]]
    found: list[tuple[Places, Places, Floats]] = []
    for many in np.unique(size[size > 1]):
        groups = np.flatnonzero(size == many)
        members = order[begins[groups][:, None] + np.arange(many)]
        beside, path = (np.full((len(groups), many, many), nothing) for nothing in (np.log(_EDGE), 0.0))
        here = size[group[one]] == many
        at, x, y = np.searchsorted(groups, group[one[here]]), within[one[here]], within[other[here]]
        beside[at, x, y] = beside[at, y, x] = odds[here]
        path[at, x, y] = path[at, y, x] = alone[here]
        i, j = np.triu_indices(many, 1)
        found.append((members[:, i].ravel(), members[:, j].ravel(), _scores(beside, path)[:, i, j].ravel()))
    if not found:
        return one[:0], other[:0], alone[:0]
    ones, others, scores = (np.concatenate(column) for column in zip(*found, strict=True))
    by_place = np.lexsort((others, ones))
    return ones[by_place], others[by_place], scores[by_place]


def _log_odds(probability: Floats) -> Floats:
    likely = np.clip(probability, _EDGE, 1.0 - _EDGE)
    odds: Floats = np.log(likely) - np.log1p(-likely)
    return odds


def _scores(odds: Floats, path: Floats) -> Floats:
    """The probability of every pair in groups of one size; all are (group, record, record)."""
    if odds.shape[1] > MOST_COUNTED:
        beside = np.stack([_of_many(each) for each in odds])
    else:
        beside = np.concatenate([_counted(odds[at : at + _AT_ONCE]) for at in range(0, len(odds), _AT_ONCE)])
    for via in range(odds.shape[1]):
        path = np.maximum(path, np.minimum(path[:, :, via, None], path[:, None, via, :]))
    scores: Floats = np.minimum(beside, path)
    return scores


def _counted(odds: Floats) -> Floats:
    """The share of the weight of all partitions that has each pair."""
    many = odds.shape[1]
    i, j = np.triu_indices(many, 1)
    partitions = np.array(_partitions(many))
    puts_together = (partitions[:, i] == partitions[:, j]).astype(np.float64)
    weight = odds[:, i, j] @ puts_together.T
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    shares = np.zeros_like(odds)
    shares[:, i, j] = shares[:, j, i] = weight @ puts_together / weight.sum(axis=1, keepdims=True)
    return shares


@cache
def _partitions(many: int) -> tuple[tuple[int, ...], ...]:
    """Every way to part that many records: each record's part, numbered in order of appearance."""
    if not many:
        return ((),)
    return tuple((*begun, part) for begun in _partitions(many - 1) for part in range(max(begun, default=-1) + 2))


def _of_many(odds: Floats) -> Floats:
    """The same for one group that is too large: what is surest is one, until few enough are left to count out.

    The next to become one are the two whose pairs have the highest odds on average (Sokal and Michener's average
    linkage, 1958), so that people are whole before doubtful records are put to them; and only if they stay likelier
    than not beside any third, which is their score.
    """
    parts = [[record] for record in range(len(odds))]
    between, scores = odds.copy(), np.zeros_like(odds)
    barred = np.tri(len(odds), dtype=bool)
    while len(parts) > MOST_COUNTED:
        records = np.array([len(part) for part in parts])
        average = np.where(barred, -np.inf, between / np.outer(records, records))
        x, y = divmod(int(np.argmax(average)), len(parts))
        if barred[x, y] or between[x, y] <= 0:
            return scores
        sure = _beside_a_third(between, x, y)
        if sure <= 0.5:  # noqa: PLR2004 - likelier than not
            barred[x, y] = True
            continue
        scores[np.ix_(parts[x], parts[y])] = sure
        scores[np.ix_(parts[y], parts[x])] = sure
        parts[x] += parts.pop(y)
        between[x] += between[y]
        between[:, x] = between[x]
        between = np.delete(np.delete(between, y, 0), y, 1)
        barred = np.tri(len(parts), dtype=bool)
    shares = _counted(between[None])[0]
    for x, part in enumerate(parts):
        for y, other in enumerate(parts):
            if x != y:
                scores[np.ix_(part, other)] = shares[x, y]
    return scores


def _beside_a_third(between: Floats, x: int, y: int) -> float:
    """The least probability of two parts, weighed with any one other part."""
    others = np.delete(np.arange(len(between)), [x, y])
    pair, first, second = np.full(len(others), between[x, y]), between[x, others], between[y, others]
    everybody = pair + first + second
    one = np.logaddexp(pair, everybody)
    every = np.logaddexp.reduce([np.zeros(len(others)), first, second, one])
    return float(np.exp(one - every).min())
