"""Visitors: who has signed in, what their role lets them do, and of which desks. Whoever is not named sees nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from amanah.cases.people import Person, Role
from amanah.node import Node


class Right(StrEnum):
    """What a page needs."""

    SEE_CASES = "see_cases"
    SEE_RECORDS = "see_records"
    ACT = "act"
    SEE_LOOKS = "see_looks"
    SEE_CORRIDOR = "see_corridor"
    SEE_MESSAGES = "see_messages"
    SEE_EDITIONS = "see_editions"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OFFICIAL: frozenset({Right.SEE_CASES, Right.SEE_RECORDS, Right.ACT}),
    Role.SUPERVISOR: frozenset({Right.SEE_CASES, Right.SEE_RECORDS, Right.ACT, Right.SEE_LOOKS, Right.SEE_EDITIONS}),
    Role.AUDITOR: frozenset({Right.SEE_CASES, Right.SEE_LOOKS, Right.SEE_MESSAGES}),
    Role.ENGINEER: frozenset({Right.SEE_CORRIDOR, Right.SEE_MESSAGES, Right.SEE_EDITIONS}),
    Role.TASK_FORCE: frozenset({Right.SEE_EDITIONS}),
}
"""An auditor sees that and by whom, never the records; engineers and the task force have no business with a case,
officials none with the exchange."""

PAGES: Mapping[str, Right] = {
    "worklist": Right.SEE_CASES,
    "corridor": Right.SEE_CORRIDOR,
    "messages": Right.SEE_MESSAGES,
    "editions": Right.SEE_EDITIONS,
}
"""The pages that the head of each page leads to, for whoever may see them."""


class Forbidden(PermissionError):
    """This visitor may not. What they asked for is not said: whether it exists is no business of theirs."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who has signed in, on the pages of one node. ``desks`` is None for every desk."""

    name: str
    role: Role
    desks: tuple[str, ...] | None
    language: str

    def may(self, right: Right, *, desk: str | None = None) -> bool:
        """Whether they have ``right``, for a case of ``desk`` where one is named."""
        theirs = desk is None or self.desks is None or desk in self.desks
        return right in RIGHTS[self.role] and theirs


def first_page(role: Role) -> str:
    """The page that somebody in ``role`` begins with; for whom there is none, the one that says so."""
    return next((page for page, right in PAGES.items() if right in RIGHTS[role]), "worklist")


def visitor(node: Node, name: str, *, language: str | None = None) -> Visitor:
    """The visitor who signed in as ``name``, in ``language`` if they asked for one.

    Raises ``Forbidden`` for one whom the node's file of people does not name.
    """
    person: Person | None = node.people.people.get(name)
    if person is None:
        raise Forbidden
    spoken = language or person.language or node.agreement.parties[node.us].languages[0]
    desks = None if person.role is Role.AUDITOR else person.desks
    return Visitor(name, person.role, desks, spoken)
