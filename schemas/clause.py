"""What the clauses of an agreement are made of: values that are checked one by one, whatever else is wrong."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

CRON_FIELDS = 5
_LARGEST = 1000  # of a numerator or denominator: what is worked out with them stays exact


class Clause(BaseModel):
    """One clause: known entries only, and what is signed does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown, or a path that leads out of the time zone database
        raise PydanticCustomError("time_zone", "no IANA time zone; expected one such as Africa/Nairobi") from None
    return text


def _cron(text: str) -> str:
    if len(text.split()) != CRON_FIELDS or not croniter.is_valid(text):
        raise PydanticCustomError("cron", "no cron expression; expected minute, hour, day, month, weekday: 0 2 1 * *")
    try:
        croniter(text, datetime(2000, 1, 1, tzinfo=UTC)).get_next()
    except CroniterBadDateError:
        raise PydanticCustomError("cron", "never comes: there is no such day in such a month") from None
    return text


def _day(value: object) -> object:
    """A date as YAML reads one: a number of seconds or a time of day is none."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise PydanticCustomError("not_a_date", "expected a date such as 2026-07-01, without quotes")
    return value


def _once_each(items: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(items)) != len(items):
        raise PydanticCustomError("repeated", "the same entry stands twice in the list")
    return items


def _ratio(value: object) -> object:
    """A whole number, or a text such as 52/12; YAML's numbers with a point are not exact."""
    said = str(value) if isinstance(value, int | str | Fraction) and not isinstance(value, bool) else ""
    try:
        ratio = Fraction(said)
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if "." in said or not (0 < ratio.numerator <= _LARGEST and ratio.denominator <= _LARGEST):
        raise PydanticCustomError("ratio", "expected a whole number or a fraction such as 52/12, of up to 1000 each")
    return ratio


# YAML reads "yes" as a truth value, which pydantic alone would take for 1.
Whole = Annotated[int, Field(strict=True)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=3)]  # a dinar or rial may have 1,000 parts
Ratio = Annotated[Fraction, BeforeValidator(_ratio)]
Day = Annotated[date, BeforeValidator(_day)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]  # ISO 3166-1 alpha-3
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]  # ISO 4217
Language = Literal["en", "id", "ar"]
Words = Mapping[Language, Annotated[str, Field(min_length=1)]]  # one text per language
Calendar = Literal["gregorian", "umm_al_qura"]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
Direction = Annotated[str, Field(pattern=r"^[A-Z]{3}>[A-Z]{3}$")]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
OnceEach = AfterValidator(_once_each)
