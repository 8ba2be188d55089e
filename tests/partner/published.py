"""The published schemas, as somebody who has nothing else of ours uses them."""

import json

from jsonschema import Draft202012Validator

from schemas import publishing


def validator(name: str) -> Draft202012Validator:
    """Of a schema as it lies in the published folder."""
    schema = json.loads((publishing.FOLDER / f"{name}-1.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
