"""Findings over time: links and discrepancies as intervals of periods, so that any earlier month can be asked again.

A finding is open from ``opened_in`` up to, not including, ``closed_in``. Recording a period a second time first undoes
what the first time wrote, so that a re-run gives the same result.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from amanah.store.copying import staged
from amanah.store.tables import discrepancy, link, reconciliation, testimony, witnessed

_LINK_KEY = ("stream", "ours_ref", "theirs_ref")
_DISCREPANCY_KEY = ("id",)
_TESTIMONY_KEY = ("id", "witness")
_WITNESSED_KEY = ("stream", "witness", "witness_ref")
_INTERVAL = ("opened_in", "closed_in")
_LOOKED_AT = Table("looked_at", MetaData(), *(Column(name, Text) for name in ("stream", "ref")))
EVERYTHING: Mapping[str, pa.Array] = {}
_MAY_CHANGE = {  # while it is open
    "link": ("grade", "score", "why"),
    "discrepancy": ("severity", "reason", "area", "ours", "theirs"),
    "testimony": ("says", "witness_ref", "joined_ref"),
    "witnessed": ("area", "official"),
}


def newest_period(connection: Connection) -> str | None:
    """The newest period that has been reconciled, or None."""
    own = ~reconciliation.c.summary.has_key("superseded_by")
    newest: str | None = connection.execute(select(func.max(reconciliation.c.period)).where(own)).scalar_one()
    return newest


def first_open_period(connection: Connection, period: str) -> str:
    """The month in which something about ``period`` becomes known: ``period``, or the first not yet reconciled.

    What comes late changes the next month, never one that has been concluded.
    """
    newest = newest_period(connection)
    return period if newest is None or newest < period else _month_after(newest)


def month_that_is_open(connection: Connection, now: datetime) -> str:
    """The month in which what is done now becomes known: the one after the newest reconciled, else the month of now."""
    newest = newest_period(connection)
    return f"{now:%Y-%m}" if newest is None else _month_after(newest)


def supersede(connection: Connection, period: str, *, by: str) -> None:
    """Note that ``period`` was complete only after ``by`` had been reconciled; its findings are those of ``by``."""
    values = {"period": period, "summary": {"superseded_by": by}, "finished_at": datetime.now(UTC)}
    connection.execute(upsert(reconciliation).values(values).on_conflict_do_nothing())


def reconciled_periods(connection: Connection) -> set[str]:
    """Every month that needs no reconciliation any more."""
    return set(connection.execute(select(reconciliation.c.period)).scalars())


def counted(connection: Connection, *, most: int) -> list[tuple[str, int, int, int]]:
    """Of the ``most`` newest reconciled months, the oldest first: month, links, discrepancies, and those of a danger.

    Both tables are read once, however many months are asked for.
    """
    own = ~reconciliation.c.summary.has_key("superseded_by")
    query = select(reconciliation.c.period).where(own).order_by(reconciliation.c.period.desc()).limit(most)
    periods = sorted(connection.execute(query).scalars())
    if not periods:
        return []
    danger = discrepancy.c["class"] == "protection"
    open_links = [func.count().filter(open_as_of(link, each)) for each in periods]
    open_ones = [func.count().filter(open_as_of(discrepancy, each)) for each in periods]
    dangers = [func.count().filter(open_as_of(discrepancy, each), danger) for each in periods]
    links = connection.execute(select(*open_links).select_from(link)).one()
    found = connection.execute(select(*open_ones, *dangers).select_from(discrepancy)).one()
    return list(zip(periods, links, found[: len(periods)], found[len(periods) :], strict=True))


def _month_after(period: str) -> str:
    year, month = map(int, period.split("-"))
    return f"{year + month // 12}-{month % 12 + 1:02d}"


def record(
    connection: Connection,
    period: str,
    *,
    links: pa.Table,
    discrepancies: pa.Table,
    summary: Mapping[str, Any],
    again: Mapping[str, pa.Array] = EVERYTHING,
) -> None:
    """Make ``links`` and ``discrepancies``, in the columns of their tables, the open findings as of ``period``.

    With ``again`` (stream -> references of our records that were looked at) links of other records in these streams
    stay as they are; ``links`` need not hold them.

    Raises ``ValueError`` when a later period has been recorded: the past is asked, never rewritten.
    """
    newest = newest_period(connection)
    if newest is not None and newest > period:
        raise ValueError(f"period {period} cannot be recorded after {newest}")
    with _looked_at(connection, again) as which:
        _replace(connection, link, _LINK_KEY, period, links, which)
    _replace(connection, discrepancy, _DISCREPANCY_KEY, period, discrepancies, [true()])
    values = {"period": period, "summary": dict(summary), "finished_at": datetime.now(UTC)}
    statement = upsert(reconciliation).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["period"], set_=values))


def record_heard(connection: Connection, period: str, *, said: pa.Table, in_neither: pa.Table) -> None:
    """Make ``said`` and ``in_neither``, in the columns of ``testimony`` and ``witnessed``, what stands open now.

    In the transaction that records the findings of ``period``, after these.
    """
    _replace(connection, testimony, _TESTIMONY_KEY, period, said, [true()])
    _replace(connection, witnessed, _WITNESSED_KEY, period, in_neither, [true()])


def open_as_of(table: Table, period: str) -> Any:
    """The SQL condition that a finding was open at the end of ``period``."""
    return and_(table.c.opened_in <= period, or_(table.c.closed_in.is_(None), table.c.closed_in > period))


@contextmanager
def _looked_at(connection: Connection, again: Mapping[str, pa.Array]) -> Iterator[list[ColumnElement[bool]]]:
    """SQL conditions of which each link of a record that was looked at meets one.

    Not one condition with OR: PostgreSQL would look every link up by itself.
    """
    if not again:
        yield [true()]
        return
    rows = pa.concat_tables(
        pa.table({"stream": pa.array([stream] * len(refs), pa.string()), "ref": refs}) for stream, refs in again.items()
    )
    with staged(connection, _LOOKED_AT, rows) as refs:
        looked = and_(refs.c.stream == link.c.stream, refs.c.ref == link.c.ours_ref)
        yield [link.c.stream.not_in(list(again)), looked]


def _replace(
    connection: Connection,
    table: Table,
    key: Sequence[str],
    period: str,
    found: pa.Table,
    which: Sequence[ColumnElement[bool]],
) -> None:
    """Bring those rows of ``table`` that meet a condition of ``which`` to what was ``found``.

    In sets, by PostgreSQL; only what changed is written.
    """
    connection.execute(delete(table).where(table.c.opened_in == period))
    connection.execute(update(table).where(table.c.closed_in == period).values(closed_in=None))
    columns = [column.name for column in table.columns if column.name not in _INTERVAL]
    with staged(connection, table, found.select(columns)) as new:
        same = and_(table.c.closed_in.is_(None), *(table.c[name] == new.c[name] for name in key))
        gone = and_(table.c.closed_in.is_(None), ~exists().where(same))
        for these in which:
            connection.execute(update(table).where(gone, these).values(closed_in=period))
        values = {name: new.c[name] for name in _MAY_CHANGE[table.name]}
        differs = or_(*(table.c[name].is_distinct_from(value) for name, value in values.items()))
        connection.execute(update(table).where(same, differs).values(values))
        fresh = select(*new.c, literal(period)).where(~exists().where(same))
        connection.execute(insert(table).from_select([*columns, "opened_in"], fresh))
