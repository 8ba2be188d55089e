"""The truth about placements: who went where under which terms, before any register writes it down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from amanah.demo.corridor.arabic import to_arabic
from amanah.demo.corridor.countries import Setting
from amanah.demo.corridor.documents import Issuer
from amanah.demo.corridor.draw import day_between, days, generator, pick, weighted
from amanah.demo.corridor.funnel import (
    ENDINGS,
    LEAVING,
    PROTECTED,
    Step,
    cancelled,
    day_of,
    ended,
    may_end,
    non_procedural,
    reached_by,
    walk,
)
from amanah.demo.corridor.money import in_coins
from amanah.demo.corridor.names import Person, draw_person
from amanah.demo.corridor.organisations import Employer, Organisations
from amanah.demo.corridor.window import Window
from schemas.agreement import Agreement

Record = dict[str, object]

OPENING_DAYS = 30  # placements requested this long before the first month are in the pipeline when it begins
CANCELLED_SHARE = 0.04  # of the placements with an endorsed contract
DRIVER = "8322"
WAGE_STEPS = {steps: 15 - steps for steps in range(15)}  # above the minimum: SAR 1,500 to 2,200, most near 1,500
AGES = (21, 45)
CONTRACT_DAYS = timedelta(days=730)
CONTRACT_STARTS = (25, 50)  # days after the endorsement


@dataclass(slots=True)
class TruePlacement:
    """One worker's placement as it really is.

    ``number`` is its place among all placements, from 1. ``values`` are what the two sides must agree on; the rest of
    the contract's fields follow from the placement (see :mod:`amanah.demo.corridor.particulars`). ``after_transfer``
    replaces some values once the stage ``transferred`` is reached.
    """

    number: int
    person: Person
    values: Record
    steps: list[Step]
    setting: Setting
    after_transfer: Record = field(default_factory=dict)
    registered: bool = True  # at the origin; False for a worker outside the placement system

    @property
    def ending(self) -> str:
        """The last stage there is."""
        return self.steps[-1].stage

    @property
    def contract_end(self) -> date:
        """The last day of the contract."""
        ends = self.values["contract_end"]
        if not isinstance(ends, date):
            raise TypeError("contract_end: expected a date in the truth")
        return ends

    @property
    def left(self) -> date | None:
        """The day from which nobody works there any more."""
        return self.steps[-1].day if self.ending in LEAVING else None

    @property
    def at_risk(self) -> bool:
        """Whether it ends in a way that both sides must know of to protect the worker."""
        return self.ending in PROTECTED

    def reached(self, stage: str, day: date) -> bool:
        """Whether ``stage`` is reached on or before ``day``."""
        return reached_by(self.steps, stage, day)


@dataclass(frozen=True)
class Terms:
    """What placements are made from: the corridor's setting, organisations and document numbers."""

    setting: Setting
    organisations: Organisations
    issuer: Issuer

    @property
    def origin(self) -> str:
        """The country the workers come from."""
        return self.setting.origin

    @property
    def destination(self) -> str:
        """The country they work in."""
        return self.setting.destination

    @classmethod
    def of(cls, agreement: Agreement, seed: int) -> "Terms":
        """The terms of ``agreement``; its first party is the origin."""
        setting = Setting.of(agreement, seed)
        return cls(
            setting=setting,
            organisations=Organisations(setting.origin, setting.destination),
            issuer=Issuer(generator(seed, "documents")),
        )


def registered_placements(count: int, seed: int, window: Window, terms: Terms) -> list[TruePlacement]:
    """``count`` placements in the order of their requests, spread evenly over the window; some of them have ended."""
    rng = generator(seed, "placements")
    opening = window.start - timedelta(days=OPENING_DAYS)
    requests = sorted(day_between(rng, opening, window.end) for _ in range(count))
    placements = [_placement(rng, number, walk(rng, day), terms) for number, day in enumerate(requests, start=1)]
    _cancel_some(generator(seed, "cancelled"), placements, window)
    _end_some(generator(seed, "endings"), placements, window, terms)
    return placements


def unregistered_placements(like: int, share: float, seed: int, window: Window, terms: Terms) -> list[TruePlacement]:
    """Workers whom the origin never registered: ``share`` of ``like``, at least one unless the share is zero."""
    rng = generator(seed, "non_procedural")
    placements = []
    for number, _ in enumerate(pick(rng, range(like), share), start=like + 1):
        steps = non_procedural(rng, day_between(rng, window.start, window.end))
        placement = _placement(rng, number, steps, terms)
        placement.values["origin_agency_ref"] = None
        placement.registered = False
        placements.append(placement)
    return placements


def employed_by(employer: Employer) -> Record:
    """The fields that name ``employer``."""
    return {"employer_ref": employer.ref, "employer_name": employer.name}


def _placement(rng: Random, number: int, steps: list[Step], terms: Terms) -> TruePlacement:
    setting = terms.setting
    occupation = weighted(rng, setting.occupations)
    person = draw_person(rng, "M" if occupation == DRIVER else "F")
    employer = terms.organisations.employer(rng)
    youngest, oldest = AGES
    endorsed = day_of(steps, "contract_endorsed") or steps[0].day
    start = endorsed + days(rng, CONTRACT_STARTS)
    values: Record = {
        "contract_no": terms.issuer.contract(),
        "passport_no": terms.issuer.passport(),
        "visa_no": terms.issuer.visa(),
        "residence_no": terms.issuer.residence(),
        "name_latin": person.name,
        "name_arabic": to_arabic(person.name),
        "birth_date": steps[0].day - timedelta(days=rng.randint(youngest * 366, oldest * 365)),
        "sex": person.sex,
        "nationality": terms.origin,
        "occupation_isco": occupation,
        "area": weighted(rng, setting.areas),
        **employed_by(employer),
        "origin_agency_ref": terms.organisations.sending_agency(rng, employer),
        "destination_agency_ref": employer.agency_ref,
        "wage_amount": _wage(rng, setting),
        "wage_currency": setting.minimum_wage.currency,
        "contract_start": start,
        "contract_end": start + CONTRACT_DAYS,
    }
    return TruePlacement(number=number, person=person, values=values, steps=steps, setting=setting)


def _wage(rng: Random, setting: Setting) -> Decimal:
    lowest = setting.minimum_wage
    return in_coins(lowest.amount + setting.wage_step * weighted(rng, WAGE_STEPS), lowest.currency)


def _cancel_some(rng: Random, placements: list[TruePlacement], window: Window) -> None:
    endorsed = [p for p in placements if p.reached("contract_endorsed", window.end)]
    for placement in pick(rng, endorsed, CANCELLED_SHARE):
        placement.steps = cancelled(rng, placement.steps)


def _end_some(rng: Random, placements: list[TruePlacement], window: Window, terms: Terms) -> None:
    settled = [p for p in placements if may_end(p.steps, window.end)]
    shares: Mapping[str, float] = ENDINGS
    for stage, share in shares.items():
        going_on = [p for p in settled if p.ending == "residence_issued"]
        for placement in pick(rng, going_on, share):
            placement.steps = ended(rng, placement.steps, stage, window.end)
            if stage == "transferred":
                placement.after_transfer = employed_by(
                    terms.organisations.another(rng, placement.values["employer_ref"])
                )
