"""Causes that leave a side without a record, with two of them, or without a number it never hears of."""

from dataclasses import replace
from datetime import timedelta

from amanah.demo.corridor.cause import Cause, held_by_both, ordinary
from amanah.demo.corridor.draw import day_between
from amanah.demo.corridor.pairs import Pair, Planting
from amanah.demo.corridor.views import SECOND
from amanah.demo.corridor.window import Window


def _lose_there(pair: Pair, _planting: Planting) -> None:
    pair.destination = None


def _lose_here(pair: Pair, _planting: Planting) -> None:
    pair.origin = None


def _register_again(pair: Pair, planting: Planting) -> None:
    origin, _ = pair.both()
    window = planting.window
    first = max(origin.change_days()[0], window.start)
    entered = day_between(planting.rng, min(first + timedelta(days=1), window.end), window.end)
    pair.again.append(replace(origin, ref=f"{origin.ref}{SECOND}", entered=entered))


def _keep_residence_no(pair: Pair, _planting: Planting) -> None:
    origin, _ = pair.both()
    for view in (origin, *pair.again):
        view.lacks |= {"residence_no"}


def _unaltered(pair: Pair, window: Window) -> bool:
    return ordinary(pair, window) and not pair.causes


PRESENCE = (
    Cause("duplicate", _unaltered, _register_again),
    Cause("missing_there", _unaltered, _lose_there),
    Cause("missing_here", _unaltered, _lose_here),
    Cause("residence_untold", held_by_both, _keep_residence_no),
)
