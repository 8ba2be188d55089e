"""Times in SQLite, which keeps them as text: ``2026-07-02 00:00:00`` sorts before ``2026-07-02 00:00:00.000000``.

Compared as they stand, rows of one moment would be passed over between two pages. So every time is brought into the
one form that SQLAlchemy writes before it is compared, and a text that is none stops the reading.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import Date, DateTime, TypeEngine

from amanah.sources.errors import SourceError
from amanah.sources.mapping import Mapping

_FORM = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]"
_LENGTH = len("2026-07-02 00:00:00.000000")
_LACKING = {10: " 00:00:00.", 16: ":00.", 19: "."}  # length of what is there -> what stands between it and the zeros


def as_stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type by which to read a column: a date as the text that is there, which the mapping's transforms know."""
    return sa.String() if isinstance(kind, Date) else kind


def in_one_form(table: sa.FromClause, mapping: Mapping) -> sa.FromClause:
    """``table`` with the time of change of every row in the form ``2026-07-02 00:00:00.000000``."""
    given = sa.func.replace(sa.type_coerce(table.c[mapping.updated_at], sa.String()), "T", " ")
    lacking = sa.case(_LACKING, value=sa.func.length(given), else_="")
    fraction = sa.case((given.like("%.%"), "000000"), else_="")
    whole = sa.case((lacking == "", given + fraction), else_=given + lacking + "000000")
    longest = sa.func.max(_LENGTH, sa.func.length(given))  # what is finer stays so, and is refused while paging
    moment = sa.type_coerce(sa.func.substr(whole, 1, longest), DateTime()).label(mapping.updated_at)
    others = [table.c[name] for name in mapping.columns if name != mapping.updated_at]
    return sa.select(moment, *others).subquery()


def refuse_other_forms(connected: sa.Connection, table: sa.FromClause, mapping: Mapping) -> None:
    """Raise ``SourceError`` when a time of ``table`` is in none of the forms that can be compared."""
    text = sa.type_coerce(table.c[mapping.updated_at], sa.String())
    glob = text.op("GLOB", is_comparison=True)
    strange = sa.or_(
        sa.not_(glob(f"{_FORM}*")), sa.func.substr(text, _LENGTH + 1).op("GLOB", is_comparison=True)("*[^0-9]*")
    )
    if connected.execute(sa.select(sa.literal(1)).where(strange).limit(1)).first() is not None:
        raise SourceError(
            f"{mapping.name}: column {mapping.updated_at} of {mapping.table} holds times in other forms than "
            "2026-07-02 09:30:00 without offset; ask the office for a view that gives them like that"
        )
