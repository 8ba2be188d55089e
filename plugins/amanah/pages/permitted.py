"""What a visitor may ask for and do on the pages of one node: every call is checked against their rights and desks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amanah.cases.actions import NoSuchCase
from amanah.cases.ageing import Age
from amanah.cases.deeds import Deed
from amanah.cases.lifecycle import Action, Resolution, State, WaitsFor
from amanah.node import Node
from amanah.node.case_records import Records
from amanah.node.casework import Done, Line, Look, Shown
from amanah.node.witness import in_neither
from amanah.pages.visitors import Forbidden, Right, Visitor

FILTERS = ("state", "class", "severity", "age", "desk", "number")
REASONS = ("work", "call", "document", "supervision")
_AT_A_TIME = 5_000  # lines of an export read at once
_LONGEST = 2_000  # characters of what a person writes


class Unusable(ValueError):
    """A form or an address that no page of ours makes."""


@dataclass(frozen=True)
class Permitted:
    """The cases of one node as one visitor may see and work on them."""

    node: Node
    visitor: Visitor

    def needs(self, right: Right) -> None:
        """Raise ``Forbidden``, and keep that they asked, unless they have ``right``."""
        if not self.visitor.may(right):
            self._refuse("-", right)

    def listed(self, asked: Mapping[str, str], *, after: str | None) -> tuple[list[Line], str | None]:
        """The cases that the visitor may see and asked for; and what asks for those after them."""
        self.needs(Right.SEE_CASES)
        return self.node.cases.listed(after=after or None, **self._wanted(asked))

    def counts(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """How many there are of each age, whatever age was asked for."""
        return self.node.cases.counts(**self._wanted({**asked, "age": ""}))["age"]

    def every(self, asked: Mapping[str, str]) -> Iterator[Line]:
        """All that was asked for, however many pages it is."""
        self.needs(Right.SEE_CASES)  # here, and not when the first line is asked for
        return self._every(asked)

    def _every(self, asked: Mapping[str, str]) -> Iterator[Line]:
        after = None
        while True:
            lines, after = self.node.cases.listed(after=after, most=_AT_A_TIME, **self._wanted(asked))
            yield from lines
            if after is None:
                return

    def outline(self, number: str) -> Shown:
        """One case of theirs, without anything personal. Raises ``NoSuchCase`` for others' as for none."""
        self._check(number, Right.SEE_CASES)
        return self.node.cases.outline(number)

    def records(self, number: str, reason: str) -> tuple[Shown, Records]:
        """One case of theirs with both records; that they looked is kept."""
        self._check(number, Right.SEE_RECORDS)
        _check_reason(reason)
        return self.node.cases.records(number, by=self.visitor.name, role=self.visitor.role.value, why=reason)

    def looks(self, number: str) -> list[Look] | None:
        """Who looked at a case; None for who may not know."""
        return self.node.cases.looks_at(number) if self.visitor.may(Right.SEE_LOOKS) else None

    def of_document(self, document: str) -> list[Line]:
        """Their cases about a record with that document."""
        self.needs(Right.SEE_RECORDS)
        visitor = self.visitor
        return self.node.cases.of_document(document, by=visitor.name, role=visitor.role.value, desks=visitor.desks)

    def counted_in_neither(self) -> list[in_neither.Count]:
        """How many people, for their desks to look for, only a witness of ours knows."""
        self.needs(Right.SEE_CASES)
        return in_neither.counted(self.node.database, self.visitor.desks)

    def in_neither(self, reason: str) -> list[in_neither.Person]:
        """Who they are; that they looked is kept."""
        self.needs(Right.SEE_RECORDS)
        _check_reason(reason)
        who = self.visitor
        return in_neither.listed(self.node.database, who.desks, by=who.name, role=who.role.value, why=reason)

    def act(self, number: str, form: Mapping[str, str]) -> State:
        """Do what the form of one case says."""
        self._check(number, Right.ACT)
        return self.node.cases.act(self._deed(number, form), value=form.get("value") or None)

    def act_on_all(self, chosen: list[str], action: str) -> list[Done]:
        """Do the same to several, each in the version that was seen; only what needs no words."""
        deeds = []
        for each in chosen:
            number, _, seen = each.partition(":")
            self._check(number, Right.ACT)
            if action not in {Action.TAKE, Action.ACKNOWLEDGE}:
                raise Unusable("not for several")
            deeds.append(self._deed(number, {"action": action, "seen": seen}))
        return self.node.cases.act_on_all(deeds)

    def _deed(self, number: str, form: Mapping[str, str]) -> Deed:
        try:
            return Deed(
                number=number,
                action=Action(form["action"]),
                by=self.visitor.name,
                seen=int(form["seen"]),
                why=form.get("why", "")[:_LONGEST].strip() or None,
                desk=form.get("desk") or None,
                waits_for=WaitsFor(form["waits_for"]) if form.get("waits_for") else None,
                resolution=Resolution(form["resolution"]) if form.get("resolution") else None,
                other=self._visible_to_them(form["other"]) if form.get("other") else None,
            )
        except (KeyError, ValueError) as error:
            if isinstance(error, NoSuchCase):
                raise
            raise Unusable("not a form of ours") from None

    def _visible_to_them(self, number: str) -> str:
        self._check(number, Right.SEE_CASES)
        return number

    def _check(self, number: str, right: Right) -> None:
        """Whether the case is theirs to see or to work on. Others' cases are not there, and that they asked is kept."""
        self.needs(right)
        line = self.node.cases.line(number)
        if not self.visitor.may(right, desk=line.desk):
            self.node.cases.refused(number, by=self.visitor.name, role=self.visitor.role.value, why=right.value)
            raise NoSuchCase(number)

    def _refuse(self, number: str, right: Right) -> None:
        self.node.cases.refused(number, by=self.visitor.name, role=self.visitor.role.value, why=right.value)
        raise Forbidden

    def _wanted(self, asked: Mapping[str, str]) -> dict[str, Any]:
        theirs = self.visitor.desks
        desk = asked["desk"]
        desks = theirs if not desk else ((desk,) if theirs is None or desk in theirs else ())
        wanted: dict[str, Any] = {"desks": desks, "number": asked["number"] or None}
        if asked["state"]:
            wanted["states"] = (asked["state"],)
        if asked["class"]:
            wanted["classes"] = (asked["class"],)
        if asked["severity"]:
            wanted["severities"] = (asked["severity"],)
        if asked["age"]:
            wanted["age"] = _age(asked["age"])
        return wanted


def _check_reason(reason: str) -> None:
    if reason not in REASONS:
        raise Unusable("no such reason")


def _age(text: str) -> Age:
    try:
        return Age(text)
    except ValueError:
        raise Unusable("no such age") from None
