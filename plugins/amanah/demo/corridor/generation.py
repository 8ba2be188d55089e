"""Generates a corridor: the truth, what each side shows of it, and the faults planted in that, in this order."""

from collections.abc import Sequence

from amanah.demo.corridor.complaint_views import complaint_views
from amanah.demo.corridor.complaints import complaints
from amanah.demo.corridor.corridor import Corridor
from amanah.demo.corridor.draw import generator
from amanah.demo.corridor.faults import Fault, Planter
from amanah.demo.corridor.journal import Entry, entries
from amanah.demo.corridor.noise import Noise, profile
from amanah.demo.corridor.pairs import Pair, pair_up
from amanah.demo.corridor.placements import Terms, registered_placements, unregistered_placements
from amanah.demo.corridor.planting import plant
from amanah.demo.corridor.revocations import revoke_some
from amanah.demo.corridor.views import ComplaintView, View
from amanah.demo.corridor.window import Window
from schemas.agreement import Agreement

THREE_QUARTERS = tuple(f"2026-{month:02d}" for month in range(1, 10))


def generate(
    *, records: int, seed: int, noise: str = "real", months: Sequence[str] = THREE_QUARTERS, agreement: Agreement
) -> Corridor:
    """Generate the corridor of ``agreement``: about ``records`` placements a side, and complaints in proportion.

    A stream that is not agreed is left out. The same arguments give the same corridor on every machine and Python.
    ``noise`` names a profile of :mod:`amanah.demo.corridor.noise`; ``months`` are consecutive. The agreement's first
    party is the origin. Raises ``ValueError`` for arguments that make no corridor.

    Example: ``generate(records=300, seed=7, agreement=load(FOLDER / "idn-sau.yaml")).changes("SAU", "placement",
    "2026-03")`` are the records that Saudi Arabia's systems added or changed in March.
    """
    if records < 1:
        raise ValueError(f"records: expected at least 1, got {records}")
    rates = profile(noise)
    window = Window.of(months)
    terms = Terms.of(agreement, seed)
    placements = registered_placements(records, seed, window, terms)
    placements += unregistered_placements(records, rates.non_procedural, seed, window, terms)
    pairs = pair_up(placements, seed, window, terms)
    plant(pairs, rates, seed, window, terms)
    made = complaints(pairs, records, rates, seed, window)
    revoke_some(pairs, seed)
    views: dict[str, list[View]] = {
        "placement": [view for pair in pairs for view in pair.views],
        "complaint": list(complaint_views(made, rates, seed, terms)),
    }
    journal = {
        (party, stream): entries((view for view in views[stream] if view.party == party), window)
        for party in (terms.origin, terms.destination)
        for stream in views
        if stream in agreement.streams
    }
    return Corridor(
        origin=terms.origin,
        destination=terms.destination,
        window=window,
        pairs=pairs,
        entries=journal,
        planted_faults=_faults(journal, _at_risk(views, pairs), rates, agreement, seed, window),
    )


def _at_risk(views: dict[str, list[View]], pairs: Sequence[Pair]) -> set[str]:
    """The references on which a protection situation rests: an invalid record would hide it."""
    placements = {view.ref for pair in pairs if pair.truth.at_risk for view in pair.views}
    complaints_about = {
        view.ref for view in views["complaint"] if isinstance(view, ComplaintView) and view.placement_ref in placements
    }
    return placements | complaints_about


def _faults(
    journal: dict[tuple[str, str], list[Entry]],
    spared: set[str],
    rates: Noise,
    agreement: Agreement,
    seed: int,
    window: Window,
) -> dict[str, Fault]:
    planted: dict[str, Fault] = {}
    for (party, stream), found in journal.items():
        planter = Planter(
            rng=generator(seed, f"invalid {party} {stream}"),
            stream=stream,
            model=agreement.record_model(stream),
            window=window,
            already=len(planted),
        )
        planted |= planter.plant([entry for entry in found if entry.view.ref not in spared], rates.invalid)
    return planted
