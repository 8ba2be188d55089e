"""The watch: which message stands in a state for longer than agreed, which month has not come, what raised an alarm.

Nothing is changed here. What can mend itself is tried again by the verbs; this is what a person should know meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from amanah.exchange import messages
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.holding import holding
from amanah.exchange.messages import State
from amanah.store.tables import ledger, message
from schemas.agreement_terms import Deadlines
from schemas.envelope import STATUS_STREAM, Kind, Verdict

ALARMS_FOR = timedelta(days=7)  # an alarm is an event, not a state: it is shown this long


class What(StrEnum):
    """What is not as agreed."""

    NOT_DELIVERED = "not delivered"
    NOT_ANSWERED = "not answered"
    NOT_ADMITTED = "not admitted"
    GAP = "gap"
    HOLDS = "holds"
    REFUSED = "refused"
    NOT_ARRIVED = "not arrived"
    NOT_PUBLISHED = "not published"
    ALARM = "alarm"
    MAIL_REFUSED = "mail refused"
    MAIL_BOUNCED = "mail came back"


DO = {
    What.NOT_DELIVERED: "see why deliver fails: the exchange point, its disk, our sign-in; run `amanah doctor`",
    What.NOT_ANSWERED: "it has been put again and the answer asked for; ask the partner's engineer whether they are up",
    What.NOT_ADMITTED: "see why admit fails or does not run; the partner waits for our answer",
    What.GAP: "an earlier message is missing and was asked for; ask the partner's engineer to put it again",
    What.HOLDS: "a message was refused and the stream holds, as agreed; look at its answer, then `amanah node pass`",
    What.REFUSED: "the partner refused it as a whole; look at its answer, mend the cause, publish that month again",
    What.NOT_ARRIVED: "the partner has sent nothing we could accept for that month, not even a nil message; ask them",
    What.NOT_PUBLISHED: "another stream or the partner's is out, ours is not; see why publish fails or waits",
    What.ALARM: "look it up with `amanah ledger find --message ID`; docs/protocol.md says what contradicts what",
    What.MAIL_REFUSED: "the desk did not get it; see `amanah node mail list`, put its address right, then `mail retry`",
    What.MAIL_BOUNCED: "the desk did not get it; see `amanah node mail list`, put its address right, then `mail retry`",
}


@dataclass(frozen=True)
class Concern:
    """One thing that is late or needs a person. It holds ids, codes and times only."""

    what: What
    stream: str
    message_id: str | None
    period: str | None
    since: datetime
    entry: int | None = None  # of the ledger, where it says more
    detail: str = ""

    @property
    def key(self) -> str:
        """The same for as long as it is the same concern."""
        return "|".join([self.what, self.stream, self.message_id or "", self.period or "", str(self.entry or "")])

    @property
    def do(self) -> str:
        """What to do about it."""
        return DO[self.what]


_ENDS = {  # the states that are to end, and what it is when they do not in time
    (messages.OUT, State.BUILT): What.NOT_DELIVERED,
    (messages.OUT, State.SENT): What.NOT_DELIVERED,
    (messages.OUT, State.STORED): What.NOT_ANSWERED,
    (messages.IN, State.RECEIVED): What.NOT_ADMITTED,
    (messages.IN, State.HELD): What.GAP,
}


def concerns(connection: Connection, endpoint: Endpoint, *, now: datetime | None = None) -> list[Concern]:
    """Everything that is late or needs a person at ``now``, the oldest first."""
    now = now or datetime.now(UTC)
    found = [
        *_late(connection, endpoint, now),
        *_held(connection, endpoint),
        *_refused(connection),
        *_months(connection, endpoint, now),
        *_alarms(connection, now),
    ]
    return sorted(found, key=lambda concern: (concern.since, concern.key))


def waiting(connection: Connection) -> Sequence[Row[Any]]:
    """The messages that stand in a state that is to end, without what is large in them."""
    columns = [column for column in message.c if column.name not in {"answer", "manifest", "receipt"}]
    never_answered = (message.c.stream == STATUS_STREAM) & (message.c.state == State.STORED)
    query = select(*columns).where(message.c.state.in_([state for _, state in _ENDS]), ~never_answered)
    return connection.execute(query.order_by(message.c.stream, message.c.sequence)).all()


def deadline(row: Row[Any], agreed: Deadlines) -> tuple[What, datetime] | None:
    """As what ``row`` is late, and from when, unless it moves on before; None for one that need not."""
    what = _ENDS.get((row.direction, State(row.state)))
    if what is None or (what is What.NOT_ANSWERED and row.stream == STATUS_STREAM):
        return None
    deliver, answer = timedelta(hours=agreed.deliver_hours), timedelta(hours=agreed.answer_hours)
    limit = {What.NOT_DELIVERED: deliver, What.NOT_ANSWERED: deliver + answer}.get(what, answer)
    due: datetime = row.created_at + limit
    if what is What.NOT_ANSWERED and row.answer_due_at is not None:
        due = min(due, row.answer_due_at)
    return what, due


def _late(connection: Connection, endpoint: Endpoint, now: datetime) -> Iterator[Concern]:
    """Messages that stand in a state beyond its deadline."""
    rows = waiting(connection)
    behind = {row.stream for row in holding(connection, endpoint)}
    for row in rows:
        found = deadline(row, endpoint.agreement.deadlines)
        if found is None or (found[0] is What.GAP and row.stream in behind):
            continue
        if found[1] < now:
            yield _of(row, *found)


def _held(connection: Connection, endpoint: Endpoint) -> Iterator[Concern]:
    for row in holding(connection, endpoint):
        yield _of(row, What.HOLDS, row.answered_at)


def _refused(connection: Connection) -> Iterator[Concern]:
    """Our months of which every message was refused: what arrived damaged is built anew without anybody."""
    other = aliased(message)
    replaced = (
        select(other.c.message_id)
        .where(
            other.c.direction == messages.OUT,
            other.c.stream == message.c.stream,
            other.c.period == message.c.period,
            other.c.kind != Kind.SNAPSHOT,
            other.c.sequence > message.c.sequence,
        )
        .exists()
    )
    query = select(message).where(
        message.c.direction == messages.OUT, message.c.verdict == Verdict.REJECTED, message.c.kind != Kind.SNAPSHOT
    )
    for row in connection.execute(query.where(~replaced)):
        yield _of(row, What.REFUSED, row.answered_at)


def _months(connection: Connection, endpoint: Endpoint, now: datetime) -> Iterator[Concern]:
    """Months that one side has published of a stream and the other has not, some days after it could have.

    The days begin with the month's end, or when the first message of the month came to be: an earlier month that is
    made up for later is not late the moment it begins.
    """
    ours = _published(connection, messages.OUT, [State.BUILT, State.SENT, State.STORED, State.ACCEPTED])
    theirs = _published(connection, messages.IN, [State.ANSWERED])
    days = timedelta(days=endpoint.agreement.deadlines.arrival_days)
    for period in sorted({period for period, _ in [*ours, *theirs]}):
        begun = min(at for (month, _), at in [*ours.items(), *theirs.items()] if month == period)
        due = max(_month_end(period), begun) + days
        if due >= now:
            continue
        for stream in endpoint.agreement.streams:
            if (period, stream) not in theirs:
                yield Concern(What.NOT_ARRIVED, stream, None, period, due)
            if (period, stream) not in ours:
                yield Concern(What.NOT_PUBLISHED, stream, None, period, due)


def _published(connection: Connection, direction: str, states: list[State]) -> dict[tuple[str, str], datetime]:
    """Month and stream of what was published and not refused, and when its message came to be."""
    query = select(message.c.period, message.c.stream, message.c.created_at).where(
        message.c.direction == direction,
        message.c.state.in_(states),
        message.c.stream != STATUS_STREAM,
        message.c.kind.in_([Kind.RECORDS, Kind.NIL]),
        message.c.verdict.is_(None) | (message.c.verdict == Verdict.ACCEPTED),
    )
    return {(period, stream): at for period, stream, at in connection.execute(query)}


def _alarms(connection: Connection, now: datetime) -> Iterator[Concern]:
    query = select(ledger).where(ledger.c.event == "alarm", ledger.c.at > now - ALARMS_FOR)
    for entry in connection.execute(query):
        stream = entry.message_id.split("-")[2] if entry.message_id.count("-") == 3 else STATUS_STREAM  # noqa: PLR2004
        reason = str(entry.detail.get("reason", ""))
        yield Concern(What.ALARM, stream, entry.message_id, None, entry.at, entry.position, reason)


def _of(row: Row[tuple[object, ...]], what: What, since: datetime) -> Concern:
    return Concern(what, row.stream, row.message_id, row.period, since)


def _month_end(period: str) -> datetime:
    year, month = map(int, period.split("-"))
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
