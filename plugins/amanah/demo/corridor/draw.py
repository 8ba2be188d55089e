"""Drawing at random, always the same way: every draw comes from a generator named after the seed and its purpose.

Text seeds give the same numbers on every Python (``hash()`` would not), and a purpose of its own keeps one
decision from moving all others when the code grows.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


def generator(seed: int, purpose: str) -> Random:
    """The generator of ``seed`` for one ``purpose``, such as ``"wage_lower"``."""
    return Random(f"amanah/{seed}/{purpose}")  # noqa: S311 - synthetic data must be repeatable, not secret


def pick(rng: Random, population: Sequence[T], share: float) -> list[T]:
    """Pick ``share`` of ``population``: exactly that many, and at least one unless the share is zero."""
    if not population or share <= 0:
        return []
    return rng.sample(population, min(len(population), max(1, round(share * len(population)))))


def weighted(rng: Random, weights: Mapping[T, float]) -> T:
    """Draw one key of ``weights``."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def day_between(rng: Random, first: date, last: date) -> date:
    """Draw a day from ``first`` to ``last``, both included."""
    return first + timedelta(days=rng.randint(0, (last - first).days))


def days(rng: Random, span: tuple[int, int]) -> timedelta:
    """Draw a number of days from ``span``, both ends included."""
    return timedelta(days=rng.randint(*span))
