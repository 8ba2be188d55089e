"""A placement beside what each side shows of it, before any fault is planted."""

from dataclasses import dataclass, field
from random import Random

from amanah.demo.corridor.documents import Issuer
from amanah.demo.corridor.draw import generator
from amanah.demo.corridor.organisations import Organisations
from amanah.demo.corridor.placements import Terms, TruePlacement
from amanah.demo.corridor.views import PlacementView
from amanah.demo.corridor.window import Window

REQUESTED_BY_EMPLOYER = 0.5  # the destination lists these from the endorsed contract on, the others from the visa on


@dataclass(slots=True)
class Pair:
    """One placement, what origin and destination show of it, and which faults are planted in that.

    A view is ``None`` when that side does not hold the placement; ``again`` are second registrations at the origin.
    """

    truth: TruePlacement
    origin: PlacementView | None
    destination: PlacementView | None
    again: list[PlacementView] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    @property
    def views(self) -> list[PlacementView]:
        """Every record there is of it."""
        return [view for view in (self.origin, self.destination, *self.again) if view is not None]

    def both(self) -> tuple[PlacementView, PlacementView]:
        """Both sides' views. Raises ``LookupError`` when a side does not hold the placement."""
        if self.origin is None or self.destination is None:
            raise LookupError("a side does not hold this placement")
        return self.origin, self.destination


@dataclass(frozen=True)
class Planting:
    """What planting a fault needs: the draws, the window, document numbers and organisations."""

    rng: Random
    window: Window
    issuer: Issuer
    organisations: Organisations


def pair_up(placements: list[TruePlacement], seed: int, window: Window, terms: Terms) -> list[Pair]:
    """Give each placement its honest views; the sides number their records in ways that have nothing in common."""
    rng = generator(seed, "views")
    pairs = []
    for number, placement in enumerate(placements, start=1):
        requested_by_employer = rng.random() < REQUESTED_BY_EMPLOYER
        ref = terms.issuer.reference(f"{terms.destination}-P-")
        origin = PlacementView(party=terms.origin, ref=f"{terms.origin}-P-{number:06d}", placement=placement)
        destination = PlacementView(
            party=terms.destination,
            ref=ref,
            placement=placement,
            begins="contract_endorsed" if requested_by_employer and placement.registered else "visa_issued",
        )
        pairs.append(
            Pair(
                truth=placement,
                origin=origin if placement.registered else None,
                destination=destination if destination.change_days()[0] <= window.end else None,
            )
        )
    return pairs
