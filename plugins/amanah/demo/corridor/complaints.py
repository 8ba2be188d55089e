"""The complaints of a corridor: what happened, and which side holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from amanah.demo.corridor.complaint_kinds import (
    CHANNELS,
    CLOSING_DAYS,
    CLOSINGS,
    HANDLING_DAYS,
    REGISTERED,
    UNREGISTERED,
)
from amanah.demo.corridor.draw import day_between, days, generator, pick, weighted
from amanah.demo.corridor.funnel import Step, day_of
from amanah.demo.corridor.noise import Noise
from amanah.demo.corridor.pairs import Pair
from amanah.demo.corridor.window import Window

COMPLAINTS_A_PLACEMENT = 0.03
BEFORE_ABSCONDING = 0.4  # of the absconding reports follow an open complaint about unpaid wages
BEFORE_ABSCONDING_DAYS = (3, 14)
SETTLING_DAYS = 15  # a worker complains no sooner after arrival
ONE_SIDED_AT_ORIGIN = 0.7  # workers turn to their own embassy first
UNREGISTERED_SHARED = 0.2  # complaints of unregistered workers that the destination holds too
NEAR_WAGE_COMPLAINT = "absconding_near_wage_complaint"


@dataclass(frozen=True, slots=True)
class TrueComplaint:
    """One complaint as it really is; ``pair`` is the placement it is about, ``None`` for an unregistered worker."""

    kind: str
    channel: str
    steps: tuple[Step, ...]
    pair: Pair | None = None
    origin_holds: bool = True
    destination_holds: bool = True


def complaints(pairs: Sequence[Pair], records: int, noise: Noise, seed: int, window: Window) -> list[TrueComplaint]:
    """Every complaint, in the order in which it was made. ``records`` is the number of placements they grow with."""
    about = [*_before_absconding(generator(seed, "wage complaints"), pairs), *_deaths(pairs)]
    taken = {id(complaint.pair) for complaint in about}
    free = [pair for pair in pairs if id(pair) not in taken and _may_complain(pair, window)]
    wanted = max(1, round(COMPLAINTS_A_PLACEMENT * records)) - len(about)
    rng = generator(seed, "complaints")
    about += [_of_worker(rng, pair, window) for pair in rng.sample(free, max(0, min(wanted, len(free))))]
    about = _one_sided(generator(seed, "complaint_one_sided"), about, noise.complaint_one_sided)
    outside = _of_unregistered(generator(seed, "non_procedural_complaints"), len(about), noise, window)
    return sorted([*about, *outside], key=lambda complaint: complaint.steps[0].day)


def _before_absconding(rng: Random, pairs: Sequence[Pair]) -> list[TrueComplaint]:
    """Open complaints about unpaid wages shortly before the worker is reported absconding."""
    reported = [pair for pair in pairs if pair.truth.ending == "absconding_reported" and pair.origin is not None]
    made = []
    for pair in pick(rng, reported, BEFORE_ABSCONDING):
        received = pair.truth.steps[-1].day - days(rng, BEFORE_ABSCONDING_DAYS)
        steps = (Step("received", received), Step("in_review", received + days(rng, HANDLING_DAYS["in_review"])))
        pair.causes.append(NEAR_WAGE_COMPLAINT)
        made.append(TrueComplaint(kind="wages_unpaid", channel=weighted(rng, CHANNELS), steps=steps, pair=pair))
    return made


def _deaths(pairs: Sequence[Pair]) -> list[TrueComplaint]:
    """One complaint about each death, held by the sides that know of it."""
    return [
        TrueComplaint(
            kind="death",
            channel="telephone",
            steps=(Step("received", pair.truth.steps[-1].day),),
            pair=pair,
            origin_holds=pair.origin is not None and "died" not in pair.origin.untold,
            destination_holds=pair.destination is not None and "died" not in pair.destination.untold,
        )
        for pair in pairs
        if pair.truth.ending == "died"
    ]


def _may_complain(pair: Pair, window: Window) -> bool:
    return (
        pair.truth.registered
        and not pair.truth.at_risk
        and pair.truth.reached("arrived", window.end - timedelta(days=SETTLING_DAYS))
    )


def _of_worker(rng: Random, pair: Pair, window: Window) -> TrueComplaint:
    arrived = day_of(pair.truth.steps, "arrived") or window.start
    first = max(window.start, arrived + timedelta(days=SETTLING_DAYS))
    received = day_between(rng, first, window.end)
    return TrueComplaint(
        kind=weighted(rng, REGISTERED), channel=weighted(rng, CHANNELS), steps=_handled(rng, received), pair=pair
    )


def _of_unregistered(rng: Random, registered: int, noise: Noise, window: Window) -> Iterator[TrueComplaint]:
    for _ in range(round(noise.non_procedural_complaints * registered)):
        yield TrueComplaint(
            kind=weighted(rng, UNREGISTERED),
            channel=weighted(rng, CHANNELS),
            steps=_handled(rng, day_between(rng, window.start, window.end)),
            destination_holds=rng.random() < UNREGISTERED_SHARED,
        )


def _handled(rng: Random, received: date) -> tuple[Step, ...]:
    steps = [Step("received", received)]
    for stage, span in HANDLING_DAYS.items():
        steps.append(Step(stage, steps[-1].day + days(rng, span)))
    closing = weighted(rng, CLOSINGS)
    if closing:
        steps.append(Step(closing, steps[-1].day + days(rng, CLOSING_DAYS)))
    return tuple(steps)


def _one_sided(rng: Random, made: list[TrueComplaint], share: float) -> list[TrueComplaint]:
    """Take a share of the complaints from one side; what a worker about to be reported said stays at the origin."""
    chosen = set(pick(rng, [n for n, complaint in enumerate(made) if complaint.kind != "death"], share))
    result = []
    for number, complaint in enumerate(made):
        if number not in chosen:
            result.append(complaint)
        elif _reported(complaint) or rng.random() < ONE_SIDED_AT_ORIGIN:
            result.append(replace(complaint, destination_holds=False))
        else:
            result.append(replace(complaint, origin_holds=False))
    return result


def _reported(complaint: TrueComplaint) -> bool:
    return complaint.pair is not None and NEAR_WAGE_COMPLAINT in complaint.pair.causes
