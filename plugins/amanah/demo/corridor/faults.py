"""Records that break the contract, planted on purpose: which of them, in what way, and until when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from pydantic import BaseModel, ValidationError

from amanah.demo.corridor.complaint_flaws import COMPLAINT_FLAWS
from amanah.demo.corridor.draw import pick
from amanah.demo.corridor.flaw import Flaw
from amanah.demo.corridor.journal import Entry
from amanah.demo.corridor.placement_flaws import PLACEMENT_FLAWS
from amanah.demo.corridor.placements import Record
from amanah.demo.corridor.window import Window

CORRECTED_AFTER_DAYS = 4  # into the month after
FLAWS: Mapping[str, tuple[Flaw, ...]] = {"placement": PLACEMENT_FLAWS, "complaint": COMPLAINT_FLAWS}


@dataclass(frozen=True)
class Fault:
    """A flaw in one record from the month ``first`` to the month ``last`` (indexes in the window)."""

    flaw: Flaw
    first: int
    last: int

    def spoil(self, record: Record, month: int) -> None:
        """Spoil ``record`` if the fault stands in ``month``."""
        if self.first <= month <= self.last:
            record |= self.flaw.changes(record)


@dataclass(frozen=True)
class Planter:
    """Plants faults in the records of one ``stream``, which must keep to ``model``.

    ``already`` faults were planted elsewhere, so that small corridors come to one half of corrected ones as well.
    """

    rng: Random
    stream: str
    model: type[BaseModel]
    window: Window
    already: int
    planted: Counter[Flaw] = field(default_factory=Counter)

    def plant(self, candidates: Sequence[Entry], share: float) -> dict[str, Fault]:
        """Plant faults in a share of ``candidates``; returns them by record reference.

        Every other one is corrected in the month after: that month is added to the entry. The rest stay to the end.
        """
        final = len(self.window.months) - 1
        planted = {}
        for number, entry in enumerate(pick(self.rng, candidates, share), start=self.already):
            months = [self.window.index(month) for month in entry.changed]
            first = self.rng.choice(months)
            early = [month for month in months if month < final]
            last = final
            if number % 2 == 0 and early:
                first = last = self.rng.choice(early)
                corrected = self.window.months[last + 1]
                day = date.fromisoformat(f"{corrected}-01") + timedelta(days=CORRECTED_AFTER_DAYS)
                entry.changed.setdefault(corrected, day)
            planted[entry.view.ref] = Fault(flaw=self._flaw(entry, first, last), first=first, last=last)
        return planted

    def _flaw(self, entry: Entry, first: int, last: int) -> Flaw:
        """A flaw that shows, alone and as it should, in every state of the record from ``first`` to ``last``.

        One that has been planted less often comes first, so that all of them turn up in a corridor of some size.
        """
        months = [month for month in self.window.months[first : last + 1] if month in entry.changed]
        states = [entry.view.as_of(self.window.last_day(month)) for month in months]
        flaws = FLAWS[self.stream]
        for flaw in sorted(self.rng.sample(flaws, len(flaws)), key=lambda flaw: self.planted[flaw]):
            if all(self._shows(flaw, state) for state in states):
                self.planted[flaw] += 1
                return flaw
        raise LookupError(f"{entry.view.ref}: no flaw of the stream {self.stream} shows in this record")

    def _shows(self, flaw: Flaw, state: Record) -> bool:
        if any(state[name] is None for name in flaw.needs):
            return False
        return refusals(self.model, {**state, **flaw.changes(state)}) == [(flaw.field, flaw.code)]


def refusals(model: type[BaseModel], record: Mapping[str, object]) -> list[tuple[str, str]]:
    """Where and with which codes ``model`` refuses ``record``; none when it is valid."""
    try:
        model.model_validate(record)
    except ValidationError as error:
        return [(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors(include_input=False)]
    return []
