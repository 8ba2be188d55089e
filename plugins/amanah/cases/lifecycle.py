"""The life of a case: its states, what a person may do in each, and what every resolution leads to.

``open``: nobody has begun. ``in_progress``: somebody took it. ``waiting``: for the partner, a document or another
office. ``resolved``: a person said why; the next exchange has to show it. ``closed``: both sides agree, or a person
said that both are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas import codelists


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Action(StrEnum):
    """What a person may do."""

    TAKE = "take"
    HAND_OVER = "hand_over"
    WAIT = "wait"
    COMMENT = "comment"
    RELATE = "relate"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"


class Happened(StrEnum):
    """What the software does, and writes into the history under the name ``amanah``."""

    FOUND = "found"
    CHANGED = "changed"
    AGREED = "agreed"
    PARTED = "parted"
    RETURNED = "returned"
    STILL_DIFFERS = "still_differs"
    MOVED = "moved"
    ESCALATED = "escalated"


class Resolution(StrEnum):
    """Why a case is resolved: the code list ``case_resolution``."""

    OURS_WRONG = "ours_wrong"
    THEIRS_WRONG = "theirs_wrong"
    BOTH_RIGHT = "both_right"
    NOT_SAME_PERSON = "not_same_person"
    NEEDS_DOCUMENT = "needs_document"


class WaitsFor(StrEnum):
    """What a waiting case waits for."""

    PARTNER = "partner"
    DOCUMENT = "document"
    OFFICE = "office"


SOFTWARE = "amanah"
"""Who does what no person does."""

UNFINISHED = (State.OPEN, State.IN_PROGRESS, State.WAITING)
"""States in which a person has to act, and a deadline runs."""

SETTLED = (State.RESOLVED, State.CLOSED)

AFTER_RESOLVING: Mapping[Resolution, State] = {
    Resolution.OURS_WRONG: State.RESOLVED,
    Resolution.THEIRS_WRONG: State.RESOLVED,
    Resolution.BOTH_RIGHT: State.CLOSED,  # nothing will change: it is over, as long as both values stay
    Resolution.NOT_SAME_PERSON: State.RESOLVED,
    Resolution.NEEDS_DOCUMENT: State.WAITING,
}

NEEDS_A_PAIR = frozenset({Resolution.BOTH_RIGHT, Resolution.NOT_SAME_PERSON})
"""Resolutions that say something of two records: there are none where one side holds nothing."""


@dataclass(frozen=True)
class Rule:
    """In which states an action is allowed, where it leads (None: it stays), and whether it must say why."""

    allowed_in: tuple[State, ...]
    leads_to: State | None
    needs_why: bool


RULES: Mapping[Action, Rule] = {
    Action.TAKE: Rule(UNFINISHED, State.IN_PROGRESS, needs_why=False),
    Action.HAND_OVER: Rule(UNFINISHED, State.OPEN, needs_why=True),
    Action.WAIT: Rule(UNFINISHED, State.WAITING, needs_why=True),
    Action.COMMENT: Rule(tuple(State), None, needs_why=True),
    Action.RELATE: Rule(tuple(State), None, needs_why=False),
    Action.ACKNOWLEDGE: Rule(UNFINISHED, None, needs_why=False),
    Action.RESOLVE: Rule(UNFINISHED, None, needs_why=True),  # to AFTER_RESOLVING
    Action.REOPEN: Rule(SETTLED, State.OPEN, needs_why=True),
}


def allowed(state: State) -> tuple[Action, ...]:
    """What a person may do with a case in ``state``."""
    return tuple(action for action, rule in RULES.items() if state in rule.allowed_in)


def label(list_name: str, code: str, language: str = "en") -> str:
    """What people call a state, an action, a resolution or a class in ``language``."""
    return codelists.load(list_name).label(code, language)
