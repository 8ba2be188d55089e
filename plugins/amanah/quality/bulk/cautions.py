"""The cautions about accepted records, in bulk: what its agreement calls odd. The checks have the last word."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from amanah.quality.bulk.judging import Finding
from amanah.quality.bulk.reference import RECORD_REF
from amanah.quality.bulk.rules import is_known, surely_holds
from schemas.checks import Check


def cautions(records: pl.DataFrame, numbers: npt.NDArray[np.int64], checks: Sequence[Check]) -> list[Finding]:
    """What ``checks`` find about accepted ``records``, which have ``numbers`` in their file; in the file's order."""
    found = [
        Finding(int(numbers[place]), records[RECORD_REF][place], check.field, check.code, check.message)
        for check in checks
        for place in _failing(check, records)
    ]
    return sorted(found, key=lambda finding: finding.row)


def _failing(check: Check, records: pl.DataFrame) -> list[int]:
    sure = records.select(surely_holds(check, records).alias("sure"))["sure"].to_numpy()
    places = np.flatnonzero(~sure)
    needed = [name for name in records.columns if name in vars(check).values()] if is_known(check) else records.columns
    rows = records.select(needed)[places].iter_rows(named=True)
    return [int(place) for place, values in zip(places, rows, strict=True) if check.fails(values)]
