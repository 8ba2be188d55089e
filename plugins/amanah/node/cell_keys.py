"""Cell keys: for each counted row a number that only the two sides can work out, from which a count's noise is made.

Both nodes hold the same secret, so that both sides' editions tell the same records alike.
"""

import hmac
from collections.abc import Sequence

import pyarrow as pa

from amanah.node.settings import NodeSettings, SettingsError
from reports.snapshot import CELL_KEY
from schemas.agreement import Agreement

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


def noise_key(settings: NodeSettings, agreement: Agreement) -> bytes | None:
    """The key of the noise where the agreement asks for it. Raises ``SettingsError`` where the node has none."""
    if agreement.report.disclosure != "noise":
        return None
    if settings.noise_key is None:
        raise SettingsError(
            "node.yaml, noise_key: not there, but report.disclosure of the agreement is noise; draw a secret of at "
            "least 32 characters, give the same to both nodes, and name it here as env:NAME"
        )
    return settings.noise_key.get_secret_value().encode()
