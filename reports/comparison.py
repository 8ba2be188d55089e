"""What differs between two editions: every published cell that one has and the other has not, or has otherwise."""

from collections.abc import Iterator, Mapping, Sequence

from reports.figure import TOTAL, Cell, Figure, Unit
from reports.publication import Change, Earlier, Publication, Revised

__all__ = ["Change", "changes", "revised"]

Place = tuple[str, str, str]  # indicator, row, column


def changes(before: Publication, after: Publication) -> tuple[Change, ...]:
    """The cells that differ, in the order of ``after``, then those that only ``before`` has."""
    old, new = (dict(_cells(each.figures)) for each in (before, after))
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


def revised(
    quarter: str, figures: Sequence[Figure], earlier: Sequence[Earlier], editions: Sequence[Publication]
) -> tuple[Revised, ...]:
    """The cells of quarters before ``quarter`` that the last edition to tell them told otherwise than now."""
    now = dict(_by_quarter(quarter, figures))
    for each in earlier:
        now |= dict(_by_quarter(each.quarter, each.figures))
    last_told: dict[tuple[str, Place], tuple[Cell, Unit]] = {}
    for edition in editions:
        last_told |= dict(_by_quarter(edition.about.quarter, edition.figures))
    return tuple(
        Revised(quarter=of, indicator=indicator, row=row, column=column, unit=unit, before=before, after=now[place][0])
        for place, (before, unit) in last_told.items()
        if place in now and place[0] < quarter and before != now[place][0]
        for of, (indicator, row, column) in [place]
    )


def _by_quarter(quarter: str, figures: Sequence[Figure]) -> Iterator[tuple[tuple[str, Place], tuple[Cell, Unit]]]:
    """Each cell by the quarter it is of, which in a trend is its row."""
    units: Mapping[tuple[str, str], Unit] = {
        (each.id, column.code): column.unit for each in figures for column in each.columns
    }
    trends = {figure.id for figure in figures if figure.form == "trend"}
    for place, cell in _cells(figures):
        indicator, row, column = place
        yield (row if indicator in trends else quarter, place), (cell, units[indicator, column])


def _cells(figures: Sequence[Figure]) -> Iterator[tuple[Place, Cell]]:
    for figure in figures:
        rows = [(row.code, row.cells) for row in figure.rows]
        for code, cells in [*rows, *([(TOTAL, figure.total)] if figure.total is not None else [])]:
            for column, cell in zip(figure.columns, cells, strict=True):
                yield (figure.id, code, column.code), cell
