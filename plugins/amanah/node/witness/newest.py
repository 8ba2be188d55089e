"""One record of each person: where people announce themselves again and again the newest announcement counts.

Who is one person the party's terms of consolidation say, by the same keys and guards as among the systems that make
records (`amanah.node.consolidation.components`); and two that are `apart` there are two placements of that person.
"""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from amanah.node.consolidation.components import Rows, people
from amanah.node.consolidation.contribution import Contribution, plain
from amanah.node.consolidation.terms import StreamTerms
from schemas.streams import Stream

UPDATED_AT = "updated_at"


def newest(known: pa.Table, terms: StreamTerms, stream: Stream, *, witness: str) -> pa.Table:
    """``known`` (the contract's columns and ``updated_at``) without records that a newer one of the person replaces."""
    sharing = pc.is_in(known["record_ref"], pa.array(sorted(set(_sharing(known, terms))), pa.string()))
    rows = [_row(each, witness) for each in known.filter(sharing).to_pylist()]
    persons, _, _ = people(rows, terms, stream)
    older = [ref for person in persons for ref in _replaced(person, terms)]
    return known.filter(pc.invert(pc.is_in(known["record_ref"], pa.array(older, pa.string()))))


def _sharing(known: pa.Table, terms: StreamTerms) -> Iterator[str]:
    """References of records that share a number of a person with another; most share none, and need no more thought."""
    for key in terms.same_person:
        columns = [known["record_ref"].to_pylist(), *(known[name].to_pylist() for name in key)]
        held = [
            (ref, value)
            for ref, *values in zip(*columns, strict=True)
            for value in {each for given in values for each in (given if isinstance(given, list) else [given]) if each}
        ]
        times = Counter(value for _, value in held)
        yield from (ref for ref, value in held if times[value] > 1)


def _row(record: dict[str, object], witness: str) -> Contribution:
    at = record.pop(UPDATED_AT)
    return Contribution(witness, str(record["record_ref"]), at, "", "", plain(record))  # type: ignore[arg-type] # a time


def _replaced(person: Rows, terms: StreamTerms) -> Iterator[str]:
    """References of rows of one person that a newer one is about as well."""
    kept: Rows = []
    for row in sorted(person, key=lambda each: (each.updated_at, each.source_ref), reverse=True):
        if all(_apart(row, newer, terms) for newer in kept):
            kept.append(row)
        else:
            yield row.source_ref


def _apart(one: Contribution, other: Contribution, terms: StreamTerms) -> bool:
    said = [(one.said.get(name), other.said.get(name)) for name in terms.apart]
    return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in said)
