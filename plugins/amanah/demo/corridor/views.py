"""What one side's register shows of a placement or a complaint, and when it came to show it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from amanah.demo.corridor import showing, wages_seen
from amanah.demo.corridor.complaint_facts import ComplaintFacts
from amanah.demo.corridor.funnel import LEAVING, Step
from amanah.demo.corridor.particulars import household, particulars
from amanah.demo.corridor.placements import Record, TruePlacement

SECOND = "-R"  # ends the reference of a second registration


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
    later: tuple[tuple[date, Record], ...] = ()  # values that replace others from a day on
    lacks: frozenset[str] = frozenset()  # fields this side never has
    untold: frozenset[str] = frozenset()  # stages this side never hears of

    @property
    def person_ref(self) -> str:
        """How the side calls the person: the same however often it registered the placement."""
        return self.ref.replace("-P-", "-W-").removesuffix(SECOND)

    def change_days(self) -> list[date]:
        """See :class:`View`."""
        known = self._known()
        first = known[0][0]
        return sorted(
            {*(day for day, _ in known), *(max(day, first) for day, _ in self.later), *self._wage_reports(known)}
        )

    def as_of(self, day: date) -> Record:
        """See :class:`View`."""
        known = self._known()
        seen = [step for since, step in known if since <= day]
        if not seen:
            raise LookupError(f"{self.ref}: not held by {self.party} on {day}")
        latest, placement = seen[-1], self.placement
        reached = {step.stage for step in placement.steps if step.day <= latest.day}
        record = showing.BLANK | particulars(placement) | placement.values | {"record_ref": self.ref}
        record["person_ref"] = self.person_ref
        record |= {} if self._is_origin else showing.in_the_destinations_way(placement)
        record |= self.always
        if latest.stage == "transferred":
            record |= placement.after_transfer
        for since, values in self.later:
            if since <= day:
                record |= values
        record |= household(placement, record["employer_ref"])
        record |= {f"{step.stage}_on": step.day for step in seen}
        record["stage"], record["stage_date"] = latest
        report = max((report for report in self._wage_reports(known) if report <= day), default=None)
        if report is not None:
            record |= wages_seen.seen(placement, report, self._known_end(seen), record["wage_amount"])
        showing.finish(record, placement, reached, at_origin=self._is_origin)
        record |= dict.fromkeys(self.lacks)
        return record

    @property
    def _is_origin(self) -> bool:
        return self.party == self.placement.setting.origin

    def _wage_reports(self, known: list[tuple[date, Step]]) -> list[date]:
        """The days on which the destination takes in what banks saw: from residence until the ending it knows of."""
        living = next((day for day, step in known if step.stage == "residence_issued"), None)
        if living is None or self._is_origin or not wages_seen.covered(self.placement):
            return []
        last = next((day for day, step in known if step.stage in LEAVING), self.placement.contract_end)
        return list(wages_seen.reports(living, max(living, last)))

    @staticmethod
    def _known_end(seen: list[Step]) -> date | None:
        return seen[-1].day if seen[-1].stage in LEAVING else None

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
    facts: ComplaintFacts

    def change_days(self) -> list[date]:
        """See :class:`View`."""
        return [step.day for step in self.steps]

    def as_of(self, day: date) -> Record:
        """See :class:`View`."""
        seen = [step for step in self.steps if step.day <= day]
        if not seen:
            raise LookupError(f"{self.ref}: not held by {self.party} on {day}")
        return (
            showing.BLANK_COMPLAINT
            | self.facts.as_of(seen)
            | {
                "record_ref": self.ref,
                "placement_ref": self.placement_ref,
                "kind": self.kind,
                "channel": self.channel,
                "received_on": self.steps[0].day,
                "stage": seen[-1].stage,
                "stage_date": seen[-1].day,
                "urgency": self.urgency,
            }
        )
