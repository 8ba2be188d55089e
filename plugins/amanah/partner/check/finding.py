"""One line of the check's result."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was tried and what came of it.

    Attributes:
        case: what is tried.
        wire: over which wire.
        sent: the message id, or the request.
        expected: what the protocol asks for.
        got: what happened.
        passed: None when it could not be tried; ``got`` says why.
        section: where to read about it.
    """

    case: str
    wire: str
    sent: str
    expected: str
    got: str
    passed: bool | None
    section: str


def at(anchor: str) -> str:
    """The pointer to a heading of the protocol."""
    return f"docs/protocol.md#{anchor}"


def of_all(
    case: str, wire: str, faults: Iterable[tuple[str, str]], *, count: int, expected: str, section: str
) -> Finding:
    """One finding about many messages: it fails when there are ``faults`` (message id, what is wrong)."""
    found = list(faults)
    named = "; ".join(f"{message_id}: {what}" for message_id, what in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004
    got = f"{named}{more}" if found else f"so in all {count}"
    return Finding(case, wire, f"{count} messages", expected, got, not found and count > 0, at(section))
