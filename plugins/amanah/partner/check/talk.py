"""The parts of a check in which the node must react before we go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.exchange import package
from amanah.partner.check import judging
from amanah.partner.check.conversation import Conversation, Sent
from amanah.partner.check.course import Outcome
from amanah.partner.check.finding import Finding, at
from amanah.partner.check.replays import NOT_TRIED, REFUSED, STORED, Replays
from schemas.envelope import STATUS_STREAM, ResendRequest, canonical_time

MISSING = "what-is-missing"


@dataclass(frozen=True)
class Done:
    """What a part of the check found, and what it sent."""

    findings: Sequence[Finding]
    sent: Sequence[Sent]


def gap(conversation: Conversation, stream: str, wire: str, _again: Replays) -> Done:
    """A message that comes before its turn."""
    missing, early = _nil(conversation, stream), _nil(conversation, stream)
    sequence = missing.message_id.sequence
    conversation.put(early)
    asked = conversation.listen(lambda: bool(conversation.requests(stream, sequence)))
    got = "asked for it" if asked else "asked for nothing in time"
    held = not conversation.answers(early)
    findings = [
        Finding(
            "what is missing is asked for", wire, str(early), f"a resend request for {sequence}", got, asked,
            at(MISSING),
        ),
        Finding(
            "what came too early waits", wire, str(early), "no answer yet", "none" if held else "an answer", held,
            at(MISSING),
        ),
    ]  # fmt: skip
    conversation.put(missing)
    sent = [missing, early]
    conversation.listen(lambda: conversation.answered(sent))
    for case, each in (("what was missing", missing), ("what came too early", early)):
        findings.append(_accepted(conversation, wire, f"{case} is taken in its turn", each))
    return Done(findings, sent)


def replays(conversation: Conversation, stream: str, wire: str, again: Replays) -> Done:
    """A message that comes twice, and another one under its id."""
    first = _nil(conversation, stream)
    conversation.put(first)
    conversation.listen(lambda: conversation.answered([first]))
    sealed = (conversation.journal.sent / first.message_id.file_name).read_bytes()
    unlike = conversation.forge.seal(conversation.forge.tar(first.message_id))
    conversation.forge.before[stream] = first.manifest_sha256
    same = again.put(conversation, first, sealed)
    other = again.put(conversation, first, unlike)
    if other == STORED:
        again.put(conversation, first, sealed)
    last = _nil(conversation, stream)
    conversation.put(last)
    conversation.listen(lambda: conversation.answered([last]))
    count = len(conversation.answers(first))
    once = f"{STORED}, {count} answer(s)"
    right = f"{STORED}, 1 answer(s)"
    findings = [_again("the same package again", wire, first, right, once if same == STORED else same, MISSING)]
    what = "another package under a taken id"
    if wire == "api":
        findings.append(_again(what, wire, first, REFUSED, other, "https"))
    else:
        findings.append(_again(what, wire, first, right, once if other == STORED else other, MISSING))
    return Done([*findings, _accepted(conversation, wire, "the next message after a replay", last)], [first, last])


def _again(case: str, wire: str, sent: Sent, expected: str, got: str, section: str) -> Finding:
    passed = None if got.startswith(NOT_TRIED) else got == expected
    return Finding(case, wire, str(sent), expected, got, passed, at(section))


def resend(conversation: Conversation, stream: str, wire: str, _again: Replays) -> Done:
    """A request for answers that are there already."""
    words = sorted(conversation.words, key=lambda word: word.message_id.sequence)[-3:]
    before = {
        word.message_id: package.sha256_of(conversation.journal.received / word.message_id.file_name) for word in words
    }
    first = words[0].message_id.sequence if words else 1
    asked_at = canonical_time(datetime.now(UTC))
    request = conversation.ask(
        ResendRequest(stream=STATUS_STREAM, from_sequence=first, to_sequence=None, asked_at=asked_at)
    )
    last = _nil(conversation, stream)
    conversation.put(request, last)
    conversation.listen(lambda: conversation.answered([last]))
    changed = [word for word in words if conversation.refetched(word) != before[word.message_id]]
    got = f"{len(changed)} of {len(words)} missing or changed" if changed else "all there, byte for byte"
    answers = conversation.answers(request)
    findings = [
        Finding("a resend request is obeyed", wire, str(request), "the same bytes at the exchange point", got,
                not changed and bool(words), at(MISSING)),
        Finding("a resend request is not answered", wire, str(request), "no answer",
                f"{len(answers)} answers" if answers else "none", not answers, at("answers")),
        _accepted(conversation, wire, "the next message after a request", last),
    ]  # fmt: skip
    return Done(findings, [last])


def _nil(conversation: Conversation, stream: str) -> Sent:
    forge = conversation.forge
    return conversation.make(stream, lambda message_id: forge.seal(forge.tar(message_id)))


def _accepted(conversation: Conversation, wire: str, case: str, sent: Sent) -> Finding:
    words = conversation.answers(sent)
    answer = words[0].answer if words else None
    expected = Outcome(applied=(0, 0, 0))
    faults = judging.differences(answer, expected) if answer else [judging.NO_ANSWER]
    got = judging.said(answer) if answer else judging.NO_ANSWER
    return Finding(case, wire, str(sent), str(expected), got, not faults, at(MISSING))
