"""Amending a record of ours: what an official found right, checked like any record, and sent to the partner."""

from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, select

from amanah.quality.wording import reasons
from amanah.store import amendments, findings, records
from amanah.store.amendments import Amendment
from amanah.store.fingerprint import fingerprint
from amanah.store.locks import hold
from amanah.store.records import Revision
from amanah.store.tables import RECORDS
from schemas.agreement import Agreement
from schemas.streams import Stream
from schemas.texts import from_text, to_text


class CannotAmend(ValueError):
    """The record cannot be made so; the text says which field and why, and no value."""


def amend(
    connection: Connection,
    agreement: Agreement,
    *,
    us: str,
    stream: str,
    record_ref: str,
    field: str,
    value: str,
    number: str,
    by: str,
    now: datetime,
) -> int:
    """Make ``field`` of our record say ``value`` (as `schemas.texts` writes it), because of the case ``number``.

    The partner is told with the next package. Returns the record's revision after it.

    Raises:
        CannotAmend: there is no such field or record, or the record would not keep to the contract.
    """
    checked = agreement.checked_stream(stream)
    if field not in checked.fields or field == "record_ref":
        raise CannotAmend(f"case {number}: {stream} has no field {field!r} that could be amended")
    hold(connection, "consolidate")
    table = RECORDS[stream]
    query = select(table).where(table.c.holder == us, table.c.record_ref == record_ref)
    held = connection.execute(query.order_by(table.c.revision.desc()).limit(1)).mappings().one_or_none()
    if held is None or held["withdrawn"]:
        raise CannotAmend(f"case {number}: our record is not there any more")
    before = {name: held[name] for name in checked.fields}
    content = _checked(checked, before, field, value, number)
    said = _said_by_systems(connection, stream, record_ref, field, to_text(before[field]))
    looks = fingerprint(content, checked.fields)
    made = Amendment(record_ref, field, said, to_text(content[field]))
    amendments.add(connection, stream, made, number=number, by=by, at=now)
    if looks == held["fingerprint"]:
        return int(held["revision"])
    revision = Revision(record_ref, held["revision"] + 1, content, looks, origins=held["origins"])
    month = findings.month_that_is_open(connection, now)
    records.add_ours(connection, stream, [revision], us=us, known_in=month, origin=f"case {number}")
    return revision.revision


def _checked(stream: Stream, before: dict[str, object], field: str, value: str, number: str) -> dict[str, object]:
    try:
        content = {**before, field: from_text(value, stream.python_type(field))}
        return stream.model.model_validate(content).model_dump()
    except ValidationError as error:
        said = "; ".join(f"{where or 'record'}: {text}" for where, _, text in reasons(error, stream))
        raise CannotAmend(f"case {number}: {said}") from None
    except ValueError as error:
        raise CannotAmend(f"case {number}: {field}: {error}") from None


def _said_by_systems(connection: Connection, stream: str, record_ref: str, field: str, shown: str) -> str:
    """What the systems say of ``field``: where it was amended before, not what is shown."""
    earlier = [each for each in amendments.of_records(connection, stream, [record_ref]) if each.field == field]
    return next((each.was for each in earlier if each.value == shown), shown)
