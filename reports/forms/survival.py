"""Survival: per series the share that has ended within some numbers of days, by the estimator of Kaplan and Meier.

The query's rows: ``row``, ``value`` (days), ``ended``, ``people``, ``key``. A row of the figure is a series and so
many days. It is protected as a share: while everybody was watched for so long, the numerator is simply who has ended.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from reports.counted import NONE, Counted, Exact, Tally
from reports.figure import Column
from reports.forms.life_table import LifeTable, Waited

DAYS = (30, 60, 90)


def within(days: int) -> str:
    """The code of a number of days."""
    return f"within_{days}_days"


def counted(name: str, found: Sequence[Mapping[str, Any]], series: Mapping[str, bool]) -> Counted:
    """The figure ``name``; ``series`` in their order, and whether anything is known of each."""
    rows: dict[str, tuple[Exact, ...]] = {}
    for code, known in series.items():
        mine = [row for row in found if row["row"] == code]
        table = LifeTable(Waited(row["value"], row["people"], row["ended"]) for row in mine)
        for days in DAYS:
            rows[f"{code}/{within(days)}"] = _cells(mine, table, days) if known else (None, None)
    columns = tuple(Column(code=code, unit="count") for code in ("numerator", "denominator"))
    return Counted(id=name, form="share", columns=columns, rows=rows)


def _cells(found: Sequence[Mapping[str, Any]], table: LifeTable, days: int) -> tuple[Exact, ...]:
    """Of the people so many as the estimate says; their key is that of those who are known to have ended."""
    people = _tally(found)
    if not people.count:
        return (NONE, NONE)
    share = table.share_by(days)
    if share is None:
        return (None, None)
    key = _tally([row for row in found if row["ended"] and row["value"] <= days]).key
    return (Tally(floor(share * people.count + Fraction(1, 2)), key), people)


def _tally(found: Sequence[Mapping[str, Any]]) -> Tally:
    return sum((Tally(int(row["people"]), int(row["key"] or 0)) for row in found), NONE)
