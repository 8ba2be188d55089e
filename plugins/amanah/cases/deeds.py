"""Deeds: one action of one person on one case, whether it can be done, and what it changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from amanah.cases.lifecycle import (
    AFTER_RESOLVING,
    NEEDS_A_PAIR,
    RULES,
    SOFTWARE,
    Action,
    Resolution,
    State,
    WaitsFor,
    allowed,
)
from schemas.agreement import Agreement


class NotAllowed(ValueError):
    """The action cannot be done; the text says what can, or what is missing."""


@dataclass(frozen=True)
class Deed:
    """One action of one person on one case.

    Attributes:
        number: of the case.
        action: what is done.
        by: who does it, by their sign-in name.
        seen: the version that they saw; None acts on whatever there is.
        why: in their own words.
        desk: to whom it is handed over.
        waits_for: what it waits for.
        resolution: why it is resolved.
        other: number of the case that it is linked to.
    """

    number: str
    action: Action
    by: str
    seen: int | None = None
    why: str | None = None
    desk: str | None = None
    waits_for: WaitsFor | None = None
    resolution: Resolution | None = None
    other: str | None = None


@dataclass(frozen=True)
class Moment:
    """When and where a deed is done; ``period`` is the month in which it becomes known."""

    agreement: Agreement
    us: str
    now: datetime
    period: str

    @property
    def due(self) -> date:
        """When a case is due that begins now."""
        today = self.now.astimezone(ZoneInfo(self.agreement.parties[self.us].time_zone)).date()
        return self.agreement.add_working_days(self.us, today, self.agreement.deadlines.case_working_days)


@dataclass(frozen=True)
class Effect:
    """What changes in the case, and what its history says beside that."""

    values: Mapping[str, Any]
    detail: Mapping[str, object] = field(default_factory=dict)


def check(row: Row[Any], deed: Deed) -> None:
    """Whether ``deed`` can be done with the case ``row``. Raises ``NotAllowed``, which says what can or is missing."""
    rule, state = RULES[deed.action], State(row.state)
    if deed.by == SOFTWARE or not deed.by.strip():
        raise NotAllowed("who acts must be named, by the name they sign in with")
    if state not in rule.allowed_in:
        raise NotAllowed(
            f"case {row.number} is {state.value}: {deed.action.value} is not possible; possible are "
            f"{', '.join(action.value for action in allowed(state))}"
        )
    if rule.needs_why and not (deed.why or "").strip():
        raise NotAllowed(f"{deed.action.value} must say why")
    needed = {
        Action.HAND_OVER: ("the desk", deed.desk),
        Action.WAIT: ("what it waits for", deed.waits_for),
        Action.RESOLVE: ("a resolution", deed.resolution),
        Action.RELATE: ("the other case", deed.other),
    }
    what, given = needed.get(deed.action, ("", True))
    if not given:
        raise NotAllowed(f"{deed.action.value} needs {what}")
    if deed.resolution in NEEDS_A_PAIR and (row.ours_ref is None or row.theirs_ref is None):
        raise NotAllowed(f"case {row.number} is about a record of one side only: {deed.resolution} speaks of two")


def effect_of(deed: Deed, row: Row[Any], moment: Moment) -> Effect:
    """What ``deed``, once checked, changes in the case ``row``. Raises ``NotAllowed`` for what is not agreed."""
    leads_to = RULES[deed.action].leads_to
    effect = _EFFECTS[deed.action](deed, row, moment)
    return effect if leads_to is None else Effect({"state": leads_to, **effect.values}, effect.detail)


def _nothing(_deed: Deed, _row: Row[Any], _moment: Moment) -> Effect:
    return Effect({})


def _take(deed: Deed, _row: Row[Any], _moment: Moment) -> Effect:
    return Effect({"assignee": deed.by, "waits_for": None})


def _hand_over(deed: Deed, row: Row[Any], moment: Moment) -> Effect:
    desks = sorted({route.official for route in moment.agreement.parties[moment.us].routes})
    if deed.desk not in desks:
        raise NotAllowed(f"{moment.us} has no such desk; it has {', '.join(desks)}")
    values = {"official": deed.desk, "handed_over": True, "assignee": None, "waits_for": None}
    return Effect(values, {"from": row.official, "to": deed.desk})


def _wait(deed: Deed, _row: Row[Any], _moment: Moment) -> Effect:
    return Effect({"waits_for": deed.waits_for}, {"for": deed.waits_for})


def _relate(deed: Deed, _row: Row[Any], _moment: Moment) -> Effect:
    return Effect({}, {"to": deed.other})


def _acknowledge(deed: Deed, _row: Row[Any], moment: Moment) -> Effect:
    return Effect({"acknowledged_by": deed.by, "acknowledged_at": moment.now})


def resolutions(agreement: Agreement) -> tuple[Resolution, ...]:
    """What can be found; a decision on a pair only where both sides tell each other of it: else it holds nowhere."""
    return tuple(each for each in Resolution if agreement.cases.told or each is not Resolution.NOT_SAME_PERSON)


def _resolve(deed: Deed, _row: Row[Any], moment: Moment) -> Effect:
    resolution = Resolution(str(deed.resolution))
    if resolution not in resolutions(moment.agreement):
        raise NotAllowed(
            f"{resolution} would hold nowhere: by the agreement {moment.agreement.id} the two sides do not tell each "
            "other of cases (cases.told)"
        )
    values: dict[str, Any] = {"state": AFTER_RESOLVING[resolution], "resolution": resolution, "waits_for": None}
    if resolution is Resolution.NEEDS_DOCUMENT:  # a document takes as long as a case may
        values |= {"waits_for": WaitsFor.DOCUMENT, "due_on": moment.due}
    elif resolution is Resolution.BOTH_RIGHT:
        values |= {"closed_in": moment.period}
    else:
        values |= {"resolved_in": moment.period}
    return Effect(values, {"resolution": resolution})


def _reopen(deed: Deed, _row: Row[Any], moment: Moment) -> Effect:
    gone = dict.fromkeys(("resolution", "resolved_in", "closed_in", "waits_for"))
    return Effect({**gone, "assignee": deed.by, "due_on": moment.due, "escalated": 0})


_EFFECTS: Mapping[Action, Callable[[Deed, Row[Any], Moment], Effect]] = {
    Action.TAKE: _take,
    Action.HAND_OVER: _hand_over,
    Action.WAIT: _wait,
    Action.COMMENT: _nothing,
    Action.RELATE: _relate,
    Action.ACKNOWLEDGE: _acknowledge,
    Action.RESOLVE: _resolve,
    Action.REOPEN: _reopen,
}
