"""The admission of single records: which statements of a message can be applied, and why the others cannot."""

from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy import Connection

from amanah.exchange.codes import MEANING, Code
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.parts import Statement
from amanah.store import records
from amanah.store.fingerprint import fingerprint
from amanah.store.records import Revision
from schemas.envelope import Action, RecordError
from schemas.record import Record


def judge(
    connection: Connection, endpoint: Endpoint, stream_name: str, statements: Sequence[Statement]
) -> tuple[list[Revision], list[Statement], tuple[RecordError, ...]]:
    """Split ``statements`` of the partner into the revisions to apply and the errors to report.

    Returns the revisions, the statements they come from, and one error per refused statement; no error holds a value.
    """
    model = endpoint.agreement.record_model(stream_name)
    fields = endpoint.agreement.granted(stream_name, sender=endpoint.partner)
    known = records.latest(
        connection, stream_name, holder=endpoint.partner, refs=[statement.record_ref for statement in statements]
    )
    revisions, accepted, errors = [], [], []
    seen: set[str] = set()
    for statement in statements:
        error = _foreign_or_repeated(statement, endpoint.partner, seen)
        error = error or _lineage_error(statement, known.get(statement.record_ref))
        values = error or _checked(statement, model, fields)
        seen.add(statement.record_ref)
        if isinstance(values, RecordError):
            errors.append(values)
            continue
        accepted.append(statement)
        gone = statement.action is Action.WITHDRAW
        looks = fingerprint(values, fields)
        revisions.append(Revision(statement.record_ref, statement.revision, values, looks, withdrawn=gone))
    return revisions, accepted, tuple(errors)


def _foreign_or_repeated(statement: Statement, sender: str, seen: set[str]) -> RecordError | None:
    if not statement.record_ref.startswith(f"{sender}-"):
        return _error(Code.NOT_SENDERS_RECORD, statement)
    return _error(Code.RECORD_TWICE, statement) if statement.record_ref in seen else None


def _lineage_error(statement: Statement, held: tuple[int, str, bool] | None) -> RecordError | None:
    """The correction process: new only if absent, correct and withdraw only if held, and never backwards."""
    holds = held is not None and not held[2]
    if statement.action is Action.NEW and holds:
        return _error(Code.ALREADY_KNOWN, statement)
    if statement.action is not Action.NEW and not holds:
        return _error(Code.UNKNOWN_RECORD, statement)
    return _error(Code.STALE_REVISION, statement) if held is not None and statement.revision <= held[0] else None


def _checked(statement: Statement, model: type[Record], fields: Sequence[str]) -> dict[str, object] | RecordError:
    """The granted values in the model's own types; of a withdrawn record its reference only."""
    if statement.action is Action.WITHDRAW:
        return {**dict.fromkeys(fields), "record_ref": statement.record_ref}
    try:
        record = model.model_validate(statement.values).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"])) or None
        return _error(Code.RECORD_INVALID, statement, field=path, detail=first["type"])
    return {field: record[field] for field in fields}


def _error(code: Code, statement: Statement, *, field: str | None = None, detail: str = "") -> RecordError:
    message = MEANING[code] + (f" ({detail})" if detail else "")
    return RecordError(code=code, record_ref=statement.record_ref[:64], field=field, message=message)
