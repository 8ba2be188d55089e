"""What the clauses of an agreement are made of: values that are checked one by one, whatever else is wrong."""

from collections.abc import Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

CRON_FIELDS = 5


class Clause(BaseModel):
    """One clause: known entries only, and what is signed does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown, or a path that leads out of the time zone database
        raise PydanticCustomError("time_zone", "no IANA time zone; expected one such as Africa/Nairobi") from None
    return text


def _cron(text: str) -> str:
    if len(text.split()) != CRON_FIELDS or not croniter.is_valid(text):
        raise PydanticCustomError("cron", "no cron expression; expected minute, hour, day, month, weekday: 0 2 1 * *")
    return text


def _once_each(items: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(items)) != len(items):
        raise PydanticCustomError("repeated", "the same entry stands twice in the list")
    return items


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
