"""Absconding reports that the employer takes back, which is possible within fifteen days."""

from collections.abc import Sequence

from amanah.demo.corridor.complaints import NEAR_WAGE_COMPLAINT
from amanah.demo.corridor.draw import days, generator, pick
from amanah.demo.corridor.pairs import Pair

REVOKED = 0.2  # of the reports that follow no complaint about wages
AFTER_DAYS = (1, 15)


def revoke_some(pairs: Sequence[Pair], seed: int) -> None:
    """Let some reports be revoked, on every side that knows of them."""
    rng = generator(seed, "revoked")
    reported = [pair for pair in pairs if pair.truth.ending == "absconding_reported"]
    for pair in pick(rng, [pair for pair in reported if NEAR_WAGE_COMPLAINT not in pair.causes], REVOKED):
        day = pair.truth.steps[-1].day + days(rng, AFTER_DAYS)
        for view in pair.views:
            if "absconding_reported" not in view.untold:
                view.later += ((day, {"absconding_revoked_on": day}),)
