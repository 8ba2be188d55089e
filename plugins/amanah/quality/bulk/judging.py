"""The verdict on a block of records: screened together, and one by one by pydantic where the screen does not decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from amanah.quality.bulk.blocks import Block, Uneven
from amanah.quality.bulk.reference import RECORD_REF, Refused, verdicts
from amanah.quality.bulk.repeats import Repeats
from amanah.quality.bulk.screen import Screen, Screening

_UNDECIDED = 5000  # records that may wait for pydantic together

Numbers = npt.NDArray[np.int64]


class Finding(NamedTuple):
    """One thing about record ``row`` of a file, counted from 1: why it is refused, or what should be looked at."""

    row: int
    record_ref: str | None
    field: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Judged:
    """``accepted`` records in the contract's types, their numbers in the file, and why the ``refused`` ones are so."""

    accepted: pl.DataFrame
    numbers: Numbers
    refused: list[Finding]


def judge(block: Block, screen: Screen, repeats: Repeats) -> Iterator[Judged]:
    """Yield the verdict on ``block``, in one piece or several, in the order of the file."""
    screening = screen.apply(block.records)
    undecided = len(screening.sure) - int(screening.sure.sum())
    together = max(1, len(block.numbers)) if undecided <= _UNDECIDED else _UNDECIDED
    uneven = [_uneven(record) for record in block.uneven]
    for start in range(0, max(1, len(block.numbers)), together):
        piece = slice(start, start + together)
        part = Screening(screening.typed[piece], screening.sure[piece])
        judged = _piece(block.records.slice(start, together), block.numbers[piece], part, screen, repeats)
        last = block.numbers[piece.stop] if piece.stop < len(block.numbers) else None
        here = [each for each in uneven if last is None or each.row < last]
        uneven = uneven[len(here) :]
        yield Judged(judged.accepted, judged.numbers, _in_order([*here, *judged.refused]))


def _piece(records: pa.RecordBatch, numbers: Numbers, screening: Screening, screen: Screen, repeats: Repeats) -> Judged:
    sure = screening.sure.to_numpy()
    undecided = np.flatnonzero(~sure).tolist()
    if not undecided:
        return _without_repeats(Judged(screening.typed, numbers, []), repeats)
    passed, places, refused = [], [], []
    for place, verdict in zip(undecided, verdicts(records, undecided, screen.stream), strict=True):
        if isinstance(verdict, Refused):
            refused += [Finding(int(numbers[place]), verdict.record_ref, *reason) for reason in verdict.reasons]
        else:
            passed.append(verdict)
            places.append(place)
    accepted, kept = screening.typed.filter(screening.sure), numbers[sure]
    if passed:
        kept = np.concatenate([kept, numbers[places]])
        order = np.argsort(kept)
        accepted, kept = pl.concat([accepted, pl.DataFrame(passed, accepted.schema)])[order], kept[order]
    return _without_repeats(Judged(accepted, kept, refused), repeats)


def _without_repeats(judged: Judged, repeats: Repeats) -> Judged:
    """A reference that stands twice is refused the second time: it would otherwise be luck which record wins."""
    refs = judged.accepted[RECORD_REF]
    again = repeats.again(refs)
    if not again:
        return judged
    message = "record_ref stands before in this file; give each record a reference of its own and validate again"
    more = [Finding(int(judged.numbers[at]), refs[at], RECORD_REF, "repeated", message) for at in again]
    keep = np.ones(len(refs), dtype=np.bool_)
    keep[again] = False
    return Judged(judged.accepted.filter(pl.Series(keep)), judged.numbers[keep], [*judged.refused, *more])


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.row)


def _uneven(record: Uneven) -> Finding:
    spread = f", over {record.lines} lines" if record.lines > 1 else ""
    message = (
        f"the record has {record.found} cells{spread}, expected {record.expected} as in the header;"
        " look for a comma or quotation mark too many, correct it and validate again"
    )
    return Finding(record.number, None, None, "cells", message)
