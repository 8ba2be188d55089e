"""The types of the values in a record, each strict where a lenient reader would guess.

pydantic alone takes ``"86400"`` for the second of January 1970 and ``"1_500"`` for an amount; here a value is read as
what it says or refused. A date is Gregorian; the bounds refuse a Hijri year written as if it were one.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from schemas import codelists

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)
DAY_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
AMOUNT_TEXT = r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"
WHOLE_TEXT = r"^[0-9]{1,9}$"
# Dinars and rials of the Gulf have a thousand parts (ISO 4217); ten figures before the point hold any sum in rupiah.
MOST_DIGITS, DECIMALS = 13, 3
CENT, THOUSANDTH = Decimal("0.01"), Decimal("0.001")

# Control characters, line separators, the explicit directional formatting characters (UAX #9) and the byte order mark:
# none of them is part of a name or number, and each can make a text look like another one.
FORBIDDEN = "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")


def holds_forbidden(text: str) -> bool:
    """Whether ``text`` holds a character that is no part of any name, number or code."""
    return _FORBIDDEN.search(text) is not None


def _day(value: object) -> object:
    if isinstance(value, str) and re.match(DAY_TEXT, value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass  # the thirty-first of February: refused below like any other text that is no date
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticCustomError("not_a_date", "expected an existing Gregorian date such as 2026-07-01")


def _amount(value: object) -> object:
    if isinstance(value, str) and re.match(AMOUNT_TEXT, value.strip()):
        return Decimal(value.strip())
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PydanticCustomError("not_an_amount", "expected an amount such as 1500.00, not a binary fraction")


def _in_thousandths(value: Decimal) -> Decimal:
    """1500 and 1500.00 are one amount, and so are -0 and 0; they are the same as a database or Parquet gives them."""
    return abs(value.quantize(THOUSANDTH))


def amount_text(value: Decimal) -> str:
    """The one written form of an amount: two decimals, and a third where it is not zero (``1500.00``, ``125.505``).

    Raises ``ValueError``, without the amount, for one with more decimals: nothing is rounded in writing.
    """
    if value != value.quantize(THOUSANDTH):
        raise ValueError(f"an amount has more than {DECIMALS} decimals")
    in_cents = value.quantize(CENT)
    return format(in_cents if in_cents == value else value.quantize(THOUSANDTH), "f")


def _whole(value: object) -> object:
    if isinstance(value, str) and re.match(WHOLE_TEXT, value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("not_a_whole_number", "expected a whole number such as 8")


Text = Annotated[str, Field(min_length=1)]
Day = Annotated[
    date,
    Field(ge=FIRST_DAY, le=LAST_DAY),
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"}),
]
Amount = Annotated[
    Decimal,
    Field(ge=0, max_digits=MOST_DIGITS, decimal_places=DECIMALS),
    BeforeValidator(_amount),
    AfterValidator(_in_thousandths),
    PlainSerializer(amount_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": rf"^[0-9]{{1,{MOST_DIGITS - DECIMALS}}}(\.[0-9]{{1,{DECIMALS}}})?$"}),
]
DaysOfWeek = Annotated[int, Field(ge=0, le=7), BeforeValidator(_whole)]
HoursOfDay = Annotated[int, Field(ge=0, le=24), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(_whole)]


@dataclass(frozen=True)
class InList:
    """Marks a text as a code of the code list ``name``; anything else is refused with ``unknown_code``."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's own schema, then the membership."""
        codes = frozenset(codelists.load(self.name).codes)

        def check(value: str) -> str:
            if value not in codes:
                raise PydanticCustomError("unknown_code", "not a code of the list {list}", {"list": self.name})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The list's codes as an ``enum``."""
        return {**handler(schema), "enum": list(codelists.load(self.name).codes)}
