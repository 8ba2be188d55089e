"""Keyset pages: the rows of a window in the order (updated_at, key), each page starting after the last row read.

Unlike an offset, a page costs the same at the end as at the beginning, and a row changed meanwhile shifts nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Select, and_, or_, select


@dataclass(frozen=True)
class Window:
    """``since <= updated_at < until``, in the form the column holds; ``since`` None means from the beginning."""

    since: datetime | None
    until: datetime


def page(
    table: FromClause, *, updated_at: str, key: str, window: Window, after: tuple[Any, Any] | None, limit: int
) -> Select[Any]:
    """The next ``limit`` rows of ``window`` after the row whose (updated_at, key) is ``after``."""
    moment, tie = table.c[updated_at], table.c[key]
    query = select(table).where(moment < window.until).order_by(moment, tie).limit(limit)
    if after is not None:
        query = query.where(and_(moment >= after[0], or_(moment > after[0], tie > after[1])))
    elif window.since is not None:
        query = query.where(moment >= window.since)
    return query
