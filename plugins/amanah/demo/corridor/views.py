"""What one side's register shows of a placement or a complaint, and when it came to show it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from amanah.demo.corridor.funnel import Step
from amanah.demo.corridor.placements import Record, TruePlacement

KNOWN_FROM = {  # a field is not available before the placement reaches this stage
    "contract_no": "contract_endorsed",
    "contract_start": "contract_endorsed",
    "contract_end": "contract_endorsed",
    "visa_no": "visa_issued",
    "residence_no": "residence_issued",
}


class View(Protocol):
    """A record of one side, at any day."""

    party: str
    ref: str

    def change_days(self) -> list[date]:
        """The days on which the record appears or changes, in order."""

    def as_of(self, day: date) -> Record:
        """The record as the side's system shows it on ``day``, in contract fields.

        Raises ``LookupError`` when the side does not hold it yet.
        """


@dataclass(slots=True)
class PlacementView:
    """How ``party`` sees a placement. Without further arguments it sees the truth, at once and whole."""

    party: str
    ref: str
    placement: TruePlacement
    begins: str | None = None  # the stage from which this side holds the placement; None: the first
    entered: date | None = None  # not entered before this day
    lag: timedelta = timedelta()  # how much later it hears of every stage after the first it holds
    always: Record = field(default_factory=dict)  # values that differ from the truth
    later: list[tuple[date, Record]] = field(default_factory=list)  # values that replace others from a day on
    lacks: set[str] = field(default_factory=set)  # fields this side never has
    untold: set[str] = field(default_factory=set)  # stages this side never hears of

    def change_days(self) -> list[date]:
        """See :class:`View`."""
        known = [day for day, _ in self._known()]
        return sorted({*known, *(max(day, known[0]) for day, _ in self.later)})

    def as_of(self, day: date) -> Record:
        """See :class:`View`."""
        seen = [step for known, step in self._known() if known <= day]
        if not seen:
            raise LookupError(f"{self.ref}: not held by {self.party} on {day}")
        latest = seen[-1]
        reached = {step.stage for step in self.placement.steps if step.day <= latest.day}
        record: Record = {"record_ref": self.ref, **self.placement.values, **self.always}
        if latest.stage == "transferred":
            record |= self.placement.after_transfer
        for since, values in self.later:
            if since <= day:
                record |= values
        for name, stage in KNOWN_FROM.items():
            if stage not in reached:
                record[name] = None
        record |= dict.fromkeys(self.lacks)
        record["stage"], record["stage_date"] = latest
        return record

    def _known(self) -> list[tuple[date, Step]]:
        """Each step this side hears of, with the day on which it does."""
        steps = self.placement.steps
        first = 0
        if self.begins is not None:  # a cancellation is always told, so that nobody waits for the worker
            first = next(n for n, step in enumerate(steps) if step.stage in {self.begins, "cancelled"})
        known: list[tuple[date, Step]] = []
        for step in steps[first:]:
            if step.stage not in self.untold:
                day = step.day + self.lag if known else step.day
                known.append((max(day, self.entered) if self.entered else day, step))
        return known


@dataclass(slots=True)
class ComplaintView:
    """How ``party`` sees a complaint. ``steps`` begin with ``received``, on the day this side received it."""

    party: str
    ref: str
    placement_ref: str | None
    kind: str
    channel: str
    urgency: str
    steps: list[Step]

    def change_days(self) -> list[date]:
        """See :class:`View`."""
        return [step.day for step in self.steps]

    def as_of(self, day: date) -> Record:
        """See :class:`View`."""
        seen = [step for step in self.steps if step.day <= day]
        if not seen:
            raise LookupError(f"{self.ref}: not held by {self.party} on {day}")
        return {
            "record_ref": self.ref,
            "placement_ref": self.placement_ref,
            "kind": self.kind,
            "channel": self.channel,
            "received_on": self.steps[0].day,
            "stage": seen[-1].stage,
            "stage_date": seen[-1].day,
            "urgency": self.urgency,
        }
