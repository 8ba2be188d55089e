"""Which fields of a record point at a person: names, and numbers on documents."""

from collections.abc import Iterable, Mapping

from schemas.fields import Classification
from schemas.streams import STREAMS

# Opaque: each side gives its own, and the protocol shows them.
REFERENCES = frozenset({"record_ref", "placement_ref", "person_ref", "earlier_record_refs"})

NAMES = {
    name: tuple(
        field
        for field in stream.fields
        if "name" in field and stream.classification(field) is Classification.PERSONAL and field != "employer_name"
    )
    for name, stream in STREAMS.items()
}
NUMBERS = {
    name: tuple(
        field
        for field in stream.fields
        if stream.classification(field) is Classification.IDENTIFIER and field not in REFERENCES
    )
    for name, stream in STREAMS.items()
}


def texts_of(record: Mapping[str, object], fields: Iterable[str]) -> set[str]:
    """The values of ``fields`` in ``record``, those of lists one by one."""
    values = (record[field] for field in fields)
    items = (item for value in values for item in (value if isinstance(value, list) else [value]))
    return {str(item) for item in items if item is not None}
