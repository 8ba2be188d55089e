"""Figures: how a node stands, as counts by code, for those who watch many nodes at once.

Each is what the node's database says now, never a sum over runs: a task that runs twice, or Airflow losing its
database, falsifies none. No figure is about a person, and no label holds more than a code of a list or a name from the
agreement or ``node.yaml``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from amanah.cases import digest, edition, notice, outbox, weekly
from amanah.cases.lifecycle import UNFINISHED
from amanah.cases.lifecycle import State as CaseState
from amanah.exchange import messages
from amanah.exchange.messages import State
from amanah.exchange.watch import What
from amanah.node.node import Node
from amanah.store import quarantine as quarantined
from amanah.store.tables import batch, case, ledger, link, mail, message, quarantine
from schemas import codelists
from schemas.envelope import STATUS_STREAM

PREFIX = "amanah"
LOOK_BACK = timedelta(days=30)  # over which the time to an answer is measured

GRADES = ("certain", "probable", "possible")
MAILS = ("protection", "missed", digest.KIND, weekly.KIND, notice.KIND, edition.KIND)
PACKAGES = {
    messages.OUT: (State.BUILT, State.SENT, State.STORED, State.ACCEPTED, State.REJECTED),
    messages.IN: (State.RECEIVED, State.HELD, State.ACCEPTED, State.REJECTED),
}


class Part(StrEnum):
    """Which part of the node a figure is of."""

    INTAKE = "intake"
    EXCHANGE = "exchange"
    RECONCILIATION = "reconciliation"
    MAIL = "mail"
    LEDGER = "ledger"


# What each verb may have changed: what is worth another look once it has ended.
AFTER: Mapping[str, tuple[Part, ...]] = {
    "validate": (Part.INTAKE,),
    "publish": (Part.EXCHANGE,),
    "deliver": (Part.EXCHANGE,),
    "collect": (Part.EXCHANGE,),
    "admit": (Part.EXCHANGE,),
    "watch": (Part.EXCHANGE, Part.MAIL),
    "reconcile": (Part.RECONCILIATION,),
    "notify": (Part.RECONCILIATION, Part.MAIL),
    "tell_members": (Part.MAIL,),
    "room": (Part.LEDGER,),
}


@dataclass(frozen=True)
class Measure:
    """What one figure is called, what its labels are beside corridor and party, and what it means."""

    name: str
    part: Part
    labels: tuple[str, ...]
    meaning: str


ROWS_READ = Measure("rows_read", Part.INTAKE, ("source",), "rows read from a ministry's system, all months")
QUARANTINED = Measure("quarantined", Part.INTAKE, ("source",), "refused rows that wait in quarantine")
PACKAGES_OF = Measure(
    "packages",
    Part.EXCHANGE,
    ("direction", "stream", "state"),
    "packages by where they stand. `out`: built, sent, stored (at the exchange point, not answered), accepted, "
    "rejected. `in`: received, held, accepted (applied and answered), rejected",
)
RECORDS = Measure(
    "records", Part.EXCHANGE, ("direction", "stream"), "record changes in accepted packages that the receiver applied"
)
RECORDS_REFUSED = Measure(
    "records_refused", Part.EXCHANGE, ("direction", "stream"), "record changes that the receiver refused one by one"
)
ANSWER_SECONDS = Measure(
    "answer_seconds",
    Part.EXCHANGE,
    ("direction", "stream", "of"),
    "seconds to the answer, of packages answered in the last 30 days, median and longest. `out`: from lying at the "
    "exchange point to the partner's answer; `in`: from being fetched to ours. Absent where none was answered",
)
OVERDUE = Measure(
    "overdue", Part.EXCHANGE, ("what",), "what is late or needs a person, as `amanah node overdue` lists it"
)
LEDGER_ENTRIES = Measure("ledger_entries", Part.EXCHANGE, (), "entries of the ledger")
LINKS = Measure("links", Part.RECONCILIATION, ("stream", "grade"), "links that stand")
CASES = Measure("cases", Part.RECONCILIATION, ("class", "state"), "cases, closed ones too")
CASES_LATE = Measure("cases_late", Part.RECONCILIATION, ("class",), "unfinished cases past the day they were due")
MAILS_OF = Measure(
    "mails", Part.MAIL, ("kind", "state"), "mails to desks, supervisors, the engineer and members of the task force"
)
LEDGER_BYTES = Measure("ledger_bytes", Part.LEDGER, (), "what the ledger takes on disk, with its indexes")
LEDGER_ROOM = Measure("ledger_room_bytes", Part.LEDGER, (), "what `node.yaml` lets the ledger take")

MEASURES = (
    ROWS_READ,
    QUARANTINED,
    PACKAGES_OF,
    RECORDS,
    RECORDS_REFUSED,
    ANSWER_SECONDS,
    OVERDUE,
    LEDGER_ENTRIES,
    LINKS,
    CASES,
    CASES_LATE,
    MAILS_OF,
    LEDGER_BYTES,
    LEDGER_ROOM,
)


@dataclass(frozen=True)
class Figure:
    """One value of a measure, with a value for each of its labels."""

    measure: Measure
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def figures(node: Node, parts: Collection[Part] = tuple(Part)) -> Iterator[Figure]:
    """How ``node`` stands in ``parts``. What there is none of is said too, as 0: a count that fell must be seen."""
    with node.database.engine.connect() as connection:
        for part in parts:
            yield from _PARTS[part](connection, node)


def as_metric(figure: Figure, whose: Mapping[str, str], *, tagged: bool) -> tuple[str, dict[str, str]]:
    """The name and tags of a figure. Where tags would be dropped, as by plain StatsD, the name holds them in order."""
    tags = {**whose, **figure.labels}
    name = f"{PREFIX}.{figure.measure.name}"
    return (name if tagged else ".".join([name, *tags.values()])), tags


def _intake(connection: Connection, node: Node) -> Iterator[Figure]:
    sources = list(node.settings.sources)
    read = select(batch.c.source, func.sum(batch.c.read)).group_by(batch.c.source)
    yield from _counted(ROWS_READ, connection, read, [sources])
    waiting = quarantine.c.state == quarantined.State.WAITING
    refused = select(quarantine.c.source, func.count()).where(waiting).group_by(quarantine.c.source)
    yield from _counted(QUARANTINED, connection, refused, [sources])


def _exchange(connection: Connection, node: Node) -> Iterator[Figure]:
    streams = list(node.agreement.streams)
    carries_records = message.c.stream != STATUS_STREAM
    stands = func.coalesce(message.c.verdict, message.c.state)
    packages = _by(message.c.direction, message.c.stream, stands, of=func.count()).where(carries_records)
    for direction, states in PACKAGES.items():
        here = packages.where(message.c.direction == direction)
        yield from _counted(PACKAGES_OF, connection, here, [[direction], streams, states])
    both = [list(PACKAGES), streams]
    answered = carries_records & message.c.verdict.is_not(None)
    refused = _by(message.c.direction, message.c.stream, of=func.sum(message.c.rejected_records)).where(answered)
    yield from _counted(RECORDS_REFUSED, connection, refused, both)
    applied = func.sum(message.c.records - message.c.rejected_records)
    accepted = _by(message.c.direction, message.c.stream, of=applied).where(message.c.verdict == State.ACCEPTED.value)
    yield from _counted(RECORDS, connection, accepted.where(carries_records), both)
    yield from _answer_times(connection)
    standing = dict.fromkeys(What, 0)
    for concern in node.concerns():
        standing[concern.what] += 1
    yield from (Figure(OVERDUE, count, {"what": _code(what)}) for what, count in standing.items())
    entries = connection.execute(select(func.coalesce(func.max(ledger.c.position), 0))).scalar_one()
    yield Figure(LEDGER_ENTRIES, entries)


def _answer_times(connection: Connection) -> Iterator[Figure]:
    """From when a message could be read to when its answer was here: by our clock alone, which the ledger keeps."""
    began = func.coalesce(_first(State.STORED), message.c.created_at)
    ended = func.coalesce(_first(State.ACCEPTED, State.REJECTED, State.ANSWERED), message.c.answered_at)
    seconds = func.extract("epoch", ended - began)
    query = (
        select(message.c.direction, message.c.stream, _median(seconds), func.max(seconds))
        .where(message.c.stream != STATUS_STREAM, message.c.answered_at > datetime.now(UTC) - LOOK_BACK)
        .group_by(message.c.direction, message.c.stream)
    )
    for direction, stream, median, longest in connection.execute(query):
        labels = {"direction": direction, "stream": stream}
        yield Figure(ANSWER_SECONDS, float(median), labels | {"of": "median"})
        yield Figure(ANSWER_SECONDS, float(longest), labels | {"of": "longest"})


def _first(*events: State) -> Any:
    """When the first of ``events`` happened to a message."""
    of_it = (ledger.c.message_id == message.c.message_id) & ledger.c.event.in_([event.value for event in events])
    return select(func.min(ledger.c.at)).where(of_it).scalar_subquery()


def _reconciliation(connection: Connection, node: Node) -> Iterator[Figure]:
    standing = _by(link.c.stream, link.c.grade, of=func.count()).where(link.c.closed_in.is_(None))
    yield from _counted(LINKS, connection, standing, [list(node.agreement.streams), GRADES])
    classes = codelists.load("discrepancy_class").codes
    cases = _by(case.c["class"], case.c.state, of=func.count())
    yield from _counted(CASES, connection, cases, [classes, tuple(CaseState)])
    late = case.c.state.in_(UNFINISHED) & (case.c.due_on < node.today())
    yield from _counted(CASES_LATE, connection, _by(case.c["class"], of=func.count()).where(late), [classes])


def _mail(connection: Connection, _node: Node) -> Iterator[Figure]:
    mails = _by(mail.c.kind, mail.c.state, of=func.count())
    yield from _counted(MAILS_OF, connection, mails, [MAILS, tuple(outbox.State)])


def _ledger(_connection: Connection, node: Node) -> Iterator[Figure]:
    room = node.ledger_room()
    yield Figure(LEDGER_BYTES, room.bytes)
    yield Figure(LEDGER_ROOM, room.allowed)


_PARTS: Mapping[Part, Callable[[Connection, Node], Iterator[Figure]]] = {
    Part.INTAKE: _intake,
    Part.EXCHANGE: _exchange,
    Part.RECONCILIATION: _reconciliation,
    Part.MAIL: _mail,
    Part.LEDGER: _ledger,
}


def _by(*columns: ColumnElement[Any], of: ColumnElement[Any]) -> Select[Any]:
    return select(*columns, of).group_by(*columns)


def _counted(
    measure: Measure, connection: Connection, query: Select[Any], known: Sequence[Collection[str]]
) -> Iterator[Figure]:
    """The rows of ``query``, a value for each label and then the count, and 0 for the rest of what is ``known``."""
    counts = {tuple(map(str, keys)): 0 for keys in product(*known)}
    counts |= {tuple(keys): int(count or 0) for *keys, count in connection.execute(query)}
    for keys, count in counts.items():
        yield Figure(measure, count, dict(zip(measure.labels, map(_code, keys), strict=True)))


def _median(seconds: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(0.5).within_group(seconds)


def _code(value: str) -> str:
    """As a name of a metric may hold it."""
    return value.replace(" ", "_")
