"""Complementary suppression: withhold further cells until the audit finds nothing, or refuse the edition."""

from collections.abc import Sequence
from dataclasses import replace

from reports.disclosure.audit import Exposure, Told, exposures, related
from reports.disclosure.protect import RATIOS, ratio
from reports.disclosure.relations import Place
from reports.disclosure.rule import Rule
from reports.figure import TOTAL, WITHHELD, Cell, Figure, Row


class DisclosureError(ValueError):
    """The edition would tell of few people, so it is not published; the text names the cells and says what to do."""


def _refusal(found: Sequence[Exposure]) -> DisclosureError:
    named = "\n".join(f"  {each}" for each in found)
    return DisclosureError(
        "not published: a reader who subtracts could tell small counts, and no cell is left to withhold\n"
        f"{named}\n  take the figure out of the catalogue, or widen its categories; then make the edition again"
    )


def made_safe(edition: Told, earlier: Sequence[Told] = ()) -> tuple[Figure, ...]:
    """The figures of ``edition`` with as many cells withheld as it takes, the smallest first.

    Raises ``DisclosureError`` where that is not enough: an edition that is out already cannot be taken back.
    """
    withheld: list[Place] = []
    safe = edition
    while found := exposures(safe, earlier):
        chosen = next((cell for each in found if (cell := _to_withhold(safe, each)) is not None), None)
        if chosen is None:
            raise _refusal(found)
        withheld.append(chosen)
        safe = _without(edition, withheld)
    for place in withheld[:-1]:  # one that was not enough may not be needed any more
        fewer = [each for each in withheld if each != place]
        if not exposures(_without(edition, fewer), earlier):
            withheld, safe = fewer, _without(edition, fewer)
    return safe.figures


def _to_withhold(edition: Told, exposure: Exposure) -> Place | None:
    """The smallest told count that gives the exposed one away."""
    figures = {figure.id: figure for figure in edition.figures}
    values = {}
    for place in {exposure.place, *related(edition, exposure.place)}:
        indicator, row, column = place
        figure = figures[indicator]
        cell = figure.total_of(column) if row == TOTAL else figure.at(row, column)
        if cell.value:
            values[place] = cell.value
    return min(values, key=lambda place: (values[place], place), default=None)


def _without(edition: Told, places: Sequence[Place]) -> Told:
    figures = edition.figures
    for place in places:
        figures = tuple(
            _withheld(figure, place, edition.rule) if figure.id == place[0] else figure for figure in figures
        )
    return replace(edition, figures=figures)


def _withheld(figure: Figure, place: Place, rule: Rule) -> Figure:
    _, code, column = place
    at = figure.place(column)

    def cells(row: Sequence[Cell]) -> tuple[Cell, ...]:
        changed = [WITHHELD if position == at else cell for position, cell in enumerate(row)]
        if figure.form in RATIOS:
            changed[-1] = ratio(figure.form, changed[0], changed[1], rule)
        return tuple(changed)

    if code == TOTAL and figure.total is not None:
        return figure.model_copy(update={"total": cells(figure.total)})
    rows = tuple(Row(code=r.code, pooled=r.pooled, cells=cells(r.cells)) if r.code == code else r for r in figure.rows)
    return figure.model_copy(update={"rows": rows})
