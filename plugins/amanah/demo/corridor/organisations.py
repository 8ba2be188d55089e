"""Invented employers and agencies, in the shape the arrangement gives them.

The employer is the company, not the household; 43 companies are published; a company works with at most three
sending agencies and an agency with at most three companies.
"""

from dataclasses import dataclass
from random import Random

COMPANIES = 43
AGENCIES_A_COMPANY = 3


@dataclass(frozen=True, slots=True)
class Employer:
    """A company that signs contracts: its reference, name and licence as a receiving agency."""

    number: int
    ref: str
    name: str
    agency_ref: str


class Organisations:
    """The companies and agencies of one corridor."""

    def __init__(self, origin: str, destination: str) -> None:
        self._origin = origin
        self._employers = [
            Employer(
                number=number,
                ref=f"{destination}-E-{number:03d}",
                name=f"Household Services Company {number:03d}",
                agency_ref=f"{destination}-A-{number:03d}",
            )
            for number in range(1, COMPANIES + 1)
        ]
        self._shares = [1 / (5 + number) for number in range(COMPANIES)]  # a few large ones, many small ones

    def employer(self, rng: Random) -> Employer:
        """Draw an employer; large ones come up more often."""
        return rng.choices(self._employers, weights=self._shares)[0]

    def another(self, rng: Random, ref: object) -> Employer:
        """Draw an employer other than the one with reference ``ref``."""
        return rng.choice([employer for employer in self._employers if employer.ref != ref])

    def sending_agency(self, rng: Random, employer: Employer) -> str:
        """Draw the licence of one of the sending agencies that work with ``employer``."""
        return f"{self._origin}-A-{(employer.number + rng.randrange(AGENCIES_A_COMPANY)) % COMPANIES + 1:03d}"
