"""How dirty a corridor is: the share of records with each fault that real registers show.

The reasons are those that ministries, immigration offices and the press report of this corridor. No source publishes
how often they occur, so the rates of ``real`` are our estimate unless a line says otherwise; ``high`` is there to
stress what reads the records. A rate above zero plants at least one record.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noise:
    """Shares from 0 to 1 of the records that could show the fault; the default plants nothing."""

    passport_renewed: float = 0  # renewed abroad, the destination keeps the old number
    passport_history_lost: float = 0  # of the renewed: the origin no longer lists the old one (systems changed in 2023)
    contract_typo: float = 0  # one figure of the contract number differs at the destination
    name_added_father: float = 0  # the visa adds bin/binti, father, grandfather
    mononym: float = 0  # a visa needs two words, so nearly every one-word name grows
    arabic_respelling: float = 0  # Latin name read back from Arabic script
    birth_date_shift: float = 0  # Hijri by a day, day and month swapped, or the year only
    wage_lower: float = 0  # contract substitution: the destination's contract pays less
    employer_transferred: float = 0  # a service transfer the origin is not told of
    occupation_changed: float = 0  # contract substitution: other work than agreed
    area_changed: float = 0  # contract substitution: other area than agreed
    stage_lag: float = 0  # one side hears of stages weeks later
    absconding_untold: float = 0  # absconding reports stand in the destination's register only
    death_untold: float = 0  # a death that one side does not know of
    residence_untold: float = 0  # only the worker learns the residence number, by SMS
    missing_there: float = 0  # lost on the way to the destination
    missing_here: float = 0  # lost at the origin
    duplicate: float = 0  # registered again when the origin's system was replaced, two references for one person
    non_procedural: float = 0  # working at the destination, never registered at the origin
    complaint_one_sided: float = 0  # complaints about registered workers that only one side holds
    complaint_lag: float = 0  # of the shared complaints: received and handled on other days there
    urgency_differs: float = 0  # of the shared complaints: the desks judge differently
    non_procedural_complaints: float = 0  # complaints of unregistered workers for one of a registered
    invalid: float = 0  # records that break the contract, per party and stream


PROFILES: dict[str, Noise] = {
    "none": Noise(),
    "real": Noise(
        passport_renewed=0.02,
        passport_history_lost=0.25,
        contract_typo=0.01,
        name_added_father=0.10,
        mononym=0.90,
        arabic_respelling=0.05,
        birth_date_shift=0.01,
        wage_lower=0.02,
        employer_transferred=0.02,
        occupation_changed=0.01,
        area_changed=0.015,
        stage_lag=0.06,
        absconding_untold=0.80,
        death_untold=0.50,
        residence_untold=0.30,
        missing_there=0.01,
        missing_here=0.01,
        duplicate=0.003,
        non_procedural=0.01,
        complaint_one_sided=0.35,
        complaint_lag=0.60,
        urgency_differs=0.05,
        non_procedural_complaints=985 / 265,  # published: complainants January to 5 December 2024
        invalid=0.003,
    ),
    "high": Noise(
        passport_renewed=0.08,
        passport_history_lost=0.50,
        contract_typo=0.05,
        name_added_father=0.30,
        mononym=1.0,
        arabic_respelling=0.20,
        birth_date_shift=0.05,
        wage_lower=0.08,
        employer_transferred=0.08,
        occupation_changed=0.04,
        area_changed=0.05,
        stage_lag=0.20,
        absconding_untold=1.0,
        death_untold=0.80,
        residence_untold=0.60,
        missing_there=0.05,
        missing_here=0.05,
        duplicate=0.02,
        non_procedural=0.05,
        complaint_one_sided=0.60,
        complaint_lag=0.90,
        urgency_differs=0.20,
        non_procedural_complaints=985 / 265,
        invalid=0.02,
    ),
}


def profile(name: str) -> Noise:
    """The profile ``name``. Raises ``ValueError`` naming the known ones."""
    if name not in PROFILES:
        raise ValueError(f"noise {name!r}: no such profile; known are {', '.join(PROFILES)}")
    return PROFILES[name]
