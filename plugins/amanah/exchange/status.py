"""Answers: the status message that each records message gets, and what it does to the message it answers."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, update

from amanah.exchange import ledger, messages
from amanah.exchange.codes import Code
from amanah.exchange.messages import State
from amanah.exchange.package import sha256_of_text
from amanah.store import records, unsent
from amanah.store.many import one_of
from amanah.store.tables import sent_record
from schemas.envelope import RecordError, StatusMessage, Verdict


def codes_of(answer: StatusMessage) -> str:
    """Which codes an answer gives and how often, such as ``401 x2, 502 x1``; empty when nothing was refused."""
    found = Counter(error.code for error in answer.file_errors)
    found.update(error.code for error in answer.record_errors)
    return ", ".join(f"{code} x{count}" for code, count in sorted(found.items()))


def settle(connection: Connection, us: str, answer: StatusMessage, *, carried_by: str, receipt: str | None) -> None:
    """Apply the partner's answer, with its checked receipt, to our message.

    The first answer stands. A second one that says the same changes nothing; one that says otherwise, answers a
    message we never sent, or accepts other bytes than we sent, is written to the ledger as an alarm and changes
    nothing. A refusal of other bytes is an alarm too, but it stands: the message was damaged on its way and has to be
    sent again.
    """
    ours = messages.find(connection, answer.answers)
    if ours is None or ours.direction != messages.OUT:
        ledger.append(connection, carried_by, "alarm", reason="answers a message we never sent")
        return
    if answer.package_sha256 != ours.package_sha256:
        ledger.append(connection, answer.answers, "alarm", reason="answer to other bytes than we sent", by=carried_by)
        if answer.verdict is Verdict.ACCEPTED:
            return
    content = answer.model_dump(mode="json")
    if ours.answer is not None:
        if {**ours.answer, "decided_at": None} != {**content, "decided_at": None}:
            ledger.append(connection, answer.answers, "alarm", reason="a second, contradicting answer", by=carried_by)
        return
    _take_back(connection, us, str(ours.stream), answer)
    messages.move(
        connection,
        answer.answers,
        State.ACCEPTED if answer.verdict is Verdict.ACCEPTED else State.REJECTED,
        event={
            "by": carried_by,
            "rejected_records": len(answer.record_errors),
            "file_errors": len(answer.file_errors),
            "codes": codes_of(answer),
            "receipt_sha256": sha256_of_text(receipt) if receipt is not None else "-",
        },
        receipt=receipt,
        verdict=answer.verdict.value,
        rejected_records=len(answer.record_errors),
        answer=content,
        answered_by=carried_by,
        answered_at=answer.decided_at,
        put_again=False,
    )


def _take_back(connection: Connection, us: str, stream: str, answer: StatusMessage) -> None:
    """A record that the receiver rejected never existed there: it will be sent again as new.

    Where the refusal says that the receiver holds something else than we believed, we believe the receiver.
    """
    this = sent_record.c.message_id == answer.answers
    if answer.verdict is Verdict.REJECTED:
        connection.execute(update(sent_record).where(this).values(rejected=True))
        unsent.note_again(connection, answer.answers)
        return
    refs = {code: _refs(answer.record_errors, code) for code in (Code.ALREADY_KNOWN, Code.UNKNOWN_RECORD)}
    refused = one_of(_refs(answer.record_errors))
    connection.execute(update(sent_record).where(this, sent_record.c.record_ref == refused).values(rejected=True))
    unsent.note_again(connection, answer.answers, _refs(answer.record_errors))
    known = this & (sent_record.c.record_ref == one_of(refs[Code.ALREADY_KNOWN]))
    connection.execute(update(sent_record).where(known).values(rejected=False, revision=0, fingerprint=""))
    unknown = (sent_record.c.stream == stream) & (sent_record.c.record_ref == one_of(refs[Code.UNKNOWN_RECORD]))
    connection.execute(update(sent_record).where(unknown).values(rejected=True))
    stale = {each.record_ref: each.held_revision for each in answer.record_errors if each.held_revision is not None}
    records.raise_above(connection, stream, stale, us=us)


def _refs(errors: Sequence[RecordError], code: Code | None = None) -> list[str]:
    return [error.record_ref for error in errors if code in (None, error.code)]
