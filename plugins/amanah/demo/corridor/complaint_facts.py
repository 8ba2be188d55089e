"""What is behind a complaint: who it is about, what is claimed, what the desks find and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from amanah.demo.corridor.complaint_kinds import (
    COMPANIONS,
    CONTROL,
    EXPLOITATION,
    HAS_COMPANION,
    INDICATORS,
    MONEY,
    OUTCOMES,
    REPORTERS,
    REPORTERS_OF_DEATH,
)
from amanah.demo.corridor.countries import Setting
from amanah.demo.corridor.funnel import Step
from amanah.demo.corridor.lot import Lot, scrambled
from amanah.demo.corridor.money import in_coins
from amanah.demo.corridor.names import Person
from amanah.demo.corridor.placements import Record

HAPPENED_BEFORE = 60  # days at most before it is received
CLAIMED_TENTHS = (3, 60)  # of a monthly wage, in tenths
PAID_PER_CENT = (40, 100)  # of what is claimed
AREA_KNOWN = 0.7  # of the workers outside the placement system
VICTIM = 0.5  # of the possible victims of trafficking, once the case is closed
_CLOSED = frozenset(OUTCOMES)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody a complaint is about: who it is, and where and for how much that person works, as far as is known."""

    person: Person
    passport_no: str
    birth_date: date
    area: str | None
    wage: Decimal
    there_since: date | None = None


@dataclass(frozen=True, slots=True)
class ComplaintFacts:
    """The facts of one complaint on one side: those known at once, after the first look, and once it is closed."""

    at_once: Record
    looked_at: Record
    closed: Record

    def as_of(self, seen: Sequence[Step]) -> Record:
        """What is known after the steps ``seen``, of which the first is the receipt."""
        record = dict(self.at_once)
        if len(seen) > 1:
            record |= self.looked_at
        if seen[-1].stage in _CLOSED:
            record |= self.closed | {"closed_on": seen[-1].day}
            if "remedy_amount" in self.closed:
                record["remedy_paid_on"] = seen[-1].day
        return record


def facts_of(number: int, kind: str, steps: Sequence[Step], worker: Worker, setting: Setting) -> ComplaintFacts:
    """The facts that both sides find alike; ``steps`` are the true ones."""
    lot = Lot(setting.seed, "complaint", number)
    received = steps[0].day
    longest = min(HAPPENED_BEFORE, (received - (worker.there_since or date.min)).days)
    before = 0 if kind == "death" else lot.below(max(0, longest) + 1)
    at_once: Record = {
        "further_kinds": [lot.one_of(COMPANIONS[kind])] if kind in COMPANIONS and lot.chance(HAS_COMPANION) else [],
        "reported_by": lot.one_of(REPORTERS_OF_DEATH if kind == "death" else REPORTERS),
        "area": worker.area,
        "incident_on": received - timedelta(days=before),
        "not_applicable": [],
    }
    currency = setting.minimum_wage.currency
    claim = in_coins(worker.wage * lot.between(CLAIMED_TENTHS) / 10, currency) if kind in MONEY else None
    if claim is not None:
        at_once |= {"claim_amount": claim, "claim_currency": currency}
    return ComplaintFacts(at_once, _looked_at(kind), _closed(lot, kind, steps[-1].stage, claim, setting))


def about(worker: Worker, name_arabic: str | None) -> Record:
    """The fields that say who a worker without a placement on record is."""
    return {
        "worker_passport_no": worker.passport_no,
        "worker_name_latin": worker.person.name,
        "worker_name_arabic": name_arabic,
        "worker_birth_date": worker.birth_date,
        "worker_sex": worker.person.sex,
    }


def stranger(number: int, person: Person, received: date, setting: Setting) -> Worker:
    """Whom the complaint ``number`` is about, when it is nobody whom the placement systems know."""
    lot = Lot(setting.seed, "stranger", number)
    return Worker(
        person=person,
        passport_no=f"W{scrambled(number, 7)}",
        birth_date=received - timedelta(days=lot.between((21 * 366, 45 * 365))),
        area=lot.one_of(list(setting.areas)) if lot.chance(AREA_KNOWN) else None,
        wage=setting.minimum_wage.amount,
    )


def _looked_at(kind: str) -> Record:
    found: Record = {"forced_labour_indicators": list(INDICATORS.get(kind, ()))}
    if kind in CONTROL:
        found["methods_of_control"] = list(CONTROL[kind])
    if kind in EXPLOITATION:
        found |= {"exploitation_types": list(EXPLOITATION[kind]), "trafficking_status": "possible_victim"}
    return found


def _closed(lot: Lot, kind: str, stage: str, claim: Decimal | None, setting: Setting) -> Record:
    if stage not in _CLOSED:
        return {}
    outcome = "remedy_paid" if stage == "resolved" and claim is not None else lot.one_of(OUTCOMES[stage])
    found: Record = {"outcome": outcome}
    if outcome == "remedy_paid" and claim is not None:
        currency = setting.minimum_wage.currency
        paid = in_coins(claim * lot.between(PAID_PER_CENT) / 100, currency)
        found |= {"remedy_amount": paid, "remedy_currency": currency}
    if kind in EXPLOITATION:
        found["trafficking_status"] = "actual_victim" if lot.chance(VICTIM) else "not_a_victim"
    return found
