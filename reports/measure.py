"""Measuring: run each indicator's query over the snapshot and arrange what it counted. Exact: nothing is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from reports import availability, cubes
from reports.counted import NONE, Counted, Exact, Tally
from reports.figure import MATCHED, Column
from reports.forms import league, quantiles, survival
from reports.indicators import QUERIES, RECORDS, VIEWS, Indicator
from reports.quarter import Quarter
from reports.snapshot import SnapshotError, Terms
from schemas import codelists
from schemas.agreement import Agreement
from schemas.streams import STREAMS

EARLIER_QUARTERS = 4


@dataclass(frozen=True)
class Frame:
    """What every indicator of one edition is measured against.

    ``sides`` are the two parties in the agreement's order; ``absent`` the (stream, series) of which nothing is known.
    """

    sides: tuple[str, ...]
    periods: tuple[str, ...]
    quarters: tuple[str, ...]
    absent: frozenset[tuple[str | None, str]]

    @property
    def series(self) -> tuple[str, ...]:
        """The two sides, and what both know."""
        return (*self.sides, MATCHED)

    def known(self, stream: str | None) -> dict[str, bool]:
        """Each series, and whether anything is known of it."""
        return {series: (stream, series) not in self.absent for series in self.series}


class Meter:
    """Measures the snapshot's own quarter, and earlier ones up to a year before it, as known at the cut-off."""

    def __init__(self, tables: Any, terms: Terms, agreement: Agreement, parameters: Mapping[str, int]) -> None:
        """Take ``tables``, which ``snapshot.open_tables`` gave; ``parameters`` are the catalogue's.

        Everything is counted here, once; ``measure`` only reads what was counted. Raises ``SnapshotError`` for records
        that cannot be counted.
        """
        self._tables, self._terms, self._agreement = tables, terms, agreement
        _describe_terms(tables, terms, agreement, parameters)
        try:
            _run(tables, RECORDS)
            cubes.make(tables)
            _run(tables, VIEWS)
        except duckdb.Error as error:  # its text may hold a value of a record, so it goes no further
            raise SnapshotError(f"the records cannot be counted: {type(error).__name__}") from None

    def measure(self, quarter: str, chosen: Sequence[Indicator]) -> tuple[Counted, ...]:
        """The figures of ``chosen`` for ``quarter``, in their order."""
        of = Quarter.parse(quarter)
        self._describe(of)
        names = tuple(str(each) for each in quarters_of(of, self._agreement))
        frame = Frame(tuple(self._agreement.parties), of.periods, names, self._absent())
        rows = {query: _rows(self._tables, sql) for query, sql in {each.query: each.sql for each in chosen}.items()}
        return tuple(
            _FORMS[each.form](each, rows[each.query], _frame_of(each, frame, self._agreement)) for each in chosen
        )

    def _absent(self) -> frozenset[tuple[str, str]]:
        said_nothing = self._tables.execute((QUERIES / "_absent.sql").read_text(encoding="utf-8")).fetchall()
        return frozenset(said_nothing) | {(stream, MATCHED) for stream, _ in said_nothing}

    def _describe(self, quarter: Quarter) -> None:
        """Say which quarter is meant: the one row of ``edition``. Quarters are written as their first day."""
        self._tables.execute("DELETE FROM edition")
        self._tables.execute(
            "INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(quarter.first_day, quarter.before.first_day, quarters_of(quarter, self._agreement)[0].first_day),
                *(quarter.first_day, quarter.last_day, quarter.periods[0], quarter.periods[-1]),
            ],
        )


def _run(tables: Any, folder: Path) -> None:
    for statements in sorted(folder.glob("*.sql")):
        tables.execute(statements.read_text(encoding="utf-8"))


def _frame_of(indicator: Indicator, frame: Frame, agreement: Agreement) -> Frame:
    """The frame in which a series without the fields that the indicator needs is absent too."""
    known = availability.known(indicator, agreement, frame.absent)
    unknown = frozenset((indicator.stream, series) for series, is_known in known.items() if not is_known)
    return replace(frame, absent=frame.absent | unknown)


def quarters_of(quarter: Quarter, agreement: Agreement) -> tuple[Quarter, ...]:
    """The quarter and up to four before it, as far as the agreement was in force; oldest first."""
    start = Quarter.of(agreement.in_force_from)
    found = [quarter]
    while len(found) <= EARLIER_QUARTERS and found[0] > start:
        found.insert(0, found[0].before)
    return tuple(found)


def _describe_terms(tables: Any, terms: Terms, agreement: Agreement, parameters: Mapping[str, int]) -> None:
    """What the snapshot, the agreement and the catalogue say that is counted by."""
    own, (first, second) = Quarter.parse(terms.quarter), agreement.parties
    for name, party in {"first_party": first, "second_party": second, "frozen_by": terms.frozen_by}.items():
        tables.execute(f"CREATE MACRO {name}() AS '{party}'")
    wage, cap = agreement.thresholds.minimum_wage, agreement.thresholds.cost_cap
    tables.execute(
        "CREATE TABLE cut_off (first_day DATE, last_day DATE, year_began_on DATE, oldest_day DATE, "
        "minimum_wage DECIMAL(15, 3), wage_currency VARCHAR, cap_amount DECIMAL(15, 3), cap_currency VARCHAR)"
    )
    tables.execute(
        "INSERT INTO cut_off VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(own.first_day, own.last_day, own.year_before.after.first_day, own.year_before.first_day),
            *(wage.amount, wage.currency, cap.amount if cap else None, cap.currency if cap else None),
        ],
    )
    tables.execute(
        "CREATE TABLE edition (quarter DATE, previous_quarter DATE, oldest_quarter DATE, first_day DATE, "
        "last_day DATE, first_period VARCHAR, last_period VARCHAR)"
    )
    columns = ", ".join(f"{int(value)} AS {name}" for name, value in sorted(parameters.items()))
    tables.execute(f"CREATE TABLE parameter AS SELECT {columns}")
    tables.execute("CREATE TABLE shared_field (party VARCHAR, stream VARCHAR, field VARCHAR)")
    shared = [
        (party, stream, field)
        for party in agreement.parties
        for stream in agreement.streams
        for field in agreement.granted(stream, sender=party)
    ]
    tables.executemany("INSERT INTO shared_field VALUES (?, ?, ?)", shared)


def _rows(tables: Any, query: str) -> list[dict[str, Any]]:
    result = tables.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _breakdown(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    columns = indicator.columns or frame.series
    tallies: dict[str, list[Tally]] = {}
    for row in found:
        tallies.setdefault(row["row"], [NONE] * len(columns))[columns.index(row["column"])] = _tally(
            row, "value", "key"
        )
    missing = {place for place, column in enumerate(columns) if (indicator.stream, column) in frame.absent}

    def known(cells: list[Tally]) -> tuple[Exact, ...]:
        return tuple(None if place in missing else cell for place, cell in enumerate(cells))

    return Counted(
        id=indicator.id,
        form="breakdown",
        columns=_counts(columns),
        rows={code: known(tallies[code]) for code in _in_order(indicator, sorted(tallies))},
        total=known([sum((cells[place] for cells in tallies.values()), NONE) for place in range(len(columns))]),
        by_size=indicator.order == "size",
    )


def _in_order(indicator: Indicator, codes: list[str]) -> list[str]:
    if indicator.order == "size":
        return codes
    listed = indicator.order
    if listed == "codelist":
        listed = codelists.load(indicator.codelist or "").codes
    return sorted(codes, key=lambda code: (listed.index(code) if code in listed else len(listed), code))


def _trend(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    tallies = {(row["row"], row["column"]): _tally(row, "value", "key") for row in found}

    def cell(quarter: str, column: str) -> Exact:
        return None if (indicator.stream, column) in frame.absent else tallies.get((quarter, column), NONE)

    rows = {quarter: tuple(cell(quarter, column) for column in frame.series) for quarter in frame.quarters}
    return Counted(id=indicator.id, form="trend", columns=_counts(frame.series), rows=rows)


def _ratio(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    def cells(row: dict[str, Any]) -> tuple[Exact, ...]:
        if (indicator.stream, row["row"]) in frame.absent:
            return (None, None)
        return tuple(_tally(row, part, f"{part}_key") for part in ("numerator", "denominator"))

    by_side = {side: place for place, side in enumerate(frame.series)}
    in_order = sorted(found, key=lambda row: by_side.get(row["row"].split("/")[0], len(by_side)))  # sources keep theirs
    return Counted(
        id=indicator.id,
        form="share" if indicator.form == "share" else "rate",
        columns=_counts(("numerator", "denominator")),
        rows={row["row"]: cells(row) for row in in_order},
    )


def _quantiles(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    return quantiles.counted(
        indicator.id, indicator.unit, indicator.columns or ("denominator",), found, frame.known(indicator.stream)
    )


def _survival(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    return survival.counted(indicator.id, found, frame.known(indicator.stream))


def _league(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    """The rows of the agencies that ``fields`` names."""
    mine = [row for row in found if row["field"] in indicator.fields]
    return league.counted(indicator.id, mine if frame.known(indicator.stream)[MATCHED] else [])


def _calendar(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Counted:
    states: dict[tuple[str, str], list[str]] = {}
    for row in found:
        states.setdefault((row["row"], row["column"]), []).append(row["state"])
    expected = [f"{party}/{stream}" for party in frame.sides for stream in STREAMS]
    codes = [*expected, *sorted({code for code, _ in states} - set(expected))]
    return Counted(
        id=indicator.id,
        form="calendar",
        columns=tuple(Column(code=period, unit="state") for period in frame.periods),
        rows={code: tuple(_states(states.get((code, period), [])) for period in frame.periods) for code in codes},
    )


def _states(states: list[str]) -> tuple[str, ...] | None:
    """The states of one month's packages, oldest first, without repeats: how often would be a small count."""
    return tuple(dict.fromkeys(states)) or None


def _tally(row: dict[str, Any], value: str, key: str) -> Tally:
    """A sum over nothing is nothing."""
    return Tally(int(row[value] or 0), int(row[key] or 0))


def _counts(codes: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(code=code, unit="count") for code in codes)


_FORMS = {
    "breakdown": _breakdown,
    "trend": _trend,
    "share": _ratio,
    "rate": _ratio,
    "quantiles": _quantiles,
    "survival": _survival,
    "league": _league,
    "calendar": _calendar,
}
