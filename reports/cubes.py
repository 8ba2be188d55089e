"""Cubes: the placements counted once, by the few values that indicators ask for. Exact: nothing of them is published.

Every record is read once for its side and once for its pair, and never kept: what is kept is how many there are of each
kind, and the sum of their cell keys. So a million records take little more memory than a thousand.
"""

from collections.abc import Iterator, Mapping
from typing import Any

# By name: what ``counted_placement`` is counted by. A cube is a table of these columns with ``records``, ``key`` and,
# of pairs, ``second_key``, the same of the second party's records.
CUBES: Mapping[str, tuple[str, ...]] = {
    "placement_now": ("series", "stage", "is_in_quarter", "wage_payments_due", "wage_payments_seen", "is_long"),
    "arrival": ("series", "arrived_in", "arrived_as", "area", "sex"),
    "arrival_days": ("series", "arrived_in", "days_to_arrival"),
    "departure_days": ("series", "arrived_in", "days_to_departure"),
    "arrived_worker": (
        *("series", "arrived_in", "returned_early_in"),
        *("is_cost_stated", "pays_nothing", "cost_in_wages"),
    ),
    "started_contract": ("series", "started_in", "is_at_minimum", "fee_in", "is_within_cap"),
    "contract_days": ("series", "occupation_isco", "began_on", "ended_on"),
    "contract_by_quarter": (
        *("series", "counted_from_in", "present_until_in", "began_in", "gone_in"),
        *("insured_in", "uninsured_in", "endorsed_in"),
    ),
}
OF_PAIRS: Mapping[str, tuple[str, ...]] = {
    "sent_worker": ("is_in_year", "origin_agency", "has_complained"),
    "received_worker": ("is_in_year", "destination_agency", "has_complained"),
    "differing_contract": ("differing_ref", "began_on", "ended_on"),
}
PAIRS_AT_ONCE = 1_000_000  # joining so many takes some 400 MB; each part more reads the records once more
_MEASURES = {"records": "count(*)", "key": "sum(cell_key)", "second_key": "sum(second_key)"}


def make(tables: Any) -> None:
    """Make the cubes in ``tables``, from the views ``told_by_sides`` and ``told_of_pairs``."""
    pairs = tables.execute("SELECT count(*) FROM pair WHERE stream = 'placement'").fetchone()[0]
    tables.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    for statement in statements(max(1, -(-pairs // PAIRS_AT_ONCE))):
        tables.execute(statement)
    tables.execute("RESET disabled_optimizers")


def statements(parts: int) -> Iterator[str]:
    """The SQL that makes the cubes: from what the sides tell, then from what their pairs do, in so many parts."""
    yield from _counting("told_by_sides", CUBES)
    for part in range(parts):
        yield "DELETE FROM placement_pair"
        yield (
            "INSERT INTO placement_pair SELECT first_ref, second_ref FROM pair "  # noqa: S608  # numbers of our own
            f"WHERE stream = 'placement' AND hash(first_ref) % {parts} = {part}"
        )
        yield from _counting("told_of_pairs", {**CUBES, **OF_PAIRS})


def _counting(told: str, cubes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Add to the ``cubes`` what the view ``told`` tells, all of them in one pass over the records."""
    every = tuple(dict.fromkeys(column for columns in cubes.values() for column in columns))
    listed = ", ".join(every)
    measures = ", ".join(f"CAST({sql} AS HUGEINT) AS {name}" for name, sql in _MEASURES.items())
    sets = ",\n    ".join(f"({', '.join(columns)})" for columns in cubes.values())
    yield f"CREATE OR REPLACE VIEW told AS FROM {told}"
    yield (
        f"CREATE OR REPLACE TABLE counted AS\nSELECT GROUPING_ID({listed}) AS cube,\n       {listed},\n"
        f"       {measures}\nFROM counted_placement\nGROUP BY GROUPING SETS (\n    {sets})"
    )
    for name, columns in cubes.items():
        select = f"SELECT {', '.join((*columns, *_MEASURES))} FROM counted WHERE cube = {_number(columns, every)}"  # noqa: S608
        yield f"CREATE TABLE IF NOT EXISTS {name} AS {select} LIMIT 0"
        yield f"INSERT INTO {name} {select}"
    yield "DROP TABLE counted"


def _number(columns: tuple[str, ...], every: tuple[str, ...]) -> int:
    """What GROUPING_ID says of a cube: a bit for each column, set where it is none of the cube's."""
    return int("".join("0" if each in columns else "1" for each in every), 2)
