"""What really happens to a placement: the funnel from request to residence permit, and how some placements end."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from amanah.demo.corridor.draw import day_between, days

LAG_DAYS = {  # days after the stage before; the first stage has none
    "approved": (3, 14),
    "contract_endorsed": (5, 20),
    "visa_issued": (5, 25),
    "departed": (7, 30),
    "arrived": (0, 1),
    "residence_issued": (10, 60),
}
CANCELLED_AFTER = ("contract_endorsed", "visa_issued")
CANCELLED_LAG = (3, 20)
ENDINGS = {
    "returned": 0.03,
    "transferred": 0.02,
    "absconding_reported": 0.015,
    "died": 0.003,
}  # of those long enough there
ENDING_LAG = (5, 150)
SETTLED_DAYS = 25  # after the residence permit, before the window ends: only then a placement may end in it
LEAVING = frozenset({"returned", "absconding_reported", "died", "completed", "cancelled"})  # nobody is paid after them
PROTECTED = frozenset({"absconding_reported", "died"})  # endings a person may be in danger from


class Step(NamedTuple):
    """One stage and the day it was really reached."""

    stage: str
    day: date


def walk(rng: Random, requested: date) -> list[Step]:
    """The whole funnel of a placement requested on a day; later steps may lie beyond the window."""
    steps = [Step("requested", requested)]
    for stage, lag in LAG_DAYS.items():
        steps.append(Step(stage, steps[-1].day + days(rng, lag)))
    return steps


def non_procedural(rng: Random, issued: date) -> list[Step]:
    """The steps of a worker whom the origin never registered: a visa, arrival, a residence permit."""
    steps = [Step("visa_issued", issued)]
    for stage in ("arrived", "residence_issued"):
        steps.append(Step(stage, steps[-1].day + days(rng, LAG_DAYS[stage])))
    return steps


def day_of(steps: Sequence[Step], stage: str) -> date | None:
    """The day on which ``stage`` is reached; ``None`` when it never is."""
    return next((step.day for step in steps if step.stage == stage), None)


def reached_by(steps: Sequence[Step], stage: str, day: date) -> bool:
    """Whether ``stage`` is reached on or before ``day``."""
    reached = day_of(steps, stage)
    return reached is not None and reached <= day


def may_end(steps: Sequence[Step], end: date) -> bool:
    """Whether the placement is settled long enough before ``end`` that it may end before it."""
    return reached_by(steps, "residence_issued", end - timedelta(days=SETTLED_DAYS))


def ended(rng: Random, steps: Sequence[Step], stage: str, end: date) -> list[Step]:
    """``steps`` followed by the ending ``stage``, no later than ``end``."""
    shortest, longest = ENDING_LAG
    first = steps[-1].day + timedelta(days=shortest)
    last = min(end, steps[-1].day + timedelta(days=longest))
    return [*steps, Step(stage, day_between(rng, first, last))]


def cancelled(rng: Random, steps: Sequence[Step]) -> list[Step]:
    """``steps`` cut short by a cancellation after the endorsed contract or after the visa."""
    last = rng.choice(CANCELLED_AFTER)
    kept = list(steps[: [step.stage for step in steps].index(last) + 1])
    return [*kept, Step("cancelled", kept[-1].day + days(rng, CANCELLED_LAG))]
