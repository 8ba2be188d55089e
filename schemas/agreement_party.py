"""The parties: who speaks for each side, when its offices work, and which desk owns what."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.agreement_keys import PinnedKey
from schemas.clause import Calendar, Clause, Day, Language, MailAddress, OnceEach, TimeZone, Words

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DiscrepancyClass = Literal["missing_there", "missing_here", "duplicate", "field", "stage", "identity", "protection"]


class Route(Clause):
    """Who owns a discrepancy: the first route whose conditions all hold. No condition means "any"."""

    official: MailAddress = Field(description="mail address of the desk")
    streams: tuple[str, ...] = Field(default=(), description="only discrepancies of these streams")
    classes: tuple[DiscrepancyClass, ...] = Field(default=(), description="only discrepancies of these classes")
    areas: tuple[str, ...] = Field(default=(), description="only discrepancies in these areas")

    @property
    def takes_everything(self) -> bool:
        """Whether it has no condition."""
        return not (self.streams or self.classes or self.areas)

    def takes(self, *, stream: str, klass: str, area: str | None) -> bool:
        """Whether a discrepancy of this stream, class and area belongs to this official."""
        return (
            (not self.streams or stream in self.streams)
            and (not self.classes or klass in self.classes)
            and (not self.areas or area in self.areas)
        )


class Authority(Clause):
    """The ministry or agency that speaks for a party from a day on, until the next one does."""

    since: Day = Field(description="first day on which it is the authority")
    names: Words = Field(description="its name in each language")


class Calendars(Clause):
    """Which calendar a party's own papers use; what travels is always Gregorian."""

    documents: Calendar = Field(description="dates on documents; read by extract, in the mappings of its sources")
    wage_months: Calendar = Field(description="months for which wages are due; read by reconcile, for wages unpaid")


def _one_working_day(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if len(set(days)) == len(WEEKDAYS):
        raise PydanticCustomError("no_working_day", "all seven days are weekend; no deadline would ever end")
    return days


def _everything_owned(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    if not routes[-1].takes_everything:
        raise PydanticCustomError("no_owner", "the last route must have no condition, so that every case has an owner")
    if any(route.takes_everything for route in routes[:-1]):
        raise PydanticCustomError(
            "never_reached", "a route before the last has no condition; those after it get nothing"
        )
    return routes


def _in_order(authorities: tuple[Authority, ...]) -> tuple[Authority, ...]:
    days = [authority.since for authority in authorities]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise PydanticCustomError("order", "authorities must stand in the order of their first days, one per day")
    return authorities


class Party(Clause):
    """One side of the corridor."""

    authorities: Annotated[tuple[Authority, ...], Field(min_length=1), AfterValidator(_in_order)] = Field(
        description="who speaks for the party, oldest first; the report names the one of its quarter"
    )
    time_zone: TimeZone = Field(description="IANA time zone in which its months end and its pipelines run")
    weekend: Annotated[tuple[Weekday, ...], OnceEach, AfterValidator(_one_working_day)] = Field(
        description="days of the week on which its offices are closed"
    )
    holidays: Mapping[Day, str] = Field(default={}, description="other days on which they are closed, with the name")
    calendars: Calendars = Field(description="calendars of its own papers")
    languages: Annotated[tuple[Language, ...], Field(min_length=1), OnceEach] = Field(
        description="languages of its officials, the first one preferred; read by notify"
    )
    routes: Annotated[tuple[Route, ...], Field(min_length=1), AfterValidator(_everything_owned)] = Field(
        description="which desk owns a discrepancy: the first route whose conditions hold"
    )
    engineer: MailAddress = Field(description="who is told when a pipeline fails")
    keys: tuple[PinnedKey, ...] = Field(
        default=(),
        description="OpenPGP keys that sign and open its packages; required when `environment` is `live`",
    )

    @property
    def names(self) -> Words:
        """Names of the authority that came last."""
        return self.authorities[-1].names

    def authority_on(self, day: date) -> Authority:
        """The authority of ``day``; the first one for a day before it."""
        return next((a for a in reversed(self.authorities) if a.since <= day), self.authorities[0])

    def works_on(self, day: date) -> bool:
        """Whether its offices are open on ``day``."""
        return WEEKDAYS[day.weekday()] not in self.weekend and day not in self.holidays

    def add_working_days(self, start: date, days: int) -> date:
        """The date ``days`` working days after ``start``."""
        current = start
        while days > 0:
            current += timedelta(days=1)
            days -= self.works_on(current)
        return current
