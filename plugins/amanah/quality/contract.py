"""The contract check: each record against its pydantic model, with a reason that never holds a personal value."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from amanah.quality.wording import Reason, reasons
from schemas.streams import Stream

_Reason = tuple[str | None, str, str]  # field, code, message
_REPEATED = "repeated"


@dataclass(frozen=True)
class Candidate:
    """A record as a source gave it. ``problems`` are (field, code, message) of values that could not be read at all."""

    position: str
    values: Mapping[str, object] = dataclasses.field(repr=False)
    raw: Mapping[str, str | None] = dataclasses.field(repr=False)
    problems: tuple[_Reason, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why one candidate was refused: one line per reason, with the row as read beside it."""

    position: str
    record_ref: str | None
    field: str | None
    code: str
    message: str
    raw: Mapping[str, str | None] = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Checked:
    """The verdict on a batch: records in the model's own types, and failures."""

    accepted: list[dict[str, object]] = dataclasses.field(repr=False)
    failures: list[Failure]

    @property
    def refused(self) -> int:
        """How many candidates failed, however many reasons each had."""
        return len({failure.position for failure in self.failures})


def check(candidates: Iterable[Candidate], stream: Stream) -> Checked:
    """Check every candidate; all reasons of each are reported, not only the first.

    A reference that stands twice in one batch fails the second time: it would otherwise be a matter of luck which wins.
    """
    accepted: list[dict[str, object]] = []
    failures: list[Failure] = []
    seen: set[str] = set()
    for candidate in candidates:
        found = _reasons(candidate, stream, seen, accepted)
        ref = _reference(candidate, found)
        failures += [Failure(candidate.position, ref, *reason, candidate.raw) for reason in found]
    return Checked(accepted, failures)


def _reference(candidate: Candidate, found: list[_Reason]) -> str | None:
    """The reference, where it is one: columns that have moved put a name there, and people are shown the reference."""
    ref = candidate.values.get("record_ref")
    refused = any(field == "record_ref" and code != _REPEATED for field, code, _ in found)
    return ref if isinstance(ref, str) and not refused else None


def _reasons(candidate: Candidate, stream: Stream, seen: set[str], accepted: list[dict[str, object]]) -> list[_Reason]:
    try:
        record = stream.model.model_validate(candidate.values).model_dump()
    except ValidationError as error:
        return [*candidate.problems, *_not_following_from(candidate.problems, reasons(error, stream))]
    if candidate.problems:
        return list(candidate.problems)
    ref = str(record["record_ref"])
    if ref in seen:
        return [("record_ref", _REPEATED, "the reference stands twice in this batch")]
    seen.add(ref)
    accepted.append(record)
    return []


def _not_following_from(problems: tuple[_Reason, ...], faults: list[Reason]) -> list[Reason]:
    """Leave out what only follows from a value that could not be read: that it is absent, or a rule it is part of."""
    unread = {None, *(name for name, _, _ in problems)} if problems else set()
    return [fault for fault in faults if fault[0] not in unread]
