"""Causes that change the terms a worker agreed to, or keep one side from hearing how the placement goes."""

from decimal import Decimal

from amanah.demo.corridor.cause import Cause, held_by_both, ordinary, settled
from amanah.demo.corridor.draw import day_between, days
from amanah.demo.corridor.pairs import Pair, Planting
from amanah.demo.corridor.placements import employed_by
from amanah.demo.corridor.window import Window

WAGE_CUT_STEPS = (2, 8)
STAGE_LAG_DAYS = (20, 75)


def _lower_wage(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    cut = pair.truth.setting.wage_step * planting.rng.randint(*WAGE_CUT_STEPS)
    destination.always["wage_amount"] = Decimal(str(pair.truth.values["wage_amount"])) - cut


def _transfer_silently(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    day = day_between(planting.rng, pair.truth.steps[-1].day, planting.window.end)
    other = planting.organisations.another(planting.rng, pair.truth.values["employer_ref"])
    destination.later += ((day, employed_by(other)),)


def _change_occupation(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    agreed, codes = pair.truth.values["occupation_isco"], pair.truth.setting.occupations
    destination.always["occupation_isco"] = planting.rng.choice([code for code in codes if code != agreed])


def _change_area(pair: Pair, planting: Planting) -> None:
    _, destination = pair.both()
    agreed, codes = pair.truth.values["area"], pair.truth.setting.areas
    destination.always["area"] = planting.rng.choice([code for code in codes if code != agreed])


def _lag(pair: Pair, planting: Planting) -> None:
    slower = planting.rng.choice(pair.both())
    slower.lag = days(planting.rng, STAGE_LAG_DAYS)


def _keep_absconding(pair: Pair, _planting: Planting) -> None:
    origin, _ = pair.both()
    origin.untold |= {"absconding_reported"}


def _keep_death(pair: Pair, planting: Planting) -> None:
    view = planting.rng.choice(pair.both())
    view.untold |= {"died"}


def _other_work(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and len(pair.truth.setting.occupations) > 1


def _other_areas(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and len(pair.truth.setting.areas) > 1


def _without_transfer(pair: Pair, window: Window) -> bool:
    """A transfer heard of late would show in the employer too; ``employer_transferred`` stands for that."""
    return ordinary(pair, window) and pair.truth.ending != "transferred"


def _absconding(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and pair.truth.ending == "absconding_reported"


def _died(pair: Pair, window: Window) -> bool:
    return held_by_both(pair, window) and pair.truth.ending == "died"


SUBSTITUTION = (
    Cause("wage_lower", held_by_both, _lower_wage, shows_in="wage_amount"),
    Cause("employer_transferred", settled, _transfer_silently, shows_in="employer_ref"),
    Cause("occupation_changed", _other_work, _change_occupation, shows_in="occupation_isco"),
    Cause("area_changed", _other_areas, _change_area, shows_in="area"),
    Cause("stage_lag", _without_transfer, _lag, shows_in="stage"),
    Cause("absconding_untold", _absconding, _keep_absconding, shows_in="stage"),
    Cause("death_untold", _died, _keep_death, shows_in="stage"),
)
