"""One change between two published forms, and how it is judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """What a change asks of the two sides, from the least to the most."""

    NO_EFFECT = "no effect"
    COMPATIBLE = "compatible"
    BOTH_FIRST = "compatible once both sides have it"
    INCOMPATIBLE = "incompatible"
    PRIVACY = "incompatible for privacy"

    @property
    def needs_new_major(self) -> bool:
        """Whether a published major may not change so."""
        return self in (Grade.INCOMPATIBLE, Grade.PRIVACY)

    @property
    def rank(self) -> int:
        """0 for the least, rising."""
        return list(Grade).index(self)


@dataclass(frozen=True)
class Change:
    """What changed in the form ``schema`` (such as ``placement/1``), its grade, and why."""

    schema: str
    what: str
    grade: Grade
    why: str = ""

    def __str__(self) -> str:
        reason = f", {self.why}" if self.why else ""
        return f"{self.schema}: {self.what}: {self.grade.value}{reason}."


def worst(changes: Iterable[Change]) -> Grade:
    """The grade of all ``changes`` together; no change has no effect."""
    return max((change.grade for change in changes), key=lambda grade: grade.rank, default=Grade.NO_EFFECT)


@dataclass(frozen=True)
class Found:
    """A change before it is known in which form."""

    what: str
    grade: Grade
    why: str = ""
