"""A corridor drawn at random, always the same one: every field is now and then absent, odd, or another at one side."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from frozen import Frozen

SIDES = ("IDN", "SAU")
COMPARED = ["wage_amount", "wage_currency", "occupation_isco", "employer_ref", "area"]
ENDED = ("resolved", "closed_unresolved", "withdrawn")
_WORKERS, _PAIRS = 400, 250
_COMPLAINTS, _COMPLAINT_PAIRS, _REOPENED = 220, 120, 11  # every eleventh


def a_random_corridor() -> Frozen:
    """400 workers, 250 of them known to both sides; 220 complaints, 120 of them known to both."""
    draw, frozen = Random(20260930), Frozen()
    for number in range(_WORKERS):
        _workers(frozen, draw, number)
    for number in range(_COMPLAINTS):
        _complaints(frozen, draw, number)
    return frozen


def _workers(frozen: Frozen, draw: Random, number: int) -> None:
    known = _placement(draw)
    paired = number < _PAIRS
    refs = []
    for side in SIDES if paired else [SIDES[number % 2]]:
        other = _placement(draw)
        told = [other[place] if draw.random() < 0.1 else facts for place, facts in enumerate(known)]
        refs.append(frozen.placement(side, number, **{name: value for facts in told for name, value in facts.items()}))
    if paired:
        frozen.link("placement", *refs)
        if draw.random() < 0.3:
            differs = draw.choice([*COMPARED, "sex"])
            frozen.discrepancies(1, field=differs, ours_ref=refs[0], theirs_ref=refs[1])


def _complaints(frozen: Frozen, draw: Random, number: int) -> None:
    known = _complaint(draw)
    paired, names_placement = number < _COMPLAINT_PAIRS, draw.random() < 0.85
    refs = []
    for side in SIDES if paired else [SIDES[number % 2]]:
        later = timedelta(days=draw.choice([0, 0, 7]))  # one side hears of it, and of its end, after the other
        told = {name: value + later if isinstance(value, date) else value for name, value in known.items()}
        told["placement_ref"] = f"{side}-P-{number:05d}" if names_placement else None
        if number % _REOPENED == 0:
            frozen.complaint(side, number, **(told | {"stage": "resolved", "is_current": False}))
            told |= {"stage": "in_review", "revision": 2, "closed_on": None}
        refs.append(frozen.complaint(side, number, **told))
    if paired:
        frozen.link("complaint", *refs)


def _placement(draw: Random) -> list[dict[str, Any]]:
    """What is known of one placement, in groups that a side knows or mistakes together."""
    arrived = date(2026, 3, 1) + timedelta(days=draw.randrange(210))
    back = arrived + timedelta(days=draw.randrange(20, 180))
    ended = draw.random() < 0.2
    months = draw.randrange(5)

    def before(low: int, high: int) -> date:
        return arrived - timedelta(days=draw.randrange(low, high))

    facts: list[dict[str, Any]] = [
        {"wage_amount": Decimal(draw.randrange(1200, 1900)), "wage_currency": draw.choice(["SAR", "SAR", "USD"])},
        {
            "worker_cost_amount": Decimal(draw.choice([0, 0, 700, 1900])),
            "worker_cost_currency": draw.choice(["SAR", "IDR"]),
        },
        {
            "recruitment_fee_amount": Decimal(draw.randrange(9000, 13000)),
            "recruitment_fee_currency": draw.choice(["SAR", "SAR", "USD"]),
        },
        {"insurance_from": arrived, "insurance_until": arrived + timedelta(days=draw.randrange(30, 400))},
        {"wage_payments_due": months, "wage_payments_seen": draw.randrange(months + 1)},
        {"contract_start": arrived + timedelta(days=draw.randrange(-10, 30))},
        {"contract_end": arrived + timedelta(days=draw.randrange(60, 700))},
        {"requested_on": before(-3, 200)},
        {"visa_issued_on": before(1, 60)},
        {"departed_on": before(0, 3)},
        {"arrived_on": arrived},
        {"contract_endorsed_on": before(10, 30)},
        {"origin_agency_licence_no": f"SIP3MI/{draw.randrange(5)}"},
        {"destination_agency_licence_no": f"40{draw.randrange(3)}"},
        {"wage_period": draw.choice(["month", "hijri_month", "week"])},
    ]
    known = [group if draw.random() < 0.85 else dict.fromkeys(group) for group in facts]
    stage = draw.choice(["returned", "completed"]) if ended else "arrived"
    course = {"stage": stage, "stage_date": back if ended else arrived}
    course["returned_on"] = back if ended and draw.random() < 0.5 else None
    return [course, {"occupation_isco": draw.choice(["5152", "5120", "8322"])}, *known]


def _complaint(draw: Random) -> dict[str, Any]:
    received = date(2026, 4, 1) + timedelta(days=draw.randrange(180))
    stage = draw.choice(["received", "mediation", "resolved", "resolved", "closed_unresolved", "withdrawn"])
    closed = received + timedelta(days=draw.randrange(120))
    return {
        "received_on": received,
        "stage": stage,
        "closed_on": closed if stage in ENDED and draw.random() < 0.9 else None,
        "channel": draw.choice(["telephone", "in_person", None]),
    }
