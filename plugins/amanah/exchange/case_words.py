"""The word about cases: what each side's officials did, and which pairs they parted, once a month both ways.

A decision changes what is linked, so both nodes must begin to heed it in the same month. Each side's word of a month
is fixed when it is built; a month is reconciled only when both words of it are there; and a decision holds from the
month of the word that told it. So both compare alike, whatever arrives when.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, tuple_, update

from amanah.exchange.building import build_cases
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.store.locks import hold
from amanah.store.tables import case_there, case_word, pair_decision
from schemas import codelists
from schemas.envelope import Cases, CaseView, PairDecision

_CODES = {"state": "case_state", "resolution": "case_resolution", "action": "case_action"}


class Pair(NamedTuple):
    """A pair that was parted, as we see it."""

    number: str
    stream: str
    ours_ref: str
    theirs_ref: str


def give(connection: Connection, endpoint: Endpoint, period: str, views: Sequence[CaseView]) -> str:
    """Build our word of ``period`` about ``views`` and the decisions we hold to, or return the id of the one built.

    What is decided later is in the next month's.
    """
    hold(connection, "cases word")
    before = _word(connection, period, endpoint.us)
    if before is not None:
        return str(before.carried_by)
    newest = _newest(connection, endpoint.us)
    if newest is None or newest < period:
        _begin_and_end(connection, endpoint.us, period)
    decided = [_told(endpoint, row) for row in _held_to(connection, endpoint.us, period)]
    carried_by = build_cases(connection, endpoint, Cases(period=period, cases=tuple(views), decisions=tuple(decided)))
    _keep(connection, period, endpoint.us, carried_by)
    return carried_by


def _begin_and_end(connection: Connection, us: str, period: str) -> None:
    """What we decided since the last word begins to hold with this one, what we took back ends."""
    ours = pair_decision.c.party == us
    fresh = (ours, pair_decision.c.told_from.is_(None), pair_decision.c.withdrawn_at.is_(None))
    connection.execute(update(pair_decision).where(*fresh).values(told_from=period))
    ended = (ours, pair_decision.c.withdrawn_at.is_not(None), pair_decision.c.told_from.is_not(None))
    still_told = pair_decision.c.told_until.is_(None)
    connection.execute(update(pair_decision).where(*ended, still_told).values(told_until=period))


def take(connection: Connection, endpoint: Endpoint, told: Cases, *, carried_by: str) -> None:
    """Heed the partner's word: their view of each case, and which pairs they hold parted.

    One of a month before the newest that was told says nothing new. Raises ``Refused`` where it speaks of a stream or
    code that is not agreed, or its month was told before.
    """
    _check(endpoint, told)
    if _word(connection, told.period, endpoint.partner) is not None:
        raise Refused(Code.PART_DIFFERS, f"cases of {told.period} were told before; they are told once a month")
    newest = _newest(connection, endpoint.partner)
    if newest is None or newest < told.period:
        _see(connection, told)
        _decide(connection, endpoint, told)
    _keep(connection, told.period, endpoint.partner, carried_by)


def months_told(connection: Connection, parties: Collection[str]) -> set[str]:
    """The months of which the words of all ``parties`` are there."""
    query = select(case_word.c.period).where(case_word.c.party.in_(parties)).group_by(case_word.c.period)
    return set(connection.execute(query.having(func.count() == len(parties))).scalars())


def _check(endpoint: Endpoint, told: Cases) -> None:
    if not endpoint.agreement.cases.told:
        raise Refused(Code.OTHER_SCHEMA, "the agreement has no words about cases")
    unknown = {each.stream for each in told.decisions} - endpoint.agreement.streams.keys()
    if unknown:
        raise Refused(Code.PART_DIFFERS, f"decisions: stream {min(unknown)} is not agreed")
    for name, listed in _CODES.items():
        known = {None, *codelists.load(listed).codes}
        if any(getattr(view, name) not in known for view in told.cases):
            raise Refused(Code.PART_DIFFERS, f"cases: {name}: not a code of the list {listed}")


def _see(connection: Connection, told: Cases) -> None:
    connection.execute(delete(case_there))
    rows = {view.number: {**view.model_dump(), "told_in": told.period} for view in told.cases}
    if rows:
        connection.execute(insert(case_there), list(rows.values()))


def _decide(connection: Connection, endpoint: Endpoint, told: Cases) -> None:
    """Decisions that are in the word and were not begin with its month; those that are no more in it end."""
    pairs = {_seen(endpoint, each) for each in told.decisions}
    held = {
        Pair(row.number, row.stream, row.ours_ref, row.theirs_ref)
        for row in _held_to(connection, endpoint.partner, told.period)
    }
    columns = [pair_decision.c[name] for name in Pair._fields]
    theirs = (pair_decision.c.party == endpoint.partner, pair_decision.c.told_until.is_(None))
    if ended := held - pairs:
        gone = tuple_(*columns).in_([tuple(pair) for pair in ended])
        connection.execute(update(pair_decision).where(*theirs, gone).values(told_until=told.period))
    if begun := sorted(pairs - held):
        values = {"party": endpoint.partner, "told_from": told.period, "at": datetime.now(UTC)}
        connection.execute(insert(pair_decision), [{**pair._asdict(), **values} for pair in begun])


def _held_to(connection: Connection, party: str, period: str) -> Iterator[Row[tuple[object, ...]]]:
    """What ``party`` holds parted in ``period``, as far as it was told."""
    query = select(pair_decision).where(
        pair_decision.c.party == party,
        pair_decision.c.told_from <= period,
        or_(pair_decision.c.told_until.is_(None), pair_decision.c.told_until > period),
    )
    yield from connection.execute(query.order_by(*(pair_decision.c[name] for name in Pair._fields)))


def _told(endpoint: Endpoint, row: Row[tuple[object, ...]]) -> PairDecision:
    first, second = ("ours_ref", "theirs_ref") if _we_are_first(endpoint) else ("theirs_ref", "ours_ref")
    return PairDecision(
        number=row.number, stream=row.stream, first_ref=getattr(row, first), second_ref=getattr(row, second)
    )


def _seen(endpoint: Endpoint, each: PairDecision) -> Pair:
    refs = (each.first_ref, each.second_ref) if _we_are_first(endpoint) else (each.second_ref, each.first_ref)
    return Pair(each.number, each.stream, *refs)


def _we_are_first(endpoint: Endpoint) -> bool:
    return endpoint.us == next(iter(endpoint.agreement.parties))


def _word(connection: Connection, period: str, party: str) -> Row[tuple[object, ...]] | None:
    query = select(case_word).where(case_word.c.period == period, case_word.c.party == party)
    return connection.execute(query).one_or_none()


def _newest(connection: Connection, party: str) -> str | None:
    query = select(func.max(case_word.c.period)).where(case_word.c.party == party)
    newest: str | None = connection.execute(query).scalar_one()
    return newest


def _keep(connection: Connection, period: str, party: str, carried_by: str) -> None:
    values = {"period": period, "party": party, "carried_by": carried_by, "at": datetime.now(UTC)}
    connection.execute(insert(case_word).values(values))
