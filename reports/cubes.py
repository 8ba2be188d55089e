"""Cubes: the placements counted once, by the few values that indicators ask for. Exact: nothing of them is published.

Every record is read once for its side and once for its pair, and never kept: what is kept is how many there are of each
kind, and the sum of their cell keys. So a million records take little more memory than a thousand.
"""

from collections.abc import Mapping
from typing import Any

# By name: what ``counted_placement`` is counted by. A cube is a table of these columns with ``records``, ``key`` and,
# of pairs, ``second_key``, the same of the second party's records.
CUBES: Mapping[str, tuple[str, ...]] = {
    "placement_by_stage": ("series", "stage"),
    "arrival": ("series", "arrived_in", "arrived_as", "area", "sex"),
    "arrival_days": ("series", "arrived_in", "days_to_arrival"),
    "departure_days": ("series", "arrived_in", "days_to_departure"),
    "cost": ("series", "arrived_in", "is_cost_stated", "pays_nothing", "cost_in_wages"),
    "early_return": ("series", "arrived_in", "returned_early_in"),
    "started_contract": ("series", "started_in", "is_at_minimum"),
    "fee": ("series", "fee_in", "is_within_cap"),
    "worker_present": ("series", "counted_from_in", "present_until_in"),
    "contract_days": ("series", "occupation_isco", "began_on", "ended_on"),
    "contract_by_quarter": ("series", "began_in", "gone_in", "insured_in", "uninsured_in", "endorsed_in"),
    "wage_payment": ("series", "is_in_quarter", "wage_payments_due", "wage_payments_seen", "is_long"),
    "sent_worker": ("is_in_year", "origin_agency", "has_complained"),
    "received_worker": ("is_in_year", "destination_agency", "has_complained"),
    "differing_contract": ("differing_ref", "began_on", "ended_on"),
}
_DIMENSIONS = tuple(dict.fromkeys(column for columns in CUBES.values() for column in columns))
_MEASURES = {"records": "count(*)", "key": "sum(cell_key)", "second_key": "sum(second_key)"}


def make(tables: Any) -> None:
    """Make the cubes in ``tables``, from the views ``told_by_sides`` and ``told_of_pairs``."""
    for number, told in enumerate(("told_by_sides", "told_of_pairs")):
        tables.execute(f"CREATE OR REPLACE VIEW told AS FROM {told}")
        tables.execute(("INSERT INTO counted " if number else "CREATE TABLE counted AS ") + _counting())
    for name, columns in CUBES.items():
        sums = ", ".join(f"CAST(sum({measure}) AS HUGEINT) AS {measure}" for measure in _MEASURES)
        tables.execute(
            f"CREATE TABLE {name} AS SELECT {', '.join(columns)}, {sums} FROM counted "  # noqa: S608  # constants above
            f"WHERE cube = {_number(columns)} GROUP BY ALL"
        )
    tables.execute("DROP TABLE counted")


def _counting() -> str:
    """All cubes in one pass over the records: a column that is none of a cube's is empty in its rows."""
    every = ", ".join(_DIMENSIONS)
    measures = ", ".join(f"{sql} AS {name}" for name, sql in _MEASURES.items())
    sets = ", ".join(f"({', '.join(columns)})" for columns in CUBES.values())
    return (
        f"SELECT GROUPING_ID({every}) AS cube, {every}, {measures} "  # noqa: S608  # constants above
        f"FROM counted_placement GROUP BY GROUPING SETS ({sets})"
    )


def _number(columns: tuple[str, ...]) -> int:
    """What GROUPING_ID says of a cube: a bit for each column, set where it is none of the cube's."""
    bits = ["0" if each in columns else "1" for each in _DIMENSIONS]
    return int("".join(bits), 2)
