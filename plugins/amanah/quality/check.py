"""One check of a batch: the expectation that Great Expectations judges, and how its result is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Result = Mapping[str, Any]
"""What Great Expectations found (SUMMARY). It holds raw values: of it only counts and figures may be said."""

RECORDS, FIGURES = "records", "figures"


@dataclass(frozen=True)
class Check:
    """A check before it is judged.

    Attributes:
        name: ``present.passport_no``; what is confirmed and changed in the expectations file goes by it.
        critical: whether a failure stops the publish.
        expected: what is expected, in words and figures.
        expectation: the class in ``great_expectations.expectations``.
        terms: its arguments.
        seen: says the result in counts, shares and days.
        advice: what to do when it fails.
        frame: whether the records are looked at, or figures worked out from them.
    """

    name: str
    critical: bool
    expected: str
    expectation: str
    terms: Mapping[str, Any]
    seen: Callable[[Result], str]
    advice: str
    frame: str = RECORDS


@dataclass(frozen=True)
class Outcome:
    """A check and what came of it. ``seen`` and everything in ``check`` that is text may be shown to anyone."""

    check: Check
    passed: bool
    seen: str

    @property
    def stops(self) -> bool:
        """Whether the batch may not be loaded because of it."""
        return self.check.critical and not self.passed


def percent(share: float) -> str:
    """A share as people read it: 5 %, 12.5 %."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def records(count: int) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} record{'' if count == 1 else 's'}"


def failing(what: str) -> Callable[[Result], str]:
    """Say how many values of those that are there fail: "3 of 20 (15 %) have none"."""

    def say(result: Result) -> str:
        there = int(result["element_count"]) - int(result.get("missing_count") or 0)
        count = int(result["unexpected_count"])
        return f"{count:,} of {there:,}{f' ({percent(count / there)})' if there else ''} {what}"

    return say
