"""Who works with the cases: the desks that own them, and the people who sign in, with what each may see.

One file beside ``node.yaml``. It is each party's own: the agreement names the desks, and nothing of this travels.
"""

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.agreement_party import Party
from schemas.clause import Language, MailAddress, OnceEach

DESK_OPENS = time(7, 30)  # when a desk's digest is there, in the party's time zone


class Role(StrEnum):
    """What somebody is here for."""

    OFFICIAL = "official"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"
    TASK_FORCE = "task_force"
    AUDITOR = "auditor"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Desk(_Entry):
    """A desk that the agreement's routes name by its mail address."""

    language: Language | None = Field(default=None, description="of its mails; the party's first language if absent")
    supervisor: MailAddress | None = Field(
        default=None, description="who is told weekly, and when a deadline is missed"
    )


class Person(_Entry):
    """Somebody who signs in."""

    role: Role
    desks: Annotated[tuple[MailAddress, ...], OnceEach] = Field(
        default=(), description="whose cases an official or supervisor works on"
    )
    language: Language | None = Field(default=None, description="of the pages; the party's first language if absent")

    @model_validator(mode="after")
    def _works_somewhere(self) -> Self:
        if self.role in {Role.OFFICIAL, Role.SUPERVISOR} and not self.desks:
            raise ValueError(f"an {self.role.value} needs at least one desk")
        return self


class People(_Entry):
    """The whole file."""

    desks: Mapping[MailAddress, Desk] = {}
    people: Mapping[Annotated[str, Field(min_length=1)], Person] = Field(
        default={}, description="sign-in name -> who that is"
    )

    def language(self, desk: str, party: Party) -> Language:
        """The language in which ``desk`` is written to."""
        known = self.desks.get(desk, Desk())
        return known.language or party.languages[0]

    def supervisor(self, desk: str) -> str | None:
        """Who is told when the deadlines of ``desk`` are missed; None where nobody is named."""
        return self.desks.get(desk, Desk()).supervisor

    def unknown_desks(self, party: Party) -> tuple[str, ...]:
        """Desks that the file speaks of and no route of the agreement names: a spelling that would reach nobody."""
        named = {route.official for route in party.routes}
        spoken_of = {*self.desks, *(desk for person in self.people.values() for desk in person.desks)}
        return tuple(sorted(spoken_of - named))


NOBODY = People()
