"""Casework on a node: what a person does with a case, and what follows from it for our records and the partner."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from amanah.cases import actions, history, looks, search, testimony
from amanah.cases.actions import ChangedMeanwhile, NoSuchCase
from amanah.cases.ageing import Age, age, amber_from, escalate
from amanah.cases.deeds import Deed, NotAllowed
from amanah.cases.lifecycle import Action, Resolution, State, allowed
from amanah.cases.related import related
from amanah.cases.search import PAGE, Wanted
from amanah.cases.testimony import Testimony
from amanah.node.amending import CannotAmend, amend
from amanah.node.case_records import Records, of_document, records
from amanah.store.database import Database
from amanah.store.tables import case_there, discrepancy
from schemas.agreement import Agreement


@dataclass(frozen=True)
class Line:
    """A case as a list shows it; nothing personal."""

    number: str
    state: str
    age: Age
    stream: str
    klass: str
    severity: str
    reason: str | None
    field: str | None
    area: str | None
    desk: str
    assignee: str | None
    opened_in: str
    due_on: date
    version: int


@dataclass(frozen=True)
class Entry:
    """One entry of a case's history. ``why`` is in a person's own words, and may be personal."""

    at: datetime
    by: str
    action: str
    state: str
    why: str | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class There:
    """The partner's view of the same case: where it stands there, and what was done last."""

    state: str
    resolution: str | None
    action: str
    acted_on: date
    told_in: str


@dataclass(frozen=True)
class Shown:
    """One case in full. ``ours`` and ``theirs`` are the differing values: personal, as is the history's ``why``.

    ``testimony`` is what our witnesses say of it; the references in it are personal too.
    """

    case: Line
    resolution: str | None
    waits_for: str | None
    ours_ref: str | None
    theirs_ref: str | None
    ours: str | None
    theirs: str | None
    there: There | None
    testimony: tuple[Testimony, ...]
    possible: tuple[str, ...]
    history: tuple[Entry, ...]
    related: tuple[Line, ...]


@dataclass(frozen=True)
class Look:
    """Somebody looked at the personal data of a case, or was refused."""

    at: datetime
    by: str
    role: str
    why: str
    refused: bool


@dataclass(frozen=True)
class Done:
    """What became of one deed: the state after it, or why it was not done."""

    number: str
    state: str | None
    fault: str | None = None


class Casework:
    """The cases of one node."""

    def __init__(self, database: Database, agreement: Agreement, us: str) -> None:
        self._database = database
        self._agreement = agreement
        self._us = us

    def listed(self, *, after: str | None = None, most: int = PAGE, **wanted: Any) -> tuple[list[Line], str | None]:
        """Cases that are ``wanted`` (`amanah.cases.search.Wanted`), and what asks for those after them."""
        with self._database.engine.connect() as connection:
            page = search.find(connection, self.wanted(**wanted), after=after, most=most)
        return self._lines(page.cases), page.next

    def wanted(self, **wanted: Any) -> Wanted:
        """A search as of today."""
        today = self.today()
        return Wanted(today=today, amber_before=amber_from(self._agreement, self._us, today), **wanted)

    def today(self) -> date:
        """The day it is where the party is."""
        return datetime.now(ZoneInfo(self._agreement.parties[self._us].time_zone)).date()

    def show(self, number: str, *, by: str, role: str, why: str) -> Shown:
        """One case in full; that ``by`` looked, and what for, is kept. Raises ``NoSuchCase``, or ``ValueError``."""
        if not why.strip():
            raise ValueError("a look at personal data must say what it is for")
        with self._database.engine.begin() as connection:
            row = actions.find(connection, number)
            looks.note(connection, number, by=by, role=role, why=why)
            return self._shown(connection, row)

    def line(self, number: str) -> Line:
        """One case as a list shows it. Raises ``NoSuchCase``."""
        with self._database.engine.connect() as connection:
            return self._line(actions.find(connection, number))

    def outline(self, number: str) -> Shown:
        """One case without anything personal: no values, and no words of the history. Raises ``NoSuchCase``."""
        with self._database.engine.connect() as connection:
            found = self._shown(connection, actions.find(connection, number))
        silent = tuple(replace(each, why=None) for each in found.history)
        said = tuple(replace(each, witness_ref=None, joined_ref=None) for each in found.testimony)
        return replace(found, ours=None, theirs=None, ours_ref=None, theirs_ref=None, testimony=said, history=silent)

    def records(self, number: str, *, by: str, role: str, why: str) -> tuple[Shown, Records]:
        """One case in full with both records; that ``by`` looked, and what for, is kept."""
        found = self.show(number, by=by, role=role, why=why)
        with self._database.engine.connect() as connection:
            return found, records(connection, self._agreement, actions.find(connection, number), us=self._us)

    def of_document(self, document: str, *, by: str, role: str, desks: Sequence[str] | None) -> list[Line]:
        """Cases of ``desks`` about a record with a document of that number; that ``by`` searched is kept."""
        with self._database.engine.begin() as connection:
            looks.note(connection, "-", by=by, role=role, why="search by a document's number")
            about = of_document(connection, self._agreement, document, us=self._us)
            page = search.find(connection, self.wanted(desks=desks, states=()), and_also=about)
        return self._lines(page.cases)

    def counts(self, **wanted: Any) -> dict[str, Counter[str]]:
        """How many cases are ``wanted``, by class, state and age."""
        with self._database.engine.connect() as connection:
            return search.count(connection, self.wanted(**wanted))

    def refused(self, number: str, *, by: str, role: str, why: str) -> None:
        """Keep that ``by`` asked for a case, or what they may not see, and was refused."""
        with self._database.engine.begin() as connection:
            looks.note(connection, number, by=by, role=role, why=why, refused=True)

    def looks_at(self, number: str) -> list[Look]:
        """Who looked at the personal data of a case, the first one first."""
        with self._database.engine.connect() as connection:
            return [Look(each.at, each.by, each.role, each.why, each.refused) for each in looks.at(connection, number)]

    def act(self, deed: Deed, *, value: str | None = None) -> State:
        """Do one deed; with ``value``, where our record was wrong, it is amended to say that.

        Raises:
            NoSuchCase, NotAllowed, ChangedMeanwhile: see :func:`amanah.cases.actions.act`.
            CannotAmend: the record would not keep to the contract; nothing was done.
        """
        now = datetime.now(UTC)
        with self._database.engine.begin() as connection:
            row = actions.find(connection, deed.number, lock=True)
            if value is not None:
                self._amend(connection, row, deed, value, now)
            return actions.act(connection, self._agreement, deed, us=self._us, now=now)

    def act_on_all(self, deeds: Sequence[Deed], *, value: str | None = None) -> list[Done]:
        """Do several deeds, each by itself: what one cannot be done for keeps no other from being done."""
        return [self._done(deed, value) for deed in deeds]

    def escalate(self, day: date | None = None) -> int:
        """Take what is past its deadline on ``day`` to the supervisors; return how many cases were."""
        with self._database.engine.begin() as connection:
            return escalate(connection, self._agreement, us=self._us, today=day or self.today())

    def _done(self, deed: Deed, value: str | None) -> Done:
        try:
            return Done(deed.number, self.act(deed, value=value))
        except (NoSuchCase, NotAllowed, ChangedMeanwhile, CannotAmend) as error:
            return Done(deed.number, None, str(error))

    def _amend(self, connection: Connection, row: Row[Any], deed: Deed, value: str, now: datetime) -> None:
        if deed.action is not Action.RESOLVE or deed.resolution is not Resolution.OURS_WRONG:
            raise NotAllowed(f"a value goes with {Action.RESOLVE} and {Resolution.OURS_WRONG} only")
        if row.field is None or row.ours_ref is None:
            raise CannotAmend(f"case {row.number} is not about a field of a record of ours")
        amend(
            connection,
            self._agreement,
            us=self._us,
            stream=row.stream,
            record_ref=row.ours_ref,
            field=row.field,
            value=value,
            number=row.number,
            by=deed.by,
            now=now,
        )

    def _shown(self, connection: Connection, row: Row[Any]) -> Shown:
        found = select(discrepancy).where(discrepancy.c.id == row.number)
        said = connection.execute(found.order_by(discrepancy.c.opened_in.desc()).limit(1)).one_or_none()
        there = connection.execute(select(case_there).where(case_there.c.number == row.number)).one_or_none()
        return Shown(
            case=self._line(row),
            resolution=row.resolution,
            waits_for=row.waits_for,
            ours_ref=row.ours_ref,
            theirs_ref=row.theirs_ref,
            ours=said.ours if said else None,
            theirs=said.theirs if said else None,
            there=There(there.state, there.resolution, there.action, there.acted_on, there.told_in) if there else None,
            testimony=testimony.of(connection, row.number, row._mapping["class"]),
            possible=tuple(action.value for action in allowed(State(row.state))),
            history=tuple(
                Entry(each.at, each.by, each.action, each.after, each.why, each.detail)
                for each in history.of(connection, row.number)
            ),
            related=tuple(self._lines(related(connection, self._agreement, row))),
        )

    def _line(self, row: Row[Any]) -> Line:
        return self._lines([row])[0]

    def _lines(self, rows: Sequence[Row[Any]]) -> list[Line]:
        today = self.today()
        amber_before = amber_from(self._agreement, self._us, today)
        return [
            Line(
                number=row.number,
                state=row.state,
                age=age(row.due_on, today, amber_before),
                stream=row.stream,
                klass=row._mapping["class"],
                severity=row.severity,
                reason=row.reason,
                field=row.field,
                area=row.area,
                desk=row.official,
                assignee=row.assignee,
                opened_in=row.opened_in,
                due_on=row.due_on,
                version=row.version,
            )
            for row in rows
        ]
