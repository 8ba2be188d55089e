"""Which records hang together through pairs: the connected components of a graph."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Places: TypeAlias = npt.NDArray[np.int64]


def hanging_together(one: Places, other: Places, records: int) -> Places:
    """The first record that each of ``records`` hangs together with, (records,).

    Each record takes the first that any of its neighbours knows, and then what that one knows, until nothing changes.
    In NumPy, since loading a library of graphs takes longer than this does for what is left over of a million records.

    Args:
        one: one record of each pair, numbered from 0.
        other: the other record.
        records: how many there are.
    """
    first = np.arange(records)
    while True:
        least = np.minimum(first[one], first[other])
        known = first.copy()
        np.minimum.at(known, first[one], least)
        np.minimum.at(known, first[other], least)
        known = known[known]
        if np.array_equal(known, first):
            return first
        first = known
