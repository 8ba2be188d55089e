"""References that stand more than once in a file, found in little memory whatever the file's size.

While a file is read, only a 64-bit hash of each accepted reference is kept, on disk. Where two hashes are alike, the
file is read again with those under suspicion, and the references themselves decide: two that only share a hash pass.
"""

import tempfile
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

_AT_ONCE = 1 << 20  # hashes compared together

Hashes = npt.NDArray[np.uint64]


class Repeats:
    """The references accepted so far; ``suspects`` are the hashes that a first reading found more than once."""

    def __init__(self, suspects: Hashes | None = None) -> None:
        self._suspects = np.empty(0, np.uint64) if suspects is None else suspects
        self._seen: set[str] = set()
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the context is left
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.close()

    def again(self, refs: pl.Series) -> list[int]:
        """The places in ``refs`` of references that are known to have stood before."""
        hashes = _hashes(refs)
        if not len(self._suspects):
            self._spool.write(hashes.tobytes())
            self._count += len(hashes)
            return []
        found = []
        for place in np.flatnonzero(np.isin(hashes, self._suspects)):
            ref = refs[int(place)]
            if ref in self._seen:
                found.append(int(place))
            self._seen.add(ref)
        return found

    def suspects(self) -> Hashes:
        """The hashes that stood more than once."""
        self._spool.flush()
        if not self._count:
            return np.empty(0, np.uint64)
        hashes = np.memmap(self._spool, dtype=np.uint64, mode="r", shape=(self._count,))
        shares = self._count // _AT_ONCE + 1
        return np.concatenate([_twice(hashes, share, shares) for share in range(shares)])


def _hashes(refs: pl.Series) -> Hashes:
    return refs.hash().to_numpy()


def _twice(hashes: Hashes, share: int, shares: int) -> Hashes:
    """The hashes of one share of all possible ones that stand more than once."""
    pieces = (hashes[start : start + _AT_ONCE] for start in range(0, len(hashes), _AT_ONCE))
    mine = np.concatenate([piece[piece % np.uint64(shares) == share] for piece in pieces])
    found, counts = np.unique(mine, return_counts=True)
    return found[counts > 1]
