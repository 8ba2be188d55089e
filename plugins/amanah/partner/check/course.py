"""What is sent, in which order, and what must come of it.

A course is one batch: every message is made beforehand, as each answer follows from the messages before it. What needs
the node's reaction in between (a gap, a replay, a request) is in :mod:`.run`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from amanah.exchange.codes import Code
from amanah.exchange.parts import Statement
from amanah.partner.check.conversation import Conversation, Sent
from amanah.partner.check.records import Record, reference, synthetic
from amanah.partner.faults import FAULTS
from amanah.partner.forge import Forge, correct, new, withdraw
from schemas.envelope import Action, Kind, MessageId, Verdict

LARGE = 100_001  # refused records, one more than an answer may hold


@dataclass(frozen=True)
class Outcome:
    """What an answer must say; ``applied`` is new, correct, withdraw, or None where the text leaves it open."""

    verdict: Verdict = Verdict.ACCEPTED
    file_code: Code | None = None
    refused: Mapping[str, Code] = field(default_factory=dict)
    applied: tuple[int, int, int] | None = None
    field_named: str | None = None
    held_revision: int | None = None

    def __str__(self) -> str:
        codes = [f"{code.value}" for code in ([self.file_code] if self.file_code else self.refused.values())]
        named = f" for {self.field_named}" if self.field_named else ""
        held = f" with held_revision {self.held_revision}" if self.held_revision else ""
        return in_words(self.verdict, codes, self.applied) + named + held


def in_words(verdict: Verdict, codes: Iterable[str], applied: tuple[int, int, int] | None) -> str:
    """An outcome in one line, such as ``accepted, 401 x2, applied 3 new``."""
    found = Counter(codes)
    said = [code if count == 1 else f"{code} x{count}" for code, count in sorted(found.items())]
    counts = [f"{count} {action}" for count, action in zip(applied or (), Action, strict=False) if count]
    return ", ".join([verdict.value, *said, *([f"applied {' and '.join(counts)}"] if counts else [])])


@dataclass(frozen=True)
class Step:
    """One message of a course; ``make`` is None for what cannot be tried, and ``not_here`` says why."""

    case: str
    section: str
    expected: Outcome
    make: Callable[[MessageId], bytes] | None = None
    not_here: str = ""


@dataclass(frozen=True)
class Tried:
    """A step whose message has been made; None for one that cannot be tried."""

    step: Step
    sent: Sent | None


def steps(forge: Forge, stream: str, *, run: str, large: bool) -> Iterator[Step]:
    """The steps of a whole course over ``stream``."""
    course = _Course(forge, stream, run)
    yield from course.good()
    yield from course.refused_records()
    yield from course.lineage()
    yield from course.refused_messages()
    if large:
        yield course.too_many_errors()
    yield from course.snapshots()
    yield course.all_withdrawn()


def make(conversation: Conversation, stream: str, course: Iterator[Step]) -> list[Tried]:
    """Make every message of ``course``."""
    return [Tried(step, conversation.make(stream, step.make) if step.make is not None else None) for step in course]


class _Course:
    """The steps, and what the node holds of our records after each, as far as later ones need it."""

    def __init__(self, forge: Forge, stream: str, run: str) -> None:
        self._forge, self._stream, self._run = forge, stream, run
        self._waiting = synthetic(forge.agreement, forge.sender, stream, run=run)
        self._held: dict[str, tuple[Record, int]] = {}

    def good(self) -> Iterator[Step]:
        first = list(islice(self._waiting, 12))
        yield self._records("records", *[self._now(new(each)) for each in first])
        again, other = first[0], next(self._waiting)
        yield self._records("a correction", self._now(correct(other | _named(again), 2)))
        yield self._step("nothing to say", "manifest", [], Outcome(applied=(0, 0, 0)))

    def refused_records(self) -> Iterator[Step]:
        right, wrong, theirs, twice = islice(self._waiting, 4)
        invalid = {**wrong, "stage": "no_such_stage"}
        called = self._forge.agreement.written_form(self._stream).names["stage"]
        yield self._refused(Code.RECORD_INVALID, "a record with an unknown stage", new(invalid), field_named=called)
        alien = theirs | {"record_ref": _ref(theirs).replace(self._forge.sender, self._forge.receiver, 1)}
        yield self._refused(Code.NOT_SENDERS_RECORD, "a record of the other party", new(alien))
        both = [self._now(new(twice)), new(twice)]
        yield self._refused(Code.RECORD_TWICE, "the same record twice", *both, applied=(1, 0, 0))
        statements = [self._now(new(right)), new({**invalid, **_named(theirs)})]
        expected = Outcome(refused={_ref(theirs): Code.RECORD_INVALID}, applied=(1, 0, 0))
        yield self._step("a right record beside a refused one", "answers", statements, expected)
        yield self._refused(Code.UNKNOWN_RECORD, "a correction of what was refused", correct(wrong, 2))
        yield self._records("what was refused, sent again as new", self._now(new(wrong)))

    def lineage(self) -> Iterator[Step]:
        first, second, third, *_ = [record for record, _ in self._held.values()]
        unknown = next(self._waiting)
        yield self._refused(Code.ALREADY_KNOWN, "new, though it is held", new(second, 2))
        yield self._refused(Code.UNKNOWN_RECORD, "a correction of what was never sent", correct(unknown, 2))
        yield self._refused(Code.UNKNOWN_RECORD, "a withdrawal of what was never sent", withdraw(_ref(unknown), 2))
        held = self._held[_ref(first)][1]
        yield self._refused(
            Code.STALE_REVISION, "a correction in a revision that is held", correct(first, 2), held_revision=held
        )
        yield self._records("a withdrawal", self._now(withdraw(_ref(third), 2)))
        yield self._refused(Code.UNKNOWN_RECORD, "a correction of what was withdrawn", correct(third, 3))
        yield self._refused(
            Code.STALE_REVISION, "new after a withdrawal, in its revision", new(third, 2), held_revision=2
        )
        yield self._records("new after a withdrawal, in a newer revision", self._now(new(third, 3)))

    def refused_messages(self) -> Iterator[Step]:
        [record] = islice(self._waiting, 1)
        sound = [
            record | {"record_ref": reference(_ref(record), f"{self._run}-F{number}")} for number in range(len(FAULTS))
        ]
        carried = []
        for fault, each in zip(FAULTS, sound, strict=True):
            if fault.code is Code.CHAIN_BROKEN:  # what follows a message that was not taken is not held against it
                yield self._step("nothing to say, after refusals", "manifest", [], Outcome(applied=(0, 0, 0)))
            expected = Outcome(Verdict.REJECTED, fault.code, applied=(0, 0, 0))
            reason = fault.not_here(self._forge)
            if reason is None:
                carried.append(each)
            yield Step(
                fault.what,
                fault.section,
                expected,
                None if reason else self._of(fault.make, [new(each)]),
                reason or "",
            )
        expected = Outcome(refused={_ref(each): Code.UNKNOWN_RECORD for each in carried}, applied=(0, 0, 0))
        what = "nothing of a refused message was applied"
        yield self._step(what, "answers", [correct(each, 2) for each in carried], expected)

    def too_many_errors(self) -> Step:
        record = next(self._waiting) | {"stage": "no_such_stage"}
        names = (reference(_ref(record), f"{self._run}-L{number}") for number in range(LARGE))
        statements = [new(record | {"record_ref": name}) for name in names]
        expected = Outcome(Verdict.REJECTED, Code.TOO_MANY_ERRORS, applied=(0, 0, 0))
        return self._step(f"{LARGE:,} refused records", "answers", statements, expected)

    def snapshots(self) -> Iterator[Step]:
        held = dict(list(self._held.items())[:4])
        left_out = next(each for ref, (each, _) in self._held.items() if ref not in held)
        (same, _), (changed, revision), *_ = held.values()
        other = next(self._waiting) | _named(changed)
        held[_ref(changed)] = (other, revision + 1)
        wrong = [*(new(record, revision) for record, revision in held.values()), correct(same, 9)]
        wrong = [each for each in wrong if each.action != "new" or each.record_ref != _ref(same)]
        self._held = held
        expected = Outcome(refused={_ref(same): Code.NOT_IN_A_SNAPSHOT})
        yield self._step("a snapshot with a correction", "records", wrong, expected, kind=Kind.SNAPSHOT)
        right = [new(record, revision) for record, revision in held.values()]
        yield self._step("a snapshot", "records", right, Outcome(), kind=Kind.SNAPSHOT)
        gone = "what a snapshot did not name was withdrawn"
        yield self._refused(Code.UNKNOWN_RECORD, gone, correct(left_out, 9), section="records")
        yield self._records("what a snapshot named is held", self._now(correct(same, 9)))

    def all_withdrawn(self) -> Step:
        statements = [withdraw(ref, revision + 1) for ref, (_, revision) in self._held.items()]
        return self._records("everything withdrawn", *statements)

    def _now(self, statement: Statement) -> Statement:
        """A statement that the node will take."""
        self._held[statement.record_ref] = (statement.values or self._held[statement.record_ref][0], statement.revision)
        return statement

    def _records(self, case: str, *statements: Statement) -> Step:
        """A message of which everything is applied."""
        actions = [statement.action.value for statement in statements]
        applied = actions.count("new"), actions.count("correct"), actions.count("withdraw")
        return self._step(case, "records", statements, Outcome(applied=applied))

    def _refused(
        self,
        code: Code,
        case: str,
        *statements: Statement,
        applied: tuple[int, int, int] = (0, 0, 0),
        section: str = "records",
        field_named: str | None = None,
        held_revision: int | None = None,
    ) -> Step:
        """A message of which the last statement is refused."""
        ref = statements[-1].record_ref
        expected = Outcome(refused={ref: code}, applied=applied, field_named=field_named, held_revision=held_revision)
        return self._step(case, section, statements, expected)

    def _step(self, case: str, section: str, statements: Sequence[Statement], expected: Outcome, **says: Any) -> Step:
        def sealed(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
            return forge.seal(forge.tar(name, records, **says))

        return Step(case, section, expected, self._of(sealed, list(statements)))

    def _of(
        self, make: Callable[[Forge, MessageId, Sequence[Statement]], bytes], statements: Sequence[Statement]
    ) -> Callable[[MessageId], bytes]:
        return lambda message_id: make(self._forge, message_id, statements)


def _ref(record: Mapping[str, object]) -> str:
    return str(record["record_ref"])


def _named(record: Mapping[str, object]) -> Record:
    return {"record_ref": record["record_ref"]}
