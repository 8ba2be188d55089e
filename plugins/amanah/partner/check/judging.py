"""Whether the node's answers are right: each by itself, and all of them together."""

from collections.abc import Iterator, Mapping, Sequence

from amanah.partner.check.conversation import Conversation, Sent, Word
from amanah.partner.check.course import Outcome, Tried, in_words
from amanah.partner.check.finding import Finding, at, of_all
from schemas.envelope import StatusMessage, Verdict

NO_ANSWER = "no answer in time"


def finding(tried: Tried, conversation: Conversation, wire: str) -> Finding:
    """One step of the course: verdict, codes and what was applied."""
    step, sent = tried.step, tried.sent
    if sent is None:
        return Finding(step.case, wire, "-", str(step.expected), f"not tried: {step.not_here}", None, at(step.section))
    words = conversation.answers(sent)
    got = said(words[0].answer) if words and words[0].answer else NO_ANSWER
    faults = differences(words[0].answer, step.expected) if words and words[0].answer else [NO_ANSWER]
    shown = got if not faults or faults == [NO_ANSWER] else f"{got} ({'; '.join(faults)})"
    return Finding(step.case, wire, str(sent), str(step.expected), shown, not faults, at(step.section))


def said(answer: StatusMessage) -> str:
    """An answer in one line, without a record's reference."""
    codes = [str(error.code) for error in answer.file_errors] + [str(error.code) for error in answer.record_errors]
    return in_words(answer.verdict, codes, applied(answer))


def applied(answer: StatusMessage) -> tuple[int, int, int]:
    """How many were applied: new, correct, withdraw."""
    return answer.applied.new, answer.applied.correct, answer.applied.withdraw


def differences(answer: StatusMessage, expected: Outcome) -> list[str]:
    """In what an answer is not as expected."""
    faults = []
    if answer.verdict is not expected.verdict:
        faults.append(f"verdict {answer.verdict}")
    file_codes = {error.code for error in answer.file_errors}
    wanted = set() if expected.file_code is None else {expected.file_code.value}
    if file_codes != wanted:
        faults.append(f"file errors {_codes(file_codes)} where {_codes(wanted)} is right")
    faults += _record_faults(answer, expected)
    if expected.applied is not None and applied(answer) != expected.applied:
        faults.append("another number applied")
    return faults


def _record_faults(answer: StatusMessage, expected: Outcome) -> Iterator[str]:
    found = [(error.record_ref, error.code) for error in answer.record_errors]
    if sorted(found) != sorted((ref, code.value) for ref, code in expected.refused.items()):
        yield f"{len(found)} record error(s), not for the record(s) and code(s) expected"
        return
    for error in answer.record_errors:
        if expected.field_named is not None and error.field != expected.field_named:
            yield f"the record error does not name the field {expected.field_named}"
        if expected.held_revision is not None and error.held_revision != expected.held_revision:
            yield f"held_revision {error.held_revision}"


def _codes(codes: set[int]) -> str:
    return ", ".join(map(str, sorted(codes))) or "none"


def of_every_answer(conversation: Conversation, sent: Sequence[Sent], wire: str) -> Iterator[Finding]:
    """What must hold of every answer to ``sent``, whatever it says."""
    words = {str(each): conversation.answers(each) for each in sent}
    given = [(each, words[str(each)][0]) for each in sent if words[str(each)]]
    numbers = ((name, f"{len(found)} answers") for name, found in words.items() if len(found) != 1)
    yield of_all(
        "exactly one answer to every message", wire, numbers, count=len(sent), expected="one each", section="answers"
    )
    packages = (
        (str(each), "package_sha256 is not that of the package")
        for each, word in given
        if word.answer is not None and word.answer.package_sha256 != each.package_sha256
    )
    yield of_all(
        "an answer gives the package's hash", wire, packages, count=len(given), expected="its SHA-256",
        section="answers",
    )  # fmt: skip
    yield of_all(
        "an answer gives the manifest's hash", wire, _manifest_faults(given), count=len(given),
        expected="its SHA-256, null where none was taken", section="answers",
    )  # fmt: skip
    receipts = ((str(each), word.receipt_fault) for each, word in given if word.receipt_fault is not None)
    yield of_all(
        "an answer carries a right receipt", wire, receipts, count=len(given), expected="signed, as the answer says",
        section="the-receipt",
    )  # fmt: skip


def _manifest_faults(given: Sequence[tuple[Sent, Word]]) -> Iterator[tuple[str, str]]:
    for sent, word in given:
        answer = word.answer
        assert answer is not None  # noqa: S101 - answers() gives these only
        told, accepted = answer.manifest_sha256, answer.verdict is Verdict.ACCEPTED
        if told is None and accepted:
            yield str(sent), "accepted without the manifest's hash"
        elif told is not None and told != sent.manifest_sha256:
            yield str(sent), "manifest_sha256 is not that of the manifest"


def of_their_stream(conversation: Conversation, wire: str) -> Iterator[Finding]:
    """What must hold of the node's stream ``status`` as a stream."""
    words = sorted(conversation.words, key=lambda word: word.message_id.sequence)
    faults = [(str(word.message_id), word.fault) for word in words if word.fault is not None]
    yield of_all(
        "a status message is a right package", wire, faults, count=len(words),
        expected="seal, tar, manifest and part as specified", section="answers",
    )  # fmt: skip
    yield of_all(
        "status messages follow each other", wire, _chain_faults(words), count=len(words),
        expected="no gap, each names the manifest before", section="manifest",
    )  # fmt: skip


def _chain_faults(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    before: Mapping[int, Word] = {word.message_id.sequence: word for word in words}
    for word in words:
        sequence = word.message_id.sequence
        follows = before.get(sequence - 1)
        if sequence > 1 and follows is None:
            yield str(word.message_id), f"number {sequence - 1} is missing"
        elif word.manifest is not None:
            right = follows.manifest_sha256 if follows is not None else None
            if word.manifest.previous_manifest_sha256 != right and (follows is None or right is not None):
                yield str(word.message_id), "previous_manifest_sha256 is not that of the manifest before"
