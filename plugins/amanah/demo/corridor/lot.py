"""Draws that belong to one thing, such as the particulars of one placement, and can be drawn again at any time.

They come from a hash of what the thing is, so nothing has to be kept: a million placements cost no memory for what can
be told again, and a draw added for one thing moves no draw for another.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_THOUSANDTHS = 1000


class Lot:
    """The draws for one thing: always the same ones, in the order in which they are asked for.

    512 bits are drawn from; some fifty draws of a few hundred possibilities each.
    """

    __slots__ = ("_left",)

    def __init__(self, seed: int, purpose: str, thing: object) -> None:
        self._left = int.from_bytes(blake2b(f"amanah/{seed}/{purpose}/{thing}".encode()).digest(), "big")

    def below(self, bound: int) -> int:
        """A whole number from 0 up to below ``bound``."""
        self._left, drawn = divmod(self._left, bound)
        return drawn

    def between(self, span: tuple[int, int]) -> int:
        """A whole number from ``span``, both ends included."""
        first, last = span
        return first + self.below(last - first + 1)

    def day(self, first: date, last: date) -> date:
        """A day from ``first`` to ``last``, both included."""
        return first + timedelta(days=self.below((last - first).days + 1))

    def chance(self, share: float) -> bool:
        """Yes in ``share`` of the cases, in thousandths."""
        return self.below(_THOUSANDTHS) < share * _THOUSANDTHS

    def one_of(self, things: Sequence[T]) -> T:
        """One of ``things``, each as likely."""
        return things[self.below(len(things))]


def scrambled(number: int, figures: int) -> str:
    """``number`` as so many ``figures`` that look drawn; two numbers below ten to that power never give the same."""
    modulus = 10**figures
    return f"{(number * 6_180_339_887_498_949 + 27_182_818) % modulus:0{figures}d}"
