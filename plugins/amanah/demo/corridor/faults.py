"""Records that break the contract: what a hurried clerk or a half-converted system sends, planted on purpose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from amanah.demo.corridor.draw import pick
from amanah.demo.corridor.journal import Entry
from amanah.demo.corridor.placements import Record
from amanah.demo.corridor.window import Window

CORRECTED_AFTER_DAYS = 4  # into the month after
UNLISTED = "unknown"  # on no code list


@dataclass(frozen=True)
class Flaw:
    """A way to be invalid: the ``field`` spoiled, the ``code`` with which the model refuses it (pydantic's error type).

    ``needs`` are the fields that must be available for it to show.
    """

    field: str
    code: str
    needs: tuple[str, ...]
    value: Callable[[Record], object]


@dataclass(frozen=True)
class Fault:
    """A flaw in one record from the month ``first`` to the month ``last`` (indexes in the window)."""

    flaw: Flaw
    first: int
    last: int

    def spoil(self, record: Record, month: int) -> None:
        """Spoil ``record`` if the fault stands in ``month``."""
        if self.first <= month <= self.last:
            record[self.flaw.field] = self.flaw.value(record)


def _day_before(field: str) -> Callable[[Record], object]:
    def value(record: Record) -> object:
        return _as_date(record[field]) - timedelta(days=1)

    return value


def _day_after(field: str) -> Callable[[Record], object]:
    def value(record: Record) -> object:
        return _as_date(record[field]) + timedelta(days=1)

    return value


def _as_date(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError("expected a date")
    return value


def _unlisted(_: Record) -> object:
    return UNLISTED


def _absent(_: Record) -> object:
    return None


FLAWS: Mapping[str, tuple[Flaw, ...]] = {
    "placement": (
        Flaw("contract_end", "contract_dates", ("contract_start",), _day_before("contract_start")),
        Flaw("stage", "value_error", (), _unlisted),
        Flaw("birth_date", "birth_after_contract", ("contract_start",), _day_after("contract_start")),
        Flaw("wage_currency", "wage_currency", ("wage_amount",), _absent),
    ),
    "complaint": (
        Flaw("stage_date", "stage_before_receipt", (), _day_before("received_on")),
        Flaw("kind", "value_error", (), _unlisted),
        Flaw("stage", "value_error", (), _unlisted),
    ),
}


def plant_faults(
    rng: Random, candidates: Sequence[Entry], stream: str, share: float, window: Window, *, already: int
) -> dict[str, Fault]:
    """Plant faults in a share of ``candidates``; returns them by record reference.

    Every other one is corrected in the month after: that month is added to the entry. The rest stay to the end.
    ``already`` faults were planted elsewhere, so that small corridors come to one half as well.
    """
    final = len(window.months) - 1
    chosen = pick(rng, candidates, share)
    planted = {}
    for number, entry in enumerate(chosen, start=already):
        months = [window.index(month) for month in entry.changed]
        first = rng.choice(months)
        early = [month for month in months if month < final]
        last = final
        if number % 2 == 0 and early:
            first = last = rng.choice(early)
            corrected = window.months[last + 1]
            day = date.fromisoformat(f"{corrected}-01") + timedelta(days=CORRECTED_AFTER_DAYS)
            entry.changed.setdefault(corrected, day)
        shown = entry.view.as_of(window.last_day(window.months[first]))
        possible = [flaw for flaw in FLAWS[stream] if all(shown[name] is not None for name in flaw.needs)]
        planted[entry.view.ref] = Fault(flaw=rng.choice(possible), first=first, last=last)
    return planted
