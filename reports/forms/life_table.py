"""How long something takes, when some have not finished: the estimator of Kaplan and Meier, in exact fractions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Time = int | Decimal


@dataclass(frozen=True)
class Waited:
    """So many ``people`` waited for ``time``: until the end of it, or (not ``ended``) as far as is known."""

    time: Time
    people: int
    ended: bool = True


class LifeTable:
    """The share that has ended by each time. Where all have ended it is the plain share of those who took no longer."""

    def __init__(self, waited: Iterable[Waited]) -> None:
        groups = tuple(waited)
        self.people = sum(group.people for group in groups)
        self._longest = max((group.time for group in groups), default=None)
        self._steps: list[tuple[Time, Fraction]] = []
        left, waiting = Fraction(1), self.people
        for time in sorted({group.time for group in groups}):
            here = [group for group in groups if group.time == time]
            ended = sum(group.people for group in here if group.ended)
            if ended:
                left *= 1 - Fraction(ended, waiting)
                self._steps.append((time, 1 - left))
            waiting -= sum(group.people for group in here)

    def share_by(self, time: Time) -> Fraction | None:
        """The share that has ended by ``time``; ``None`` when nobody was watched for so long and not all have ended."""
        share = max((reached for step, reached in self._steps if step <= time), default=Fraction(0))
        watched = self._longest is not None and (time <= self._longest or share == 1)
        return share if watched else None

    def time_of(self, share: Fraction) -> Time | None:
        """The first time by which at least ``share`` has ended; ``None`` when so many have not."""
        return next((time for time, reached in self._steps if reached >= share), None)
