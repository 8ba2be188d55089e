"""The answer sheet: which records are about the same placement, and why they differ where they do."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from amanah.demo.corridor.complaints import NEAR_WAGE_COMPLAINT
from amanah.demo.corridor.pairs import Pair
from amanah.demo.corridor.planting import SHOWS_IN
from amanah.demo.corridor.window import Window

CLEAN = "clean"
NOT_YET_DUE = "not_yet_due"
NON_PROCEDURAL = "non_procedural"
SCHEMA = pa.schema([("ours_ref", pa.string()), ("theirs_ref", pa.string()), ("planted", pa.list_(pa.string()))])


def truth_table(pairs: Sequence[Pair], window: Window) -> pa.Table:
    """One row for each pair of records of one placement, or for the record that only one side holds.

    ``planted`` says why the two differ at the end of the window; a cause that does not show by then is left out, and
    ``clean`` stands alone. A second registration has a row of its own, and both rows say ``duplicate``.
    """
    return pa.Table.from_pylist([row for pair in pairs for row in _rows(pair, window)], schema=SCHEMA)


def _rows(pair: Pair, window: Window) -> Iterator[dict[str, object]]:
    theirs = pair.destination.ref if pair.destination is not None else None
    planted = _planted(pair, window) or [CLEAN]
    for ours in (pair.origin, *pair.again):
        yield {"ours_ref": ours.ref if ours is not None else None, "theirs_ref": theirs, "planted": planted}


def _planted(pair: Pair, window: Window) -> list[str]:
    if pair.origin is None:
        return ["missing_here"] if pair.truth.registered else [NON_PROCEDURAL]
    if pair.destination is None:
        return ["missing_there"] if "missing_there" in pair.causes else [NOT_YET_DUE]
    ours, theirs = pair.origin.as_of(window.end), pair.destination.as_of(window.end)
    showing = {
        name
        for name, field in SHOWS_IN.items()
        if None not in (ours[field], theirs[field]) and ours[field] != theirs[field]
    }
    if "passport_renewed" in showing:
        showing.add("passport_history_lost")
    return [name for name in pair.causes if name in showing | {"duplicate", NEAR_WAGE_COMPLAINT}]
