"""The record model of a corridor: the contract's own, and the document checks that its agreement calls errors.

It stays the reference for whether a record is valid; whoever checks in bulk must give the same verdict.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import create_model, field_validator
from pydantic_core import PydanticCustomError

from schemas.checks import CheckDigit, Pattern
from schemas.record import Record

DocumentChecks = tuple[Pattern | CheckDigit, ...]


@cache
def corridor_model(model: type[Record], checks: DocumentChecks) -> type[Record]:
    """``model`` with ``checks`` run on their fields once the field itself is valid; the first that fails is reported.

    A list is reported as a whole, not item by item.
    """
    by_field: dict[str, list[Pattern | CheckDigit]] = {}
    for check in checks:
        by_field.setdefault(check.field, []).append(check)
    if not by_field:
        return model
    validators: dict[str, Callable[..., Any]] = {
        f"_{field}_looks_right": field_validator(field, mode="after")(_validator(tuple(found)))
        for field, found in by_field.items()
    }
    made = create_model(model.__name__, __base__=model, __validators__=validators, __doc__=model.__doc__)
    made.checks = (*model.checks, *checks)
    return made


def _validator(checks: DocumentChecks) -> Callable[[Any], Any]:
    def looks_right(value: Any) -> Any:
        for check in checks:
            if check.fails({check.field: value}):
                code: Any = check.code
                raise PydanticCustomError(code, "{said}", {"said": check.message})
        return value

    return looks_right
