"""``queries.sql``: how everything is counted, in the order in which it is, for whoever wants to count it again."""

from collections.abc import Iterator

from reports import cubes
from reports.indicators import RECORDS, VIEWS, Catalogue

NAME = "queries.sql"
_HEAD = """\
-- How the figures of this edition are counted, in the SQL of DuckDB: what is counted of each record, the cubes these
-- are counted into, what else the queries read, and the query of each indicator. "edition" is one row about the
-- quarter meant: quarter, previous_quarter, oldest_quarter (each its first day), first_day, last_day, first_period,
-- last_period.
"""


def queries(catalogue: Catalogue) -> str:
    """The text of the file for the indicators of ``catalogue``."""
    return "\n".join([_HEAD, *_shared(), *_of_indicators(catalogue)])


def _shared() -> Iterator[str]:
    yield from (path.read_text(encoding="utf-8") for path in sorted(RECORDS.glob("*.sql")))
    yield "-- The cubes.\n" + "".join(f"{statement};\n" for statement in cubes.statements(1))
    yield from (path.read_text(encoding="utf-8") for path in sorted(VIEWS.glob("*.sql")))


def _of_indicators(catalogue: Catalogue) -> Iterator[str]:
    """Each query once, under the indicators that are made from it."""
    for query, sql in {each.query: each.sql for each in catalogue.indicators}.items():
        named = ", ".join(each.id for each in catalogue.indicators if each.query == query)
        yield f"-- {named}\n{sql}"
