"""What differs from country to country: money, numbers on documents, places. All of it invented or public knowledge.

This is the one place of the corridor that knows a country by name; a country that is not listed gets plain stand-ins,
so that any agreement can be played.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from schemas.agreement import Agreement
from schemas.agreement_terms import Money


@dataclass(frozen=True)
class Country:
    """How one country counts money and numbers its documents.

    ``national_id`` and ``border_no`` are what such a number begins with and how many figures follow. A national
    identity number begins as no real one does, so that it can belong to nobody.
    """

    currency: str | None = None  # None: the currency of the agreed wages
    worth_of_one: Decimal = Decimal(1)  # units of it for one unit of the agreed wages' currency, roughly
    licence: str = "L-{number:03d}"  # of an agency
    national_id: tuple[str, int] = ("99", 10)
    border_no: tuple[str, int] = ("9", 9)


_PLAIN = Country()
COUNTRIES: Mapping[str, Country] = {
    # A NIK has sixteen figures and begins with the province; there is no province 99.
    "IDN": Country("IDR", Decimal(4300), licence="SIP3MI-{number:03d}-2024", national_id=("99", 14)),
    "KEN": Country("KES", Decimal(180), national_id=("0", 8)),
    # A border number has ten figures like a residence number, and does not begin with 1 or 2.
    "SAU": Country("SAR", licence="MSND-{number:05d}", border_no=("4", 9)),
}

# How common an area or an occupation is; one that is agreed and not listed here is as common as the rarest.
_AREAS = {"SA-01": 40, "SA-02": 30, "SA-04": 20, "SA-03": 10}
_OCCUPATIONS = {"9111": 40, "5152": 20, "5311": 15, "5322": 12, "5120": 7, "8322": 6}
_WAGE_STEPS = 30  # the lowest wage goes up in steps of such a part of it


@dataclass(frozen=True)
class Setting:
    """Where and under which figures a corridor plays: two countries and what their agreement says."""

    seed: int
    origin: str
    destination: str
    minimum_wage: Money
    cost_cap: Money | None
    areas: Mapping[str, int]
    occupations: Mapping[str, int]
    hijri_wages: bool

    @classmethod
    def of(cls, agreement: Agreement, seed: int) -> "Setting":
        """The setting of ``agreement``; its first party is the origin."""
        origin, destination = agreement.parties
        return cls(
            seed=seed,
            origin=origin,
            destination=destination,
            minimum_wage=agreement.thresholds.minimum_wage,
            cost_cap=agreement.thresholds.cost_cap,
            areas=_common(_AREAS, agreement.areas),
            occupations=_common(_OCCUPATIONS, agreement.occupations),
            hijri_wages=agreement.parties[destination].calendars.wage_months == "umm_al_qura",
        )

    @cached_property
    def wage_step(self) -> Decimal:
        """By how much one wage is usually above the next lower one."""
        return max(Decimal(1), (self.minimum_wage.amount / _WAGE_STEPS).quantize(Decimal(1)))

    @cached_property
    def at_origin(self) -> Country:
        """The country the workers come from."""
        return COUNTRIES.get(self.origin, _PLAIN)

    @cached_property
    def at_destination(self) -> Country:
        """The country they work in."""
        return COUNTRIES.get(self.destination, _PLAIN)

    @cached_property
    def origin_currency(self) -> str:
        """The currency in which a worker pays at home."""
        return self.at_origin.currency or self.minimum_wage.currency


def _common(known: Mapping[str, int], agreed: tuple[str, ...]) -> Mapping[str, int]:
    """The agreed codes with how common each is, those that are known first."""
    found = {code: weight for code, weight in known.items() if code in agreed}
    return found | {code: min(known.values()) for code in agreed if code not in found}
