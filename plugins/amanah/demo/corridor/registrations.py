"""What citizens abroad tell their own foreign ministry: that they have arrived, and where they live.

Some workers do, placed or not. Each says it once, by hand and without the faults of the registers of labour; who was
never registered as a worker can be found here only.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from amanah.demo.corridor.funnel import day_of
from amanah.demo.corridor.lot import Lot, scrambled
from amanah.demo.corridor.pairs import Pair
from amanah.demo.corridor.papers import papers
from amanah.demo.corridor.particulars import household
from amanah.demo.corridor.placements import Record, TruePlacement

SHARE = 0.4
AFTER_DAYS = (3, 60)  # the arrival
NOON = time(12, tzinfo=UTC)


def registrations(pairs: Sequence[Pair], month: str) -> Iterator[Record]:
    """Those made in ``month``, in the contract's fields and with ``updated_at``, in no order."""
    for pair in pairs:
        arrived = day_of(pair.truth.steps, "arrived")
        if arrived is None:
            continue
        lot = Lot(pair.truth.setting.seed, "abroad", pair.truth.number)
        told = arrived + timedelta(days=lot.between(AFTER_DAYS))
        if f"{told:%Y-%m}" == month and lot.chance(SHARE):
            yield _registration(pair.truth, arrived, told)


def reference(placement: TruePlacement) -> str:
    """Under which reference the worker of ``placement`` is registered abroad, if at all."""
    return f"{placement.setting.origin}-P-ABR-{scrambled(placement.number, 8)}"


def _registration(placement: TruePlacement, arrived: date, told: date) -> Record:
    values = placement.values
    return {
        "record_ref": reference(placement),
        "passport_no": values["passport_no"],
        "residence_no": values["residence_no"] if placement.reached("residence_issued", told) else None,
        "national_id": papers(placement)["national_id"],
        "name_latin": values["name_latin"],
        "birth_date": values["birth_date"],
        "sex": values["sex"],
        "nationality": values["nationality"],
        "area": values["area"],
        "household_locality": household(placement, values["employer_ref"])["household_locality"],
        "stage": "arrived",
        "stage_date": arrived,
        "arrived_on": arrived,
        "updated_at": datetime.combine(told, NOON),
    }
