"""The admission of single records: which statements of a message can be applied, and why the others cannot.

Statements come in any number and are judged and applied some thousand at a time. What a message says about a record
is judged against what is held, so the order of records and the size of the pieces change nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pydantic import ValidationError
from sqlalchemy import Connection

from amanah.exchange.codes import MEANING, Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.parts import Statement
from amanah.store import records
from amanah.store.fingerprint import fingerprint
from amanah.store.records import Held, Revision
from schemas.envelope import Action, Counts, RecordError
from schemas.majors import Form
from schemas.record import Record

AT_A_TIME = 5_000  # statements judged and applied together
MOST_ERRORS = 100_000  # errors an answer holds; a message with more is refused as a whole


@dataclass
class Admission:
    """One message's statements on their way into the store: how many it ``said``, how many were ``applied``."""

    connection: Connection
    endpoint: Endpoint
    stream: str
    message_id: str
    known_in: str
    form: Form
    snapshot: bool = False
    said: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    applied: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    errors: list[RecordError] = field(default_factory=list)

    def take(self, statements: Iterable[Statement]) -> None:
        """Judge and apply ``statements`` within the transaction.

        Raises ``Refused`` where the message cannot be taken as a whole; the caller then undoes what was applied.
        """
        self._model = self.endpoint.agreement.record_model(self.stream)
        self._fields = self.endpoint.agreement.granted(self.stream, sender=self.endpoint.partner)
        self._refused: set[str] = set()
        if self.snapshot:
            records.begin_naming(self.connection)
        waiting = iter(statements)
        while some := list(islice(waiting, AT_A_TIME)):
            self._take_some(some)
        if self.snapshot:
            self._withdraw_unnamed()

    def counts(self) -> Counts:
        """What was applied, by action."""
        return Counts(**{action.value: number for action, number in self.applied.items()})

    def _take_some(self, statements: Sequence[Statement]) -> None:
        held = records.latest(
            self.connection, self.stream, holder=self.endpoint.partner, refs=[each.record_ref for each in statements]
        )
        revisions, seen = [], set[str]()
        for statement in statements:
            self.said[statement.action] += 1
            ref, before = statement.record_ref, held.get(statement.record_ref)
            twice = ref in seen or ref in self._refused or (before is not None and before.origin == self.message_id)
            judged = self._judged(statement, before, twice=twice)
            seen.add(ref)
            if isinstance(judged, RecordError):
                self._refuse(judged, ref)
                continue
            self.applied[statement.action] += 1
            if not (self.snapshot and before is not None and _equal(before, judged)):
                revisions.append(judged)
        if self.snapshot:
            records.name(self.connection, seen)
        self._add(revisions)

    def _judged(self, statement: Statement, held: Held | None, *, twice: bool) -> Revision | RecordError:
        ref = statement.record_ref
        if not ref.startswith(f"{self.endpoint.partner}-"):
            return _error(Code.NOT_SENDERS_RECORD, statement)
        if twice:
            return _error(Code.RECORD_TWICE, statement)
        lineage = self._lineage_error(statement, held)
        values = lineage or _checked(statement, self.form, self._model, self._fields)
        if isinstance(values, RecordError):
            return values
        gone = statement.action is Action.WITHDRAW
        made = Revision(ref, statement.revision, values, fingerprint(values, self._fields), withdrawn=gone)
        stale = held is not None and statement.revision <= held.revision
        if stale and held is not None and not (self.snapshot and _equal(held, made)):
            return _error(Code.STALE_REVISION, statement, held_revision=held.revision)
        return made

    def _lineage_error(self, statement: Statement, held: Held | None) -> RecordError | None:
        """The correction process: new only if absent, correct and withdraw only if held; a snapshot begins anew."""
        if self.snapshot:
            return None if statement.action is Action.NEW else _error(Code.NOT_IN_A_SNAPSHOT, statement)
        holds = held is not None and not held.withdrawn
        if statement.action is Action.NEW and holds:
            return _error(Code.ALREADY_KNOWN, statement)
        return _error(Code.UNKNOWN_RECORD, statement) if statement.action is not Action.NEW and not holds else None

    def _refuse(self, error: RecordError, ref: str) -> None:
        if len(self.errors) == MOST_ERRORS:
            raise Refused(Code.TOO_MANY_ERRORS, f"more than {MOST_ERRORS} records are refused")
        self.errors.append(error)
        self._refused.add(ref)

    def _withdraw_unnamed(self) -> None:
        """What the partner does not name in a snapshot it does not hold."""
        for some in _pieces(records.unnamed(self.connection, self.stream, holder=self.endpoint.partner)):
            gone = [
                Revision(ref, revision + 1, {"record_ref": ref}, self._looks_gone(ref), withdrawn=True)
                for ref, revision in some
            ]
            self.applied[Action.WITHDRAW] += len(gone)
            self._add(gone)

    def _looks_gone(self, ref: str) -> str:
        return fingerprint({"record_ref": ref}, self._fields)

    def _add(self, revisions: Sequence[Revision]) -> None:
        records.add(
            self.connection,
            self.stream,
            revisions,
            holder=self.endpoint.partner,
            known_in=self.known_in,
            origin=self.message_id,
        )


def _pieces(found: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    waiting = iter(found)
    while some := list(islice(waiting, AT_A_TIME)):
        yield some


def _equal(held: Held, made: Revision) -> bool:
    return not held.withdrawn and held.fingerprint == made.fingerprint


def _checked(
    statement: Statement, form: Form, model: type[Record], fields: Sequence[str]
) -> dict[str, object] | RecordError:
    """The granted values in the current model's own types; of a withdrawn record its reference only.

    In another major a record has to keep to its own model first, so that an error names what its sender wrote.
    """
    if statement.action is Action.WITHDRAW:
        return {**dict.fromkeys(fields), "record_ref": statement.record_ref}
    values = statement.values
    try:
        if not form.is_current:
            values = form.read(form.stream.model.model_validate(values).model_dump())
    except ValidationError as error:
        return _invalid(statement, error, {})
    try:
        record = model.model_validate(values).model_dump()
    except ValidationError as error:
        return _invalid(statement, error, form.names)
    return {field: record[field] for field in fields}


def _invalid(statement: Statement, found: ValidationError, called: Mapping[str, str]) -> RecordError:
    """The first thing wrong with a record; ``called`` is the field -> what its sender calls it."""
    first = found.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(called.get(str(step), str(step)) for step in first["loc"]) or None
    return _error(Code.RECORD_INVALID, statement, field=path, detail=first["type"])


def _error(
    code: Code,
    statement: Statement,
    *,
    field: str | None = None,
    detail: str = "",
    held_revision: int | None = None,
) -> RecordError:
    message = MEANING[code] + (f" ({detail})" if detail else "")
    return RecordError(
        code=code, record_ref=statement.record_ref[:64], field=field, message=message, held_revision=held_revision
    )
