"""Answers: the status message that each records message gets, and what it does to the message it answers."""

from collections import Counter

from sqlalchemy import ARRAY, Connection, Text, any_, bindparam, update

from amanah.exchange import ledger, messages
from amanah.exchange.messages import State
from amanah.exchange.package import sha256_of_text
from amanah.store.tables import sent_record
from schemas.envelope import StatusMessage, Verdict

PART = "status.json"


def codes_of(answer: StatusMessage) -> str:
    """Which codes an answer gives and how often, such as ``401 x2, 502 x1``; empty when nothing was refused."""
    found = Counter(error.code for error in answer.file_errors)
    found.update(error.code for error in answer.record_errors)
    return ", ".join(f"{code} x{count}" for code, count in sorted(found.items()))


def settle(connection: Connection, answer: StatusMessage, *, carried_by: str, receipt: str | None) -> None:
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
    _mark_rejected(connection, answer)
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
    )


def _mark_rejected(connection: Connection, answer: StatusMessage) -> None:
    """A record that the receiver rejected never existed there: it will be sent again as new."""
    rejected = update(sent_record).where(sent_record.c.message_id == answer.answers).values(rejected=True)
    if answer.verdict is Verdict.ACCEPTED:
        refs = bindparam("refs", [error.record_ref for error in answer.record_errors], type_=ARRAY(Text))
        rejected = rejected.where(sent_record.c.record_ref == any_(refs))
    connection.execute(rejected)
