"""A cause: one reason why two honest registers come to differ, and how it is planted."""

from collections.abc import Callable
from dataclasses import dataclass

from amanah.demo.corridor.pairs import Pair, Planting
from amanah.demo.corridor.window import Window


@dataclass(frozen=True)
class Cause:
    """``name`` is also the name of its rate in ``Noise``; ``shows_in`` is the field that comes to differ.

    ``could_hit`` says whether a pair could show it, ``plant`` makes it show. A cause without a field takes records
    away, adds some, or makes a value not available.
    """

    name: str
    could_hit: Callable[[Pair, Window], bool]
    plant: Callable[[Pair, Planting], None]
    shows_in: str | None = None


def held_by_both(pair: Pair, _window: Window) -> bool:
    """Whether both sides hold it."""
    return pair.origin is not None and pair.destination is not None


def settled(pair: Pair, window: Window) -> bool:
    """Whether both sides hold it and the worker lives at the destination, with no ending in the window."""
    return (
        held_by_both(pair, window)
        and pair.truth.ending == "residence_issued"
        and pair.truth.reached("residence_issued", window.end)
    )


def ordinary(pair: Pair, window: Window) -> bool:
    """Whether both sides hold it and no protection situation depends on that."""
    return held_by_both(pair, window) and not pair.truth.at_risk
