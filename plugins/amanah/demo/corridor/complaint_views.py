"""How each side shows the complaints it holds: its own references, channels and pace."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from amanah.demo.corridor.arabic import to_arabic
from amanah.demo.corridor.complaint_facts import ComplaintFacts, Worker, about, facts_of, stranger
from amanah.demo.corridor.complaint_kinds import CHANNELS, urgency_of
from amanah.demo.corridor.complaints import TrueComplaint
from amanah.demo.corridor.countries import Setting
from amanah.demo.corridor.draw import days, generator, pick, weighted
from amanah.demo.corridor.funnel import Step, day_of
from amanah.demo.corridor.names import draw_person
from amanah.demo.corridor.noise import Noise
from amanah.demo.corridor.placements import Record, Terms, TruePlacement
from amanah.demo.corridor.views import ComplaintView, PlacementView

RECEIVED_LATER_DAYS = (0, 5)
HANDLED_LATER_DAYS = (0, 30)
MEN = 0.15  # of the complainants whom no placement system knows


def complaint_views(made: Sequence[TrueComplaint], noise: Noise, seed: int, terms: Terms) -> Iterator[ComplaintView]:
    """What each side shows of the complaints it holds."""
    both = [n for n, complaint in enumerate(made) if complaint.origin_holds and complaint.destination_holds]
    rng = generator(seed, "complaint views")
    lagging = set(pick(generator(seed, "complaint_lag"), both, noise.complaint_lag))
    judged_otherwise = set(pick(generator(seed, "urgency_differs"), both, noise.urgency_differs))
    for number, complaint in enumerate(made):
        case = _Case.of(complaint, number + 1, terms.setting)
        pair, urgency = complaint.pair, urgency_of(complaint.kind)
        if complaint.origin_holds:
            yield case.view(
                party=terms.origin,
                ref=f"{terms.origin}-C-{number + 1:06d}",
                placement=pair.origin if pair else None,
                channel=complaint.channel,
                urgency=urgency,
                steps=list(complaint.steps),
            )
        if complaint.destination_holds:
            yield case.view(
                party=terms.destination,
                ref=terms.issuer.reference(f"{terms.destination}-C-"),
                placement=pair.destination if pair else None,
                channel=weighted(rng, CHANNELS),
                urgency=_other_urgency(urgency) if number in judged_otherwise else urgency,
                steps=_later(rng, complaint.steps) if number in lagging else list(complaint.steps),
            )


@dataclass(frozen=True)
class _Case:
    """A complaint with what is behind it."""

    complaint: TrueComplaint
    worker: Worker
    facts: ComplaintFacts
    setting: Setting

    @classmethod
    def of(cls, complaint: TrueComplaint, number: int, setting: Setting) -> "_Case":
        """The case with the ``number`` of its complaint."""
        received = complaint.steps[0].day
        if complaint.pair is not None:
            worker = _placed(complaint.pair.truth)
        else:
            rng = generator(setting.seed, f"stranger {number}")
            person = draw_person(rng, "M" if rng.random() < MEN else "F")
            worker = stranger(number, person, received, setting)
        facts = facts_of(number, complaint.kind, complaint.steps, worker, setting)
        return cls(complaint, worker, facts, setting)

    def view(
        self,
        *,
        party: str,
        ref: str,
        placement: PlacementView | None,
        channel: str,
        urgency: str,
        steps: list[Step],
    ) -> ComplaintView:
        """How ``party`` shows it; a worker with no placement on record there is described in the complaint."""
        own: Record = {
            "office_ref": f"{party}-O-{self.worker.area or 'HQ'}",
            "person_ref": placement.person_ref if placement else ref.replace("-C-", "-W-C"),
        }
        if placement is None:
            own |= about(self.worker, to_arabic(self.worker.person.name) if party == self.setting.destination else None)
        if self.complaint.pair is None:
            own["not_applicable"] = ["placement_ref"]
        return ComplaintView(
            party=party,
            ref=ref,
            placement_ref=placement.ref if placement else None,
            kind=self.complaint.kind,
            channel=channel,
            urgency=urgency,
            steps=steps,
            facts=replace(self.facts, at_once=self.facts.at_once | own),
        )


def _placed(placement: TruePlacement) -> Worker:
    values = placement.values
    born = values["birth_date"]
    if not isinstance(born, date):
        raise TypeError("birth_date: expected a date in the truth")
    return Worker(
        person=placement.person,
        passport_no=str(values["passport_no"]),
        birth_date=born,
        area=str(values["area"]),
        wage=Decimal(str(values["wage_amount"])),
        there_since=day_of(placement.steps, "arrived"),
    )


def _later(rng: Random, steps: tuple[Step, ...]) -> list[Step]:
    """The steps of a side that receives some days later and handles more slowly."""
    received = days(rng, RECEIVED_LATER_DAYS)
    handled = received + days(rng, HANDLED_LATER_DAYS)
    return [Step(step.stage, step.day + (handled if n else received)) for n, step in enumerate(steps)]


def _other_urgency(urgency: str) -> str:
    return "urgent" if urgency != "urgent" else "routine"
