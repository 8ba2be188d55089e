"""Where a reconciliation left off, and what linking learned: kept beside the findings, for the next run to go on from.

A position is whole after a run on everything; runs on what changed add a part each, so that they write what changed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from amanah.store.database import Database
from amanah.store.tables import learned, position

_AT_ONCE = 4_000_000  # pairs in one part: PostgreSQL keeps no value of a gigabyte


@dataclass(frozen=True)
class Terms:
    """What a position is of: it is of use to a run under the same agreement and the same versions only.

    Attributes:
        period: month that was reconciled.
        agreement_sha256: of the agreement.
        linker: versions of what found it.
    """

    period: str
    agreement_sha256: str
    linker: str


class Overtaken(RuntimeError):
    """Another reconciliation was recorded while this one was working; the text says of what."""


class Mark(NamedTuple):
    """Which run a kept position is of, and under which terms."""

    run: str
    terms: Terms


@dataclass(frozen=True)
class Left:
    """Where a run left off.

    Attributes:
        terms: of the run.
        heard: ids of the messages whose records it has seen.
        standing: pairs that need no look until they change (column ``ours_ref``, and what the linker keeps of them).
        others: side (``ours``, ``theirs``) -> references of all other records.
    """

    terms: Terms
    heard: frozenset[str]
    standing: pa.Table
    others: Mapping[str, pa.Array]


def newest(connection: Connection, stream: str) -> Mark | None:
    """Which run the kept position of ``stream`` is of, if there is one."""
    columns = position.c.run, position.c.period, position.c.agreement_sha256, position.c.linker
    found = connection.execute(
        select(*columns).where(position.c.stream == stream).order_by(position.c.part.desc()).limit(1)
    ).one_or_none()
    return None if found is None else Mark(found.run, Terms(found.period, found.agreement_sha256, found.linker))


def load(database: Database, stream: str, *, run: str) -> Left:
    """Return the position of ``stream`` that ``run`` has left.

    Raises ``Overtaken`` when another run has been kept since.
    """
    parts = database.arrow(
        "SELECT run, period, agreement_sha256, linker, heard::text AS heard, standing, fallen, others FROM position\n"
        "WHERE stream = $1 ORDER BY part",
        (stream,),
    )
    if not parts.num_rows or parts["run"][-1].as_py() != run:
        raise _overtaken(stream)
    last = {name: parts[name][-1].as_py() for name in ("period", "agreement_sha256", "linker", "heard")}
    alive: list[pa.Table] = []
    for standing, fallen in zip(parts["standing"], parts["fallen"], strict=True):
        gone = _read(fallen)["ours_ref"].combine_chunks()
        if len(gone):
            alive = [pairs.filter(pc.invert(pc.is_in(pairs["ours_ref"], gone))) for pairs in alive]
        alive.append(_read(standing))
    return Left(
        Terms(last["period"], last["agreement_sha256"], last["linker"]),
        frozenset(json.loads(last["heard"])),
        pa.concat_tables(alive),
        _by_side(_read(parts["others"][-1])),
    )


def begin(connection: Connection, stream: str, left: Left) -> None:
    """Keep where a run on everything left off, in place of what was kept."""
    connection.execute(delete(position).where(position.c.stream == stream))
    run, none = uuid4().hex, left.standing.slice(0, 0)
    for part, pairs in enumerate(_chunks(left.standing)):
        _add(connection, (stream, part, run), left, standing=pairs, fallen=none)


def go_on(connection: Connection, stream: str, left: Left, *, since: str, standing: pa.Table, fallen: pa.Table) -> None:
    """Keep where a run on what changed left off; pairs came to stand, and ``fallen`` ones of before no more.

    Raises ``Overtaken`` when the kept position is not that of the run ``since`` which it went on from any more.
    """
    mark = newest(connection, stream)
    if mark is None or mark.run != since:
        raise _overtaken(stream)
    last = connection.execute(select(func.max(position.c.part)).where(position.c.stream == stream)).scalar_one()
    _add(connection, (stream, last + 1, uuid4().hex), left, standing=standing, fallen=fallen)


def parameters(connection: Connection, stream: str, terms: Terms) -> str | None:
    """What was learned from the month ``terms.period``, if it was kept."""
    same = (
        learned.c.stream == stream,
        learned.c.month == terms.period,
        learned.c.agreement_sha256 == terms.agreement_sha256,
        learned.c.linker == terms.linker,
    )
    found: str | None = connection.execute(select(learned.c.parameters).where(*same)).scalar_one_or_none()
    return found


def keep_parameters(connection: Connection, stream: str, terms: Terms, parameters: str) -> None:
    """Keep what was learned from the month ``terms.period``."""
    values = {
        "stream": stream,
        "month": terms.period,
        "agreement_sha256": terms.agreement_sha256,
        "linker": terms.linker,
        "parameters": parameters,
    }
    statement = upsert(learned).values(values)
    connection.execute(statement.on_conflict_do_update(constraint="learned_pk", set_={"parameters": parameters}))


def refs_of(others: Mapping[str, pa.Array]) -> pa.Table:
    """``others`` of a position as a table of ``side`` and ``ref``."""
    return pa.concat_tables(
        pa.table({"side": pa.array([side] * len(refs), pa.string()), "ref": refs.cast(pa.string())})
        for side, refs in others.items()
    )


def _by_side(refs: pa.Table) -> Mapping[str, pa.Array]:
    return {side: refs.filter(pc.equal(refs["side"], side))["ref"].combine_chunks() for side in ("ours", "theirs")}


def _overtaken(stream: str) -> Overtaken:
    return Overtaken(f"{stream}: another run has reconciled it meanwhile; reconcile this month again")


def _add(
    connection: Connection, which: tuple[str, int, str], left: Left, *, standing: pa.Table, fallen: pa.Table
) -> None:
    stream, part, run = which
    values = {
        "stream": stream,
        "part": part,
        "run": run,
        "period": left.terms.period,
        "agreement_sha256": left.terms.agreement_sha256,
        "linker": left.terms.linker,
        "heard": sorted(left.heard),
        "standing": _written(standing),
        "fallen": _written(fallen.select(["ours_ref"])),
        "others": _written(refs_of(left.others)),
    }
    connection.execute(insert(position).values(values))


def _chunks(pairs: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, max(1, pairs.num_rows), _AT_ONCE):
        yield pairs.slice(start, _AT_ONCE)


def _written(table: pa.Table) -> bytes:
    sink = BytesIO()
    pq.write_table(table, sink, compression="lz4")
    return sink.getvalue()


def _read(content: pa.Scalar) -> pa.Table:
    return pq.read_table(pa.BufferReader(content.as_buffer()))
