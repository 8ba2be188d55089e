"""One check of a batch: the expectation that Great Expectations judges, and how its result is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Result = Mapping[str, Any]
"""What Great Expectations found (SUMMARY). It holds raw values: of it only counts and figures may be said."""

RECORDS, FIGURES = "records", "figures"

_DIGITS, _TIMES = 6, 10  # after the point at the most; from ten times on a percentage is hard to read


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


def percent(share: float, *beside: float) -> str:
    """A share as people read it: 5 %, 12.5 %; with as many digits as tell it from the shares ``beside`` it."""
    others = [other * 100 for other in beside if other != share]
    digits = 1
    while digits < _DIGITS and any(round(share * 100, digits) == round(other, digits) for other in others):
        digits += 1
    return f"{share * 100:,.{digits}f}".rstrip("0").rstrip(".") + " %"


def limit(share: float) -> str:
    """A share that stands in the expectations file, as it stands there: 79.93 %."""
    return f"{share * 100:.10g} %"


def off(ratio: float, lower: str, higher: str, *, allowed: float = 0) -> str:
    """How far ``ratio`` lies from 1, beyond what is ``allowed``: "20 % lower", "25,000 times as much"."""
    if ratio < 1:
        return f"{percent(1 - ratio, allowed, 1)} {lower}"
    return f"{ratio:,.0f} times as much" if ratio >= _TIMES else f"{percent(ratio - 1, allowed)} {higher}"


def records(count: int) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} record{'' if count == 1 else 's'}"


def failing(what: str, mostly: float = 1) -> Callable[[Result], str]:
    """Say how many values of those that are there fail: "3 of 20 (15 %) have none"; ``mostly`` may not."""

    def say(result: Result) -> str:
        there = int(result["element_count"]) - int(result.get("missing_count") or 0)
        count = int(result["unexpected_count"])
        return f"{count:,} of {there:,}{f' ({percent(count / there, 1 - mostly)})' if there else ''} {what}"

    return say
