"""What differs between two editions: every published cell that one has and the other has not, or has otherwise."""

from collections.abc import Iterator

from reports.figure import TOTAL, Cell
from reports.publication import Change, Publication

__all__ = ["Change", "changes"]

Place = tuple[str, str, str]  # indicator, row, column


def changes(before: Publication, after: Publication) -> tuple[Change, ...]:
    """The cells that differ, in the order of ``after``, then those that only ``before`` has."""
    old, new = dict(_cells(before)), dict(_cells(after))
    units = {
        (figure.id, column.code): column.unit
        for each in (before, after)
        for figure in each.figures
        for column in figure.columns
    }
    places = [*new, *(place for place in old if place not in new)]
    return tuple(
        Change(
            indicator=indicator,
            row=row,
            column=column,
            unit=units[indicator, column],
            before=old.get(place),
            after=new.get(place),
        )
        for place in places
        if old.get(place) != new.get(place)
        for indicator, row, column in [place]
    )


def _cells(publication: Publication) -> Iterator[tuple[Place, Cell]]:
    for figure in publication.figures:
        rows = [(row.code, row.cells) for row in figure.rows]
        for code, cells in [*rows, *([(TOTAL, figure.total)] if figure.total is not None else [])]:
            for column, cell in zip(figure.columns, cells, strict=True):
                yield (figure.id, code, column.code), cell
