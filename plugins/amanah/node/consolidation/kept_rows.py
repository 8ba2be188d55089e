"""Contributions as the database keeps them, and the keys by which they find each other."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from sqlalchemy import Row

from amanah.node.consolidation.components import Rows, join_keys, key_name
from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.terms import StreamTerms
from schemas.streams import Stream


def keys_of(rows: Rows, terms: StreamTerms) -> Iterator[tuple[str, str, str, str]]:
    """Every value of every key of ``rows``: key, value, source, reference."""
    for row in rows:
        for key in join_keys(terms):
            for value in dict.fromkeys(row.values(key)):
                yield key_name(key), value, row.source, row.source_ref


def from_row(row: Row[Any]) -> Contribution:
    """The contribution that a row of the database holds."""
    values = {name: value for name, value in row._mapping.items() if name != "stream"}
    found = Contribution(**values)
    return Contribution(**{**values, "updated_at": found.updated_at.astimezone(UTC)})


def to_row(stream: Stream, each: Contribution) -> dict[str, object]:
    """The row that keeps a contribution."""
    return {
        "stream": stream.name,
        "source": each.source,
        "source_ref": each.source_ref,
        "updated_at": each.updated_at,
        "known_in": each.known_in,
        "fingerprint": each.fingerprint,
        "said": dict(each.said),
        "since": dict(each.since),
        "record_ref": each.record_ref,
    }
