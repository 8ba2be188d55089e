"""Quantiles: per series the median and the P90 of a value, how many people it was measured of, and of how many not.

The query's rows: ``row``, ``value`` (none: not measured), ``people``, ``key``; with ``ended`` where some still wait.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from reports.counted import NONE, Counted, Exact, Measured, Tally
from reports.figure import Column, Unit
from reports.forms.life_table import LifeTable, Waited

SHARES: Mapping[str, Fraction] = {"median": Fraction(1, 2), "p90": Fraction(9, 10)}
UNITS: Mapping[str, Unit] = {"days": "days", "monthly_wages": "ratio"}  # of the catalogue: what the values are told in


def counted(
    name: str, unit: str, counts: Sequence[str], found: Sequence[Mapping[str, Any]], series: Mapping[str, bool]
) -> Counted:
    """The figure ``name``; ``series`` in their order, and whether anything is known of each.

    ``counts`` are the columns before the quantiles: ``denominator``, and ``left_out`` where a value may be missing.
    """
    columns = (
        *(Column(code=code, unit="count") for code in counts),
        *(Column(code=code, unit=UNITS[unit]) for code in SHARES),
    )
    rows = {
        code: _row([row for row in found if row["row"] == code], counts) if known else (None,) * len(columns)
        for code, known in series.items()
    }
    return Counted(id=name, form="quantiles", columns=columns, rows=rows)


def _row(found: Sequence[Mapping[str, Any]], counts: Sequence[str]) -> tuple[Exact, ...]:
    measured = [row for row in found if row["value"] is not None]
    people = _tally(measured)
    tallies = {"denominator": people, "left_out": _tally([row for row in found if row["value"] is None])}
    table = LifeTable(Waited(row["value"], row["people"], row.get("ended", True)) for row in measured)
    values = (Measured(table.time_of(share), of=(people,)) for share in SHARES.values())
    return (*(tallies[code] for code in counts), *values)


def _tally(found: Sequence[Mapping[str, Any]]) -> Tally:
    return sum((Tally(int(row["people"]), int(row["key"] or 0)) for row in found), NONE)
