"""The attack: what a reader who can subtract finds out, from this edition and all earlier ones together.

Every published count is an unknown between the counts that may stand behind it; relations between cells are
equations. A linear programme gives the smallest and the largest value of each thing that is to stay hidden: a hidden
cell, the people of a share whom the numerator leaves out, those whom only one side knows, and the difference between
two editions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isinf

import numpy as np

from reports.disclosure.protect import RATIOS
from reports.disclosure.relations import Link, Place
from reports.disclosure.rule import Rule
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE, TOTAL, WITHHELD, Cell, Figure, Row

LEAST_VALUES = 3  # a reader who is left with fewer possible counts than this has found it out; our own choice
_EPSILON = 1e-6
_INFEASIBLE, _UNBOUNDED = 2, 3  # scipy's numbers


@dataclass(frozen=True)
class Told:
    """What one edition tells. ``name`` is what people call it; ``links`` is how its cells hang together."""

    quarter: str
    name: str
    figures: tuple[Figure, ...]
    rule: Rule
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Exposure:
    """Something that a reader finds out: at ``place``, between ``low`` and ``high`` people.

    ``what``: ``cell``, ``rest`` (of the whole at ``place``, who is not counted by ``by``), or ``change`` since the
    edition ``by``.
    """

    place: Place
    what: str
    by: str
    low: float
    high: float

    def __str__(self) -> str:
        where = " / ".join(self.place)
        told = {
            "cell": f"{where}: hidden, but",
            "rest": f"{where}: without {self.by}, it",
            "change": f"{where}: beside the edition {self.by}, the change",
        }[self.what]
        return f"{told} can be told to be within {self.high - self.low + 1:.0f} value(s) below the smallest count"


def exposures(edition: Told, earlier: Sequence[Told] = ()) -> list[Exposure]:
    """What a reader of ``edition``, who has the ``earlier`` ones, finds out; empty where it may be published.

    Raises ``ContradictionError`` when the figures do not hang together as the catalogue says.
    """
    try:
        return list(_System(edition, earlier, unchanged_is_same=True).found())
    except ContradictionError:  # so something that looks unchanged has changed, which the reader has found out as well
        return list(_System(edition, earlier, unchanged_is_same=False).found())


def related(edition: Told, place: Place) -> set[Place]:
    """The places of ``edition`` that stand in a relation with ``place``."""
    return {
        other for link in edition.links for other in (*link.parts, *link.whole) if place in (*link.parts, *link.whole)
    } - {place}


class ContradictionError(ValueError):
    """No counts can stand behind the figures: a relation of the catalogue does not hold of them."""


@dataclass(frozen=True)
class _Sought:
    """A sum of unknowns that is to stay hidden, and what it would tell."""

    terms: Mapping[int, int]
    place: Place
    what: str
    by: str = ""


class _System:
    """The unknowns and equations of all editions together, numbered from 0."""

    def __init__(self, edition: Told, earlier: Sequence[Told], *, unchanged_is_same: bool) -> None:
        self._smallest = edition.rule.smallest
        self._bounds: list[tuple[float, float]] = []
        self._equations: list[tuple[Mapping[int, int], bool]] = []  # of coefficients: the sum is 0, or at most 0
        self._sought: list[_Sought] = []
        seen: dict[tuple[str, Place], list[tuple[Cell, int]]] = {}
        for told in (edition, *earlier):
            here: dict[Place, int] = {}
            for place, when, cell, bounds in _unknowns(told):
                known = seen.setdefault((when, place), [])
                here[place] = at = self._numbered(bounds, cell, known if unchanged_is_same else ())
                if told is edition and cell == CONFIDENTIAL:
                    self._sought.append(_Sought({at: 1}, place, "cell"))
                if told is not edition and known and (now := known[0])[1] != at and {cell.mark, now[0].mark} == {None}:
                    self._sought.append(_Sought({now[1]: 1, at: -1}, place, "change", told.name))
                known.append((cell, at))
            for link in told.links:
                self._relate(link, here, is_sought=told is edition and link.told)
        self._components = self._connected()

    def found(self) -> Iterator[Exposure]:
        """What can be told to be one of very few counts below the smallest."""
        small, least = self._smallest - 1, min(LEAST_VALUES, self._smallest - 1)
        for sought in self._sought:
            low, high = self._range(sought.terms)
            is_few = (low >= 1 and high <= small) or (-small <= low and high <= -1)
            is_hidden_cell = sought.what == "cell" and high >= 1
            if (is_few or is_hidden_cell) and high - low + 1 < least:
                yield Exposure(sought.place, sought.what, sought.by, low, high)

    def _numbered(self, bounds: tuple[float, float], cell: Cell, known: Sequence[tuple[Cell, int]]) -> int:
        """A new unknown, or that of an edition which tells the same: what one withholds, the other tells."""
        for other, at in known:
            if other == cell or WITHHELD in (other, cell):
                low, high = self._bounds[at]
                self._bounds[at] = (max(low, bounds[0]), min(high, bounds[1]))
                return at
        self._bounds.append(bounds)
        return len(self._bounds) - 1

    def _relate(self, link: Link, here: Mapping[Place, int], *, is_sought: bool) -> None:
        if not all(place in here for place in (*link.parts, *link.whole)):  # a part that is not available
            return
        terms: dict[int, int] = {}
        for sign, group in ((1, link.parts), (-1, link.whole)):
            for place in group:
                terms[here[place]] = terms.get(here[place], 0) + sign
        self._equations.append((terms, link.equal))
        if is_sought:
            rest = {at: -sign for at, sign in terms.items()}
            self._sought.append(
                _Sought(rest, link.whole[0], "rest", ", ".join(" / ".join(part) for part in link.parts))
            )

    def _connected(self) -> Mapping[int, frozenset[int]]:
        """Of each unknown, those that it hangs together with."""
        group = {at: {at} for at in range(len(self._bounds))}
        for terms in (*(terms for terms, _ in self._equations), *(sought.terms for sought in self._sought)):
            merged = set().union(*(group[at] for at in terms))
            for at in merged:
                group[at] = merged
        return {at: frozenset(members) for at, members in group.items()}

    def _range(self, terms: Mapping[int, int]) -> tuple[float, float]:
        """The smallest and the largest whole number that ``terms`` can be."""
        from scipy.optimize import linprog  # noqa: PLC0415  # costs half a second, which every other verb would pay too

        members = sorted(self._components[next(iter(terms))])
        column = {at: place for place, at in enumerate(members)}
        aim = _row(terms, column)
        equal, at_most = (
            [
                _row(found, column)
                for found, is_equal in self._equations
                if is_equal is kind and next(iter(found)) in column
            ]
            for kind in (True, False)
        )

        def least(aim: "np.ndarray") -> float:
            solved = linprog(
                aim,
                A_eq=equal or None,
                b_eq=[0] * len(equal) or None,
                A_ub=at_most or None,
                b_ub=[0] * len(at_most) or None,
                bounds=[self._bounds[at] for at in members],
            )
            if solved.status == _INFEASIBLE:
                raise ContradictionError(
                    "the published figures contradict the catalogue's relations; mend reports/catalogue"
                )
            return -inf if solved.status == _UNBOUNDED else float(solved.fun)

        low, high = least(aim), -least(-aim)
        return (low if isinf(low) else ceil(low - _EPSILON)), (high if isinf(high) else floor(high + _EPSILON))


def _row(terms: Mapping[int, int], column: Mapping[int, int]) -> "np.ndarray":
    row = np.zeros(len(column))
    for at, sign in terms.items():
        row[column[at]] = sign
    return row


def _unknowns(told: Told) -> Iterator[tuple[Place, str, Cell, tuple[float, float]]]:
    """Each count of the edition: where it stands, the quarter it is of, its cell, and between what it lies."""
    few = told.rule.smallest - 1
    for figure in told.figures:
        totals = [Row(code=TOTAL, cells=figure.total)] if figure.total is not None else []
        for row in (*figure.rows, *totals):
            for column, cell in zip(figure.columns, row.cells, strict=True):
                if column.unit != "count" or cell == NOT_AVAILABLE:
                    continue
                if cell == CONFIDENTIAL:
                    hidden_too = _whole(figure, row, column.code) == CONFIDENTIAL
                    most = inf if hidden_too and figure.form == "rate" else few  # more complaints than workers
                    bounds: tuple[float, float] = (0 if hidden_too else 1, most)
                else:
                    bounds = (0, inf) if cell.value is None else told.rule.counts_behind(int(cell.value))
                when = row.code if figure.form == "trend" else told.quarter
                yield (figure.id, row.code, column.code), when, cell, bounds


def _whole(figure: Figure, row: Row, column: str) -> Cell:
    """What the count is a part of: of a whole that is hidden, parts that are none are hidden too."""
    if figure.form in RATIOS and column == "numerator":
        return row.cells[1]
    return NOT_AVAILABLE if row.code == TOTAL else figure.total_of(column)
