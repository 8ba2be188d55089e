"""The verbs of a node: each is one call from a task or the command line, idempotent, and safe to kill anywhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

import reports
from amanah import settings_file
from amanah.cases import telling
from amanah.cases.letter import Writer
from amanah.cases.mail_server import MailSettings
from amanah.cases.notice import Line
from amanah.cases.people import NOBODY, People
from amanah.cases.worklist import Changes
from amanah.exchange import case_words, collection, delivery, holding, inbound, messages, outbound, resend, sftp, watch
from amanah.exchange.api import client as api
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.inbound import Admitted
from amanah.exchange.ledger import Head
from amanah.exchange.ledger import room as ledger_room
from amanah.exchange.ledger.check import Checked
from amanah.exchange.ledger.check import check as check_ledger
from amanah.exchange.ledger.room import Room
from amanah.exchange.outbound import Published
from amanah.exchange.seal.keyring import Keys
from amanah.exchange.transport import Transport
from amanah.exchange.wires import Opener, Wires, in_order
from amanah.node import carrying_on, mail, quarantine
from amanah.node.casework import Casework
from amanah.node.concluding import conclude
from amanah.node.consolidation import terms
from amanah.node.consolidation.consolidate import Consolidated, Consolidation
from amanah.node.consolidation.terms import Consolidation as Terms
from amanah.node.edition import members
from amanah.node.edition.editions import Editions
from amanah.node.edition.members import ToldMembers
from amanah.node.findings import find
from amanah.node.intake import BatchResult, Intake
from amanah.node.mail import Notified, Told
from amanah.node.quarantine import Entry, Released
from amanah.node.settings import NodeSettings, SettingsError
from amanah.node.witness import hearing
from amanah.periods import checked_period
from amanah.quality import expectations
from amanah.sources import load as load_mapping
from amanah.store import findings
from amanah.store.database import Database
from amanah.store.locks import hold
from amanah.store.tables import batch
from schemas import agreement as agreements
from schemas.agreement import Agreement


class NotReady(RuntimeError):
    """A step was asked for before the one it needs; the text says which."""


@dataclass(frozen=True)
class Reconciled:
    """The result of reconciling one period; counts only."""

    period: str
    links: Mapping[str, int]
    discrepancies: Mapping[str, int]
    cases: Changes
    superseded_by: str | None = None


@dataclass(frozen=True)
class Carried:
    """Packages that were sent or fetched, over which wire, and why the agreed ones before it were given up."""

    message_ids: tuple[str, ...]
    wire: str | None
    given_up: Mapping[str, str]


class Node:
    """A party's node, made from its settings. Nothing is reached before a verb is called."""

    def __init__(self, settings: NodeSettings) -> None:
        self.settings = settings
        self.us = settings.party
        self.database = Database(settings.database.get_secret_value())

    @classmethod
    def load(cls, path: Path) -> "Node":
        """Make the node that ``node.yaml`` at ``path`` describes."""
        return cls(NodeSettings.load(path))

    @cached_property
    def agreement(self) -> Agreement:
        """The corridor's agreement."""
        return agreements.load(self.settings.agreement)

    @cached_property
    def consolidation(self) -> Terms:
        """The terms on which several systems' rows become one record, by stream; none where none are set."""
        if self.settings.consolidation is None:
            return {}
        found = terms.load(self.settings.consolidation)
        hearing.check(found, self.agreement)
        return found

    @cached_property
    def people(self) -> People:
        """Who works with the cases; nobody but the agreement's desks where no file names them."""
        if self.settings.people is None:
            return NOBODY
        found = settings_file.load(self.settings.people, People)
        unknown = found.unknown_desks(self.agreement.parties[self.us])
        if unknown:
            raise SettingsError(
                f"{self.settings.people}: no route of {self.us} in the agreement leads to {', '.join(unknown)}; name "
                "desks as the agreement's routes do"
            )
        return found

    @cached_property
    def cases(self) -> Casework:
        """The cases, and what a person does with them."""
        return Casework(self.database, self.agreement, self.us)

    @cached_property
    def endpoint(self) -> Endpoint:
        """Our end of the exchange."""
        return Endpoint(us=self.us, agreement=self.agreement, database=self.database, keys=self.keys, folder=self.store)

    @property
    def keys(self) -> Keys:
        """What packages are sealed and opened with: what we are given, and what the agreement pins of it."""
        given, parties = self.settings.keys, self.agreement.parties
        return Keys(
            given.our_material,
            given.partner,
            given.passphrase.get_secret_value() if given.passphrase else None,
            our_pins=parties[self.us].keys,
            partner_pins=parties[self.agreement.other(self.us)].keys,
            profile=self.agreement.package.seal,
        )

    def migrate(self) -> None:
        """Bring the node's database to the newest version, as its owner where the node has one."""
        if self.settings.database_owner is None:
            self.database.migrate()
            return
        owner, application = Database(self.settings.database_owner.get_secret_value()), self.database.url.username
        if application is None or owner.url.username == application:
            raise SettingsError(
                "node.yaml's database and database_owner must name two different roles; to work with one, leave "
                "database_owner out"
            )
        try:
            owner.migrate(application=application)
        finally:
            owner.engine.dispose()

    def extract(self, source: str, period: str) -> int:
        """Stage what changed in ``source`` up to the end of ``period``; return the rows read."""
        return self._intake(source).extract(checked_period(period))

    def validate(self, source: str, period: str) -> BatchResult:
        """Check the staged batch of ``source`` and load it; what fails its schema goes to quarantine."""
        return self._intake(source).validate(checked_period(period))

    def confirm_batch(self, source: str, period: str, checks: Sequence[str], *, by: str, why: str) -> None:
        """Keep that a batch is right although ``checks`` stopped it; ``validate`` then loads it with a warning."""
        self._intake(source).confirm(checked_period(period), checks, by=by, why=why)

    def publish(self, stream: str, period: str) -> Published:
        """Build the package with what changed in ``stream`` up to the end of ``period``.

        Where the agreement has it, the month's word about cases is built with the first stream of the month.

        Raises ``NotReady`` while a source of the stream has not been loaded: a source that is down is not an empty one.
        One that the terms of consolidation call optional is not waited for; the result names it.
        """
        self._check_in_force(checked_period(period))
        self._check_assessments()
        missing = self._not_loaded(stream, period)
        waiting = [source for source in missing if self._awaited(stream, source)]
        if waiting:
            raise NotReady(f"{stream} {period}: not loaded yet: {', '.join(waiting)}; run extract and validate first")
        built = outbound.publish(self.endpoint, stream, period)
        self._tell_of_cases(period)
        return replace(built, missing=tuple(missing))

    def _tell_of_cases(self, period: str) -> None:
        if self.agreement.cases.told:
            with self.database.engine.begin() as connection:
                case_words.give(connection, self.endpoint, period, telling.views(connection))

    def publish_snapshot(self, stream: str, period: str) -> Published:
        """Build a message with all that the partner should hold of ``stream`` at the end of ``period``: it repairs."""
        self._check_in_force(checked_period(period))
        self._check_assessments()
        return outbound.publish_snapshot(self.endpoint, stream, period)

    def snapshot_size(self, stream: str, period: str) -> int:
        """How many records :meth:`publish_snapshot` would send. Raises ``AgreementError`` for a stream not agreed."""
        self.agreement.checked_stream(stream)
        return outbound.snapshot_size(self.endpoint, stream, checked_period(period))

    def consolidate(self, stream: str, period: str) -> Consolidated:
        """Make every record of ``stream`` anew from what its systems say: after the terms of consolidation changed."""
        agreed = self.consolidation.get(stream)
        if agreed is None:
            raise SettingsError(f"node.yaml has no terms of consolidation for {stream}; there is nothing to make anew")
        into = Consolidation(self.us, self.agreement, self.agreement.checked_stream(stream), agreed)
        with self.database.engine.begin() as connection:
            hold(connection, "consolidate")
            return into.again(connection, period=findings.first_open_period(connection, checked_period(period)))

    def quarantined(
        self, *, source: str | None = None, period: str | None = None, settled: bool = False
    ) -> list[Entry]:
        """Return what waits in quarantine (``settled``: what does not wait any more), without the rows."""
        with self.database.engine.connect() as connection:
            return quarantine.listed(connection, source=source, period=period, settled=settled)

    def quarantined_row(self, number: int) -> dict[str, Any]:
        """Return one entry with its row as read. It is personal data."""
        with self.database.engine.connect() as connection:
            return dict(quarantine.entry(connection, number)._mapping)

    def release(self, number: int, correction: Mapping[str, str], *, by: str, why: str) -> Released:
        """Read a refused row again with ``correction`` (column -> value), and load it unless it still fails."""
        with self.database.engine.begin() as connection:
            found = quarantine.entry(connection, number)
            intake = self._intake(found.source)
            hold(connection, f"load {found.source}")
            return quarantine.release(
                connection,
                number,
                correction,
                mapping=intake.mapping,
                stream=intake.stream,
                loader=intake.loader,
                by=by,
                why=why,
            )

    def deliver(self, transport: Transport | None = None) -> Carried:
        """Send every package that waits in the outbox, over the first agreed wire that works."""
        with self._transport(transport) as wire:
            outbound.replace_damaged(self.endpoint)
            resend.chase(self.endpoint)
            return _carried(delivery.deliver(self.endpoint, wire), wire)

    def collect(self, transport: Transport | None = None) -> Carried:
        """Fetch every package of the partner that is not here yet, over the first agreed wire that works."""
        with self._transport(transport) as wire:
            return _carried(collection.collect(self.endpoint, wire), wire)

    @property
    def wires(self) -> tuple[str, ...]:
        """The agreed wires, the first to be tried first."""
        agreed = self.agreement.transport
        return (agreed.use, *agreed.fallback)

    def openers(self) -> dict[str, Opener]:
        """How each wire is opened that ``node.yaml`` knows the way to."""
        found: dict[str, Opener] = {}
        if self.settings.sftp is not None:
            found["sftp"] = partial(sftp.connect, self.settings.sftp)
        if self.settings.api is not None:
            found["api"] = partial(api.connect, self.settings.api)
        return found

    @contextmanager
    def open_wires(self, openers: Mapping[str, Opener]) -> Iterator[Wires]:
        """The agreed wires, as far as there is a way to open them; each is opened when it is needed."""
        if not openers.keys() & set(self.wires):
            raise SettingsError(f"node.yaml has no {' and no '.join(self.wires)}: where is the exchange point?")
        with in_order(self.wires, openers) as wires:
            yield wires

    def admit(self) -> list[Admitted]:
        """Check, apply and answer what has been collected."""
        return inbound.admit(self.endpoint)

    def let_pass(self, stream: str, *, by: str, why: str) -> str:
        """Let ``stream``, which holds behind a refused message, go on; returns that message's id."""
        with self.database.engine.begin() as connection:
            hold(connection, "admit")
            return holding.let_pass(connection, self.endpoint, stream, by=by, why=why)

    def concerns(self) -> list[watch.Concern]:
        """What is late, holds, was refused or raised an alarm; the oldest first."""
        with self.database.engine.connect() as connection:
            return mail.concerns(connection, self.endpoint)

    def tell_engineer(self, more: Sequence[Line] = ()) -> Told:
        """Mail our engineer what is late or needs a person; see :func:`.mail.tell_engineer`."""
        return mail.tell_engineer(self.database, self.endpoint, self._mail(), more)

    def verify(
        self,
        known: Head | None = None,
        *,
        packages: bool = True,
        told: Callable[[int], None] = lambda _count: None,
    ) -> Checked:
        """Check the whole ledger, and that it holds the head ``known``; see :func:`.ledger.check.check`."""
        allowed = self.settings.ledger.room
        return check_ledger(self.endpoint, room_bytes=allowed, known=known, packages=packages, told=told)

    def ledger_room(self) -> Room:
        """How much of its room the ledger uses."""
        with self.database.engine.connect() as connection:
            return ledger_room.measure(connection, allowed=self.settings.ledger.room)

    def months_to_reconcile(self) -> list[str]:
        """The months that both sides have of each other in full and that have not been reconciled."""
        with self.database.engine.connect() as connection:
            done = findings.reconciled_periods(connection)
            complete = self._complete_months(connection)
        return sorted(complete - done)

    def _complete_months(self, connection: Connection) -> set[str]:
        """Months of which every stream of ours was accepted there, and every one of theirs here; and what is told."""
        agreed = set(self.agreement.streams)
        theirs = messages.accepted_streams(connection, messages.IN)
        ours = messages.accepted_streams(connection, messages.OUT)
        complete = {period for period in theirs.keys() & ours.keys() if agreed <= theirs[period] & ours[period]}
        if not self.agreement.cases.told:
            return complete
        return complete & case_words.months_told(connection, self.agreement.parties)

    def reconcile(self, period: str, *, whole: bool = False) -> Reconciled:
        """Reconcile both sides as of the end of ``period`` and bring the worklist up to date.

        Where the month before was reconciled, only what changed since is looked at, unless the ``whole`` is asked for;
        the same is found. Our witnesses are heard about it, where the terms of consolidation name any. A period before
        the newest reconciled one is left as it is: what was found then stands.
        Raises ``NotReady`` unless both sides have each other's records of the month, as only then do both find the
        same.
        """
        with self.database.engine.begin() as connection:
            newest = findings.newest_period(connection)
            if checked_period(period) not in self._complete_months(connection):
                raise NotReady(
                    f"{period}: not yet exchanged in full; both sides need an accepted message of every stream. "
                    "Publish and deliver ours, collect and admit theirs and their answers, then reconcile"
                )
            if newest is not None and newest > period:
                findings.supersede(connection, period, by=newest)
                return Reconciled(period, {}, {}, Changes(0, 0), superseded_by=newest)
            going_on = {} if whole else carrying_on.possible(connection, self.agreement, period=period, newest=newest)
        found = find(self.database, self.agreement, us=self.us, period=period, going_on=going_on, anew=True)
        heard = hearing.hear_all(
            self.database, self.agreement, self.consolidation, found.discrepancies, us=self.us, period=period
        )
        with self.database.engine.begin() as connection:
            hold(connection, "reconcile")
            changes = conclude(connection, self.endpoint, found, heard, period=period)
        return Reconciled(period, found.linked, _count(found.discrepancies, "class"), changes)

    def notify(self, day: date | None = None) -> Notified:
        """Tell the desks and supervisors what is new on ``day``, today if not given; see :func:`.mail.notify`."""
        settings = self._mail()
        writer = Writer(
            agreement=self.agreement,
            us=self.us,
            people=self.people,
            sender=settings.sender,
            day=day or self.today(),
            pages=self._worklist_address(),
        )
        return mail.notify(self.database, writer, settings)

    def mails(self, *, every: bool = False) -> list[dict[str, Any]]:
        """Return the mails that have not arrived, or ``every`` mail, without their content."""
        return [dict(row._mapping) for row in mail.listed(self.database, every=every)]

    def retry_mail(self, message_id: str | None = None) -> int:
        """Queue again what was refused or came back; see :func:`.mail.retry`."""
        return mail.retry(self.database, message_id)

    def mail_bounced(self, notification: bytes) -> str:
        """Note a mail of ours as one that came back; see :func:`.mail.bounced`."""
        return mail.bounced(self.database, notification)

    @cached_property
    def editions(self) -> Editions:
        """The editions of the quarterly evaluation."""
        return Editions(self.endpoint, self.settings)

    def evaluate(
        self, quarter: str, *, revise: Mapping[str, str] | None = None, draft: bool = False
    ) -> reports.Edition:
        """Freeze ``quarter`` once per version, then render, sign and publish it; a ``draft`` is rendered only.

        ``revise`` is why a published quarter is frozen anew, by language: see :meth:`.Editions.freeze`.
        """
        frozen = self.editions.freeze(quarter, revise)
        if draft:
            return self.editions.draft(frozen.quarter, frozen.version)
        return self.editions.publish(frozen.quarter, frozen.version).edition

    def tell_members(self, quarter: str, version: int) -> ToldMembers:
        """Mail the members of our delegation that a version is published; see :func:`.members.tell`."""
        return members.tell(self.editions, quarter, version, self._mail(), self.today())

    def _worklist_address(self) -> str | None:
        """Where the link in a mail leads; below the address of the pages each party has its own."""
        pages = self.settings.pages
        return None if pages is None else f"{pages.rstrip('/')}/{self.us}/worklist"

    def today(self) -> date:
        """The day it is where the party lives."""
        return datetime.now(ZoneInfo(self.agreement.parties[self.us].time_zone)).date()

    def _mail(self) -> MailSettings:
        if self.settings.mail is None:
            raise SettingsError("node.yaml has no mail: where should mails leave from?")
        return self.settings.mail

    @cached_property
    def store(self) -> Path:
        """The private folder of packages, snapshots and Data Docs: nobody else on the machine looks into it."""
        store = self.settings.store
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.chmod(0o700)
        return store

    def _intake(self, source: str) -> Intake:
        sources = self.settings.sources
        if source not in sources:
            raise SettingsError(f"node.yaml has no source {source!r}; it has {', '.join(sources) or 'none'}")
        mapping = load_mapping(sources[source].mapping)
        if mapping.name != source:
            raise SettingsError(
                f"node.yaml calls a source {source!r} whose mapping is named {mapping.name!r}; use one name"
            )
        agreed = self.consolidation.get(mapping.stream)
        if agreed is not None and source not in agreed.ranks:
            raise SettingsError(
                f"{self.settings.consolidation} has no system {source!r} for {mapping.stream}; it has "
                f"{', '.join(agreed.ranks)}. Say there what its rows may do"
            )
        return Intake(
            us=self.us,
            agreement=self.agreement,
            database=self.database,
            mapping=mapping,
            connection=sources[source],
            expectations=expectations.load(self.settings.agreement)[mapping.stream],
            folder=self.store,
            consolidation=self.consolidation,
        )

    def _check_in_force(self, period: str) -> None:
        agreement = self.agreement
        if not agreement.covers(period):
            raise NotReady(
                f"{period}: the agreement {agreement.id} is in force from {agreement.in_force_from} until "
                f"{agreement.in_force_until}; nothing may leave for another month"
            )

    def _check_assessments(self) -> None:
        lapsed = [f"{each.kind} {each.id} ({each.review_by})" for each in self.agreement.lapsed(self.today())]
        if lapsed:
            raise NotReady(
                f"the agreement {self.agreement.id} names assessments that were to be reviewed by now: "
                f"{', '.join(lapsed)}; nothing may leave until both sides sign it with the new review"
            )

    def _not_loaded(self, stream: str, period: str) -> list[str]:
        agreed = self.consolidation.get(stream)
        apart = agreed.witnesses if agreed is not None else ()
        mapped = {name: load_mapping(source.mapping) for name, source in self.settings.sources.items()}
        feeding = {name for name, mapping in mapped.items() if mapping.stream == stream and name not in apart}
        with self.database.engine.connect() as connection:
            loaded = connection.execute(select(batch.c.source).where(batch.c.period == period)).scalars()
            return sorted(feeding - set(loaded))

    def _awaited(self, stream: str, source: str) -> bool:
        agreed = self.consolidation.get(stream)
        return agreed is None or source not in agreed.ranks or agreed.system(source).awaited

    @contextmanager
    def _transport(self, given: Transport | None) -> Iterator[Transport]:
        if given is not None:
            yield given
        else:
            with self.open_wires(self.openers()) as wires:
                yield wires


def _carried(message_ids: list[str], wire: Transport) -> Carried:
    """What was carried, and over what; a wire that the caller gave is not one of the agreed ones."""
    if isinstance(wire, Wires):
        return Carried(tuple(message_ids), wire.name, dict(wire.given_up))
    return Carried(tuple(message_ids), None, {})


def _count(table: Any, column: str) -> dict[str, int]:
    counted = table[column].value_counts().to_pylist()
    return {item["values"]: item["counts"] for item in sorted(counted, key=lambda item: str(item["values"]))}
