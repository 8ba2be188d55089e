"""A fingerprint of a record's content: equal exactly when the content is equal."""

import hashlib
import json
from collections.abc import Iterable, Mapping


def fingerprint(values: Mapping[str, object], fields: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of ``fields`` of one record.

    Absent values leave no trace, so that a field added to the schema later changes no earlier fingerprint.
    """
    present = {f: _text(values[f]) for f in fields if values.get(f) is not None}
    return hashlib.sha256(json.dumps(present, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, list) else str(value)
