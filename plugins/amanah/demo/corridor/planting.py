"""Plants every cause of a noise profile in the pairs of a corridor, each in its own share of those it could hit."""

from collections.abc import Mapping, Sequence

from amanah.demo.corridor.cause import Cause
from amanah.demo.corridor.draw import generator, pick
from amanah.demo.corridor.identity import IDENTITY
from amanah.demo.corridor.noise import Noise
from amanah.demo.corridor.pairs import Pair, Planting
from amanah.demo.corridor.placements import Terms
from amanah.demo.corridor.presence import PRESENCE
from amanah.demo.corridor.substitution import SUBSTITUTION
from amanah.demo.corridor.window import Window

CAUSES: tuple[Cause, ...] = (*IDENTITY, *SUBSTITUTION, *PRESENCE)
SHOWS_IN: Mapping[str, str] = {cause.name: cause.shows_in for cause in CAUSES if cause.shows_in is not None}


def plant(pairs: Sequence[Pair], noise: Noise, seed: int, window: Window, terms: Terms) -> None:
    """Plant the causes at the rates of ``noise``; each planted one is noted in ``Pair.causes``."""
    for cause in CAUSES:
        rng = generator(seed, cause.name)
        planting = Planting(rng=rng, window=window, issuer=terms.issuer, organisations=terms.organisations)
        rate: float = getattr(noise, cause.name)
        for pair in pick(rng, [pair for pair in pairs if cause.could_hit(pair, window)], rate):
            cause.plant(pair, planting)
            pair.causes.append(cause.name)
