"""Why a record was refused, in plain words: what was expected and what to do. Never the value that was there."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas import complaint, mrz, placement
from schemas.streams import Stream

Context = Mapping[str, Any]

_TO_DO = "correct it at its source and validate again"

_PATTERNS = {
    placement.PLACEMENT_REF: "the reference of a placement such as IDN-P-000123",
    placement.PERSON_REF: "the reference of a person such as IDN-W-000123",
    complaint.COMPLAINT_REF: "the reference of a complaint such as IDN-C-000123",
    placement.DOCUMENT_NO: "3 to 32 capital letters, figures, / or -, the first a letter or figure",
    placement.AREA: "an area such as SA-01 (ISO 3166-2)",
    placement.OCCUPATION: "an occupation of four figures such as 9111 (ISCO-08)",
    placement.CURRENCY: "three capital letters such as SAR, of a country (ISO 3166-1) or currency (ISO 4217)",
    mrz.LINE: "44 capital letters, figures or <",
}
_EXPECTED: dict[str, Callable[[Context], str]] = {
    "missing": lambda _: "a value; every record needs one",
    "string_type": lambda _: "text",
    "string_too_short": lambda _: "some text; leave the value out if it is not known",
    "string_too_long": lambda given: f"at most {given['max_length']} characters",
    "string_unicode": lambda _: "text in valid UTF-8",
    "string_pattern_mismatch": lambda given: _PATTERNS.get(given["pattern"], f"text of the form {given['pattern']}"),
    "unknown_code": lambda given: f"a code of the list {given['list']}",
    "forbidden_character": lambda _: "text without control, direction or other invisible characters",
    "not_a_date": lambda _: "an existing Gregorian date such as 2026-07-01, stored as a date or as text",
    "not_an_amount": lambda _: "an amount such as 1500.00, stored as a decimal or as text",
    "not_a_whole_number": lambda _: "a whole number such as 8",
    "greater_than_equal": lambda given: f"nothing below {given['ge']}",
    "less_than_equal": lambda given: f"nothing above {given['le']}",
    "decimal_max_digits": lambda given: f"at most {given['max_digits']} figures",
    "decimal_max_places": lambda given: f"at most {given['decimal_places']} decimal places",
    "decimal_whole_digits": lambda given: f"at most {given['whole_digits']} figures before the point",
    "finite_number": lambda _: "a number",
    "list_type": lambda _: "a list, in CSV its items joined by ;",
    "too_long": lambda given: f"at most {given['max_length']} items",
}


class Reason(NamedTuple):
    """One reason for a refusal. ``field`` is the path of the value, such as ``previous_passport_nos.0``."""

    field: str | None
    code: str
    message: str


def reasons(error: ValidationError, stream: Stream) -> list[Reason]:
    """Every reason in ``error``, which the model of ``stream`` raised, in the order of its fields."""
    said = {(at.at, at.code): at.message for at in stream.rules}
    said |= {(check.field, check.code): check.message for check in stream.model.checks}
    found = []
    for fault in error.errors(include_input=False, include_url=False):
        field, code = ".".join(map(str, fault["loc"])) or None, fault["type"]
        message = said.get((field or "", code)) or _message(field, code, fault.get("ctx", {}))
        found.append(Reason(field, code, f"{message}; {_TO_DO}"))
    return found


def _message(field: str | None, code: str, context: Context) -> str:
    name = field or "the record"
    if code in _EXPECTED:
        return f"{name}: expected {_EXPECTED[code](context)}"
    return f"{name} fails the rule {code!r} of its schema"
