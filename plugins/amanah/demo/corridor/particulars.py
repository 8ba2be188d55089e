"""The rest of what the contract says of a placement: papers, terms, organisations, money. The truth, whoever knows it.

All of it follows from the placement and can be worked out again at any time, so nothing of it is kept.
"""

from decimal import Decimal

from amanah.demo.corridor.lot import Lot, scrambled
from amanah.demo.corridor.money import in_coins
from amanah.demo.corridor.papers import papers
from amanah.demo.corridor.placements import Record, TruePlacement

HOURS_A_DAY = (8, 10)
NO_REST_DAY = 0.05
LOCALITIES = 60
ASKED_FOR_COSTS = 0.6  # of the workers, before they leave
PAID_NOTHING = 0.75  # of those: the rule is that the worker pays nothing
PAID_TENTHS = (2, 40)  # of the lowest monthly wage, in tenths, where the rule is broken
FEE_SHARE = (70, 100)  # per cent of the cost cap
FEE_ABOVE_CAP = 0.03
FEE_ABOVE_SHARE = (101, 115)
FEE_WITHOUT_CAP = 5  # lowest monthly wages, where no cap is agreed
ROUNDED_TO = Decimal(10)


def particulars(placement: TruePlacement) -> Record:
    """Every field that follows from ``placement``, save what changes with the day it is looked at."""
    return {**papers(placement), **_terms(placement), **_organisations(placement), **_money(placement)}


def household(placement: TruePlacement, employer_ref: object) -> Record:
    """The household in which the work is done; another employer means another one."""
    lot = Lot(placement.setting.seed, "household", f"{placement.number} {employer_ref}")
    moved = "" if employer_ref == placement.values["employer_ref"] else "-2"
    return {
        "household_ref": f"{placement.setting.destination}-H-{scrambled(placement.number, 8)}{moved}",
        "household_locality": f"Hayy {lot.below(LOCALITIES) + 1:02d}",
    }


def _terms(placement: TruePlacement) -> Record:
    lot = Lot(placement.setting.seed, "terms", placement.number)
    return {
        "wage_period": "month",
        "rest_days_per_week": 0 if lot.chance(NO_REST_DAY) else 1,
        "hours_per_day": lot.between(HOURS_A_DAY),
        "birth_date_precision": "day",
        "birth_date_calendar": "gregorian",
    }


def _organisations(placement: TruePlacement) -> Record:
    found: Record = {}
    sides = {
        "origin_agency": ("Sending Agency", placement.setting.at_origin),
        "destination_agency": ("Recruitment Office", placement.setting.at_destination),
    }
    for field, (kind, country) in sides.items():
        ref = placement.values[f"{field}_ref"]
        number = int(str(ref)[-3:]) if ref is not None else None
        found[f"{field}_name"] = f"{kind} {number:03d}" if number is not None else None
        found[f"{field}_licence_no"] = country.licence.format(number=number) if number is not None else None
    return found


def _money(placement: TruePlacement) -> Record:
    setting = placement.setting
    lot = Lot(setting.seed, "money", placement.number)
    lowest = setting.minimum_wage
    asked, nothing, tenths = lot.chance(ASKED_FOR_COSTS), lot.chance(PAID_NOTHING), lot.between(PAID_TENTHS)
    paid = Decimal(0) if nothing else _rounded(lowest.amount * setting.at_origin.worth_of_one * tenths / 10)
    cap = setting.cost_cap.amount if setting.cost_cap else lowest.amount * FEE_WITHOUT_CAP
    share = lot.between(FEE_ABOVE_SHARE if lot.chance(FEE_ABOVE_CAP) else FEE_SHARE)
    fee_currency = (setting.cost_cap or lowest).currency
    return {
        "worker_cost_amount": in_coins(paid, setting.origin_currency) if asked else None,
        "worker_cost_currency": setting.origin_currency if asked else None,
        "recruitment_fee_amount": in_coins(_rounded(cap * share / 100), fee_currency),
        "recruitment_fee_currency": fee_currency,
    }


def _rounded(amount: Decimal) -> Decimal:
    return (amount / ROUNDED_TO).quantize(Decimal(1)) * ROUNDED_TO
