"""Cell keys: for each counted row a number that only the two sides can work out, from which a count's noise is made.

Both nodes hold the same secret, so that both sides' editions tell the same records alike.
"""

import hmac
from collections.abc import Sequence

import pyarrow as pa

from reports.snapshot import CELL_KEY

_BYTES = 4  # of the digest: a number below 2**32, as reports.disclosure.rule.KEYS has it


def keyed(table: pa.Table, name: str, columns: Sequence[str], secret: bytes | None) -> pa.Table:
    """``table`` with the cell key of each row, made from ``name`` and its ``columns``; 0 where no noise is agreed."""
    if secret is None:
        keys = pa.repeat(pa.scalar(0, pa.uint64()), table.num_rows)
    else:
        rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
        keys = pa.array([_key(secret, (name, *row)) for row in rows], pa.uint64())
    return table.append_column(CELL_KEY, keys)


def _key(secret: bytes, parts: Sequence[object]) -> int:
    digest = hmac.digest(secret, "\0".join(map(str, parts)).encode(), "sha256")
    return int.from_bytes(digest[:_BYTES], "big")
