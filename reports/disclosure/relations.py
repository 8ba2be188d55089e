"""What a reader knows of how the figures hang together: the catalogue's relations, and those that any table has.

The definitions are printed in the page, so an attacker knows them too. Each must hold of the exact figures; a test
tries them on snapshots made at random.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from reports.figure import MATCHED, TOTAL, Figure
from reports.indicators import Relation

Place = tuple[str, str, str]  # indicator, row, column


@dataclass(frozen=True)
class Link:
    """The sum of ``parts`` is the sum of ``whole`` (``equal``), or at most that.

    ``told``: what is left of the whole without the parts is people too, of whom nothing may be found out.
    """

    parts: tuple[Place, ...]
    whole: tuple[Place, ...]
    equal: bool
    told: bool = False


def links(
    figures: Sequence[Figure], relations: Sequence[Relation], sides: Sequence[str], quarter: str, previous: str
) -> tuple[Link, ...]:
    """Every relation between cells that the figures have."""
    here = {place for figure in figures for place in places(figure)}
    found = [
        *_of_tables(figures),
        *_of_catalogue(figures, relations, sides, {"quarter": quarter, "previous": previous}),
    ]
    return tuple(link for link in found if here.issuperset({*link.parts, *link.whole}))


def places(figure: Figure) -> Iterator[Place]:
    """Every place of a count in the figure."""
    codes = [row.code for row in figure.rows] + ([TOTAL] if figure.total is not None else [])
    for code, column in product(codes, figure.columns):
        if column.unit == "count":
            yield (figure.id, code, column.code)


def _of_tables(figures: Sequence[Figure]) -> Iterator[Link]:
    for figure in figures:
        if figure.total is not None:
            for column in figure.columns:
                rows = tuple((figure.id, row.code, column.code) for row in figure.rows)
                yield Link(rows, ((figure.id, TOTAL, column.code),), equal=True)
        if figure.form in ("share", "league"):
            for row in figure.rows:
                whole = ((figure.id, row.code, "denominator"),)
                yield Link(((figure.id, row.code, "numerator"),), whole, equal=False, told=True)
        if figure.form == "league":  # all of the corridor are the agencies shown, those not shown, and none
            agencies = [row.code for row in figure.rows if row.code != TOTAL]
            for part in ("numerator", "denominator") if agencies else ():
                shown = tuple((figure.id, code, part) for code in agencies)
                yield Link(shown, ((figure.id, TOTAL, part),), equal=False, told=True)


def _of_catalogue(
    figures: Sequence[Figure], relations: Sequence[Relation], sides: Sequence[str], names: Mapping[str, str]
) -> Iterator[Link]:
    quarters = next((tuple(row.code for row in figure.rows) for figure in figures if figure.form == "trend"), ())
    ranges = {"side": sides, "series": (*sides, MATCHED), "any_quarter": quarters}
    for relation in relations:
        written = "".join(text for place in (*relation.parts, *relation.whole) for text in place)
        free = [name for name in ranges if f"{{{name}}}" in written]
        for chosen in product(*(ranges[name] for name in free)):
            meant = {**names, **dict(zip(free, chosen, strict=True))}
            parts, whole = (_filled(places_, meant) for places_ in (relation.parts, relation.whole))
            yield Link(parts, whole, equal=relation.equal, told=not relation.equal)


def _filled(written: Sequence[tuple[str, str, str]], names: Mapping[str, str]) -> tuple[Place, ...]:
    return tuple((indicator, row.format(**names), column.format(**names)) for indicator, row, column in written)
