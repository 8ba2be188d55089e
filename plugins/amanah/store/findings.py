"""Findings over time: links and discrepancies as intervals of periods, so that any earlier month can be asked again.

A finding is open from ``opened_in`` up to, not including, ``closed_in``. Recording a period a second time first undoes
what the first time wrote, so that a re-run gives the same result.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from amanah.store.tables import discrepancy, link, reconciliation

_LINK_KEY = ("stream", "ours_ref", "theirs_ref")
_DISCREPANCY_KEY = ("id",)


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


def supersede(connection: Connection, period: str, *, by: str) -> None:
    """Note that ``period`` was complete only after ``by`` had been reconciled; its findings are those of ``by``."""
    values = {"period": period, "summary": {"superseded_by": by}, "finished_at": datetime.now(UTC)}
    connection.execute(upsert(reconciliation).values(values).on_conflict_do_nothing())


def reconciled_periods(connection: Connection) -> set[str]:
    """Every month that needs no reconciliation any more."""
    return set(connection.execute(select(reconciliation.c.period)).scalars())


def _month_after(period: str) -> str:
    year, month = map(int, period.split("-"))
    return f"{year + month // 12}-{month % 12 + 1:02d}"


def record(
    connection: Connection,
    period: str,
    *,
    links: Iterable[Mapping[str, object]],
    discrepancies: Iterable[Mapping[str, object]],
    summary: Mapping[str, Any],
) -> None:
    """Make ``links`` and ``discrepancies`` the open findings as of ``period``.

    Raises ``ValueError`` when a later period has been recorded: the past is asked, never rewritten.
    """
    newest = newest_period(connection)
    if newest is not None and newest > period:
        raise ValueError(f"period {period} cannot be recorded after {newest}")
    _replace(connection, link, _LINK_KEY, period, list(links))
    _replace(connection, discrepancy, _DISCREPANCY_KEY, period, list(discrepancies))
    values = {"period": period, "summary": dict(summary), "finished_at": datetime.now(UTC)}
    statement = upsert(reconciliation).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["period"], set_=values))


def open_as_of(table: Table, period: str) -> Any:
    """The SQL condition that a finding was open at the end of ``period``."""
    return and_(table.c.opened_in <= period, or_(table.c.closed_in.is_(None), table.c.closed_in > period))


def _replace(
    connection: Connection, table: Table, key: Sequence[str], period: str, found: list[Mapping[str, object]]
) -> None:
    connection.execute(delete(table).where(table.c.opened_in == period))
    connection.execute(update(table).where(table.c.closed_in == period).values(closed_in=None))
    columns = [table.c[name] for name in key]
    held = {tuple(row) for row in connection.execute(select(*columns).where(table.c.closed_in.is_(None)))}
    wanted = {tuple(row[name] for name in key): row for row in found}
    gone = [_keyed(key, value) for value in held - wanted.keys()]
    if gone:
        connection.execute(_where_key(update(table), table, key).values(closed_in=period), gone)
    stays = [_keyed(key, value) | _mutable(table, key, wanted[value]) for value in held & wanted.keys()]
    if stays and table is discrepancy:
        mutable = ("severity", "reason", "area", "ours", "theirs")
        names: dict[str, Any] = {name: bindparam(f"new_{name}") for name in mutable}
        connection.execute(_where_key(update(table), table, key).values(names), stays)
    fresh = [{**wanted[value], "opened_in": period} for value in wanted.keys() - held]
    if fresh:
        connection.execute(insert(table), fresh)


def _where_key(statement: Any, table: Table, key: Sequence[str]) -> Any:
    return statement.where(table.c.closed_in.is_(None), *(table.c[name] == bindparam(f"key_{name}") for name in key))


def _keyed(key: Sequence[str], value: tuple[Any, ...]) -> dict[str, object]:
    return {f"key_{name}": part for name, part in zip(key, value, strict=True)}


def _mutable(table: Table, key: Sequence[str], row: Mapping[str, object]) -> dict[str, object]:
    return {f"new_{column.name}": row.get(column.name) for column in table.columns if column.name not in key}
