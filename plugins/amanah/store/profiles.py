"""What earlier batches looked like, in counts: what a new batch of the same source is compared with."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from amanah.store.tables import batch, batch_profile


@dataclass(frozen=True)
class Profile:
    """One batch in counts.

    ``counts`` are records per code of a field, ``presence`` records that have a field, ``medians`` the median of an
    amount per currency. A median of few records is personal: none of this leaves the node's database.
    """

    records: int
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    presence: Mapping[str, int] = field(default_factory=dict)
    medians: Mapping[str, Mapping[str, tuple[int, Decimal]]] = field(default_factory=dict, repr=False)


def add(connection: Connection, source: str, period: str, profile: Profile) -> None:
    """Keep the profile of a batch."""
    where = {"source": source, "period": period}
    rows: list[dict[str, object]] = []
    for name, codes in profile.counts.items():
        rows += [_row(where, "code", name, code, count) for code, count in codes.items()]
    rows += [_row(where, "presence", name, "", count) for name, count in profile.presence.items()]
    for name, currencies in profile.medians.items():
        rows += [_row(where, "median", name, code, count, median) for code, (count, median) in currencies.items()]
    if rows:
        connection.execute(insert(batch_profile), rows)


def before(connection: Connection, source: str, period: str, *, months: int) -> tuple[Profile, ...]:
    """The profiles of the newest ``months`` batches of ``source`` before ``period``, newest first.

    Later batches never count: an earlier month judged again is judged as it was.
    """
    newest = (
        select(batch.c.period, batch.c.accepted)
        .where(batch.c.source == source, batch.c.period < period)
        .order_by(batch.c.period.desc())
        .limit(months)
    )
    records = {row.period: row.accepted for row in connection.execute(newest)}
    query = select(batch_profile).where(batch_profile.c.source == source, batch_profile.c.period.in_(records))
    lines = defaultdict(list)
    for row in connection.execute(query):
        lines[row.period].append(row)
    return tuple(_profile(count, lines[month]) for month, count in records.items())


def _profile(records: int, rows: Iterable[Row[Any]]) -> Profile:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    presence: dict[str, int] = {}
    medians: dict[str, dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for row in rows:
        if row.what == "code":
            counts[row.field][row.code] = row.records
        elif row.what == "presence":
            presence[row.field] = row.records
        else:
            medians[row.field][row.code] = (row.records, row.median)
    return Profile(records, dict(counts), presence, dict(medians))


def _row(
    where: Mapping[str, str], what: str, name: str, code: str, count: int, median: Decimal | None = None
) -> dict[str, object]:
    return {**where, "what": what, "field": name, "code": code, "records": count, "median": median}
