"""A fingerprint of a record's content: equal exactly when the content is equal."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from schemas.values import amount_text

_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def fingerprint(values: Mapping[str, object], fields: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of ``fields`` of one record.

    An amount counts in its one written form, whatever zeros a file or database gives it back with. Absent values leave
    no trace, so that a field added to the schema later changes no earlier fingerprint.
    """
    present = {
        field: value if (kind := type(value)) is str else str(value) if kind is date else _text(value)
        for field in fields
        if (value := values.get(field)) is not None
    }
    return hashlib.sha256(_ENCODE(present).encode()).hexdigest()


def _text(value: object) -> object:
    if isinstance(value, list):
        return [str(item) for item in value]
    return amount_text(value) if isinstance(value, Decimal) else str(value)
