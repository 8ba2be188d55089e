"""What was agreed about reconciling one stream, in the order in which the SQL needs it.

The two parties become side ``a`` and side ``b`` by the alphabet of their codes. Everything is worked out between
``a`` and ``b``, and only the result is told as "ours" and "theirs": so both nodes cannot but find the same.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.probable.traits import Traits
from schemas.agreement import Agreement, Linkage
from schemas.agreement_stream import Role
from schemas.envelope import PERIOD
from schemas.streams import STREAMS
from schemas.values import DECIMALS, MOST_DIGITS

TEXT = "VARCHAR"
SQL_TYPES: dict[Any, str] = {
    str: TEXT,
    date: "DATE",
    Decimal: f"DECIMAL({MOST_DIGITS},{DECIMALS})",
    int: "INTEGER",
    list[str]: "VARCHAR[]",
    list[date]: "DATE[]",
}

# Fields with a meaning of their own beside the agreement's lists. Each is used only when it may travel both ways.
NAME, BIRTH_DATE, AREA, STAGE, STAGE_DATE = "name_latin", "birth_date", "area", "stage", "stage_date"
REST_DAYS = "rest_days_per_week"
FIRST_KNOWN = "first_known"


@dataclass(frozen=True)
class Spec:
    """One stream of one agreement between side ``a`` and side ``b``, seen by ``us``; ``period`` is a month or None."""

    agreement: Agreement
    stream: str
    us: str
    period: str | None = None

    def __post_init__(self) -> None:
        self.agreement.other(self.us)
        self.agreement.stream(self.stream)
        if self.period is not None and re.fullmatch(PERIOD, self.period) is None:
            raise ReconcileError(f"period: expected a month such as 2026-09, got {self.period[:20]!r}")
        if self.linkage.near and self.linkage.parent is None:
            raise ReconcileError(
                f"{self.agreement.id}: streams.{self.stream}.linkage.near needs a parent to link through"
            )

    @property
    def linkage(self) -> Linkage:
        """How the agreement links and compares this stream."""
        return self.agreement.streams[self.stream].linkage

    @property
    def a(self) -> str:
        """Party code of side ``a``."""
        return min(self.agreement.parties)

    @property
    def b(self) -> str:
        """Party code of side ``b``."""
        return max(self.agreement.parties)

    @property
    def we_are_a(self) -> bool:
        """Whether "ours" is side ``a``."""
        return self.us == self.a

    @property
    def sides(self) -> tuple[str, str]:
        """Which side is ours, and which theirs."""
        return ("a", "b") if self.we_are_a else ("b", "a")

    @cached_property
    def shared(self) -> frozenset[str]:
        """Fields granted in both directions: no other may be compared with itself."""
        return self._sent["a"] & self._sent["b"]

    def usable(self, side: str) -> frozenset[str]:
        """Fields of the records of ``side`` (``a`` or ``b``) that both sides know and may use.

        They are those that travel both ways; and of a person's names also what this side alone sends, such as the name
        in its own letters: it is compared with the other side's names in whatever letters they are.
        """
        names = frozenset(field for field, role in self.linkage.probable.items() if role is Role.PERSON_NAME)
        return self.shared | (names & self._sent[side])

    @cached_property
    def _sent(self) -> dict[str, frozenset[str]]:
        """The fields that each side may send."""
        return {
            side: frozenset(self.agreement.granted(self.stream, sender=party))
            for side, party in (("a", self.a), ("b", self.b))
        }

    @property
    def fields(self) -> tuple[str, ...]:
        """Contract fields that reconciling this stream needs, in the contract's order."""
        rules = self.linkage
        wanted = {"record_ref", NAME, BIRTH_DATE, AREA, STAGE, STAGE_DATE, rules.parent}
        wanted |= {self.began} if self.began else set()
        wanted |= {*rules.keys, *rules.earlier.values(), *rules.near, *rules.compare, *rules.probable}
        wanted |= self._of_validity
        wanted |= {currency_of(field) for field in self.amounts}
        periods = {self.period_of(field) for field in self.amounts} - {None}
        wanted |= {*periods, REST_DAYS} if periods else set()
        return tuple(field for field in STREAMS[self.stream].fields if field in wanted)

    @property
    def _of_validity(self) -> set[str | None]:
        validity = self.linkage.validity
        if validity is None:
            return set()
        papers = validity.papers.values()
        dates = ((paper.since, paper.until, paper.earlier_until) for paper in papers)
        return {*validity.began, *validity.ended}.union(*dates) - {None}

    @property
    def amounts(self) -> tuple[str, ...]:
        """The compared fields that are amounts of money."""
        return tuple(field for field, tolerance in self.linkage.compare.items() if tolerance.rule == "amount")

    def period_of(self, amount_field: str) -> str | None:
        """The field with the period of an amount, where the agreement looks at it."""
        looked_at = self.linkage.compare[amount_field].periods
        return STREAMS[self.stream].period_of(amount_field) if looked_at else None

    @property
    def began(self) -> str | None:
        """The field that tells placements of one person apart."""
        return self.linkage.of_person.began if self.linkage.of_person else None

    @property
    def persons_keys(self) -> tuple[int, ...]:
        """The places of those keys that are a person's, who may have been placed more than once."""
        of_person = self.linkage.of_person
        return tuple(n for n, key in enumerate(self.linkage.keys) if of_person and key in of_person.keys)

    def one_placement(self, one: str, other: str) -> str:
        """SQL that is true when two dates (or numbers of days) on which placements began may be one placement's."""
        days = self.linkage.of_person.within_days if self.linkage.of_person else 0
        return f"coalesce(abs({one} - {other}) <= {days}, TRUE)"

    @property
    def traits(self) -> Traits:
        """What tells who a record is about, where no key links it."""
        earlier = {key: field for key, field in self.linkage.earlier.items() if key in self.linkage.probable}
        return Traits("record_ref", self.linkage.probable, earlier)

    @property
    def trimmed(self) -> str:
        """SQL for all columns of records as they were given, with texts trimmed; a text without a letter is null."""
        texts = [FIRST_KNOWN, *(field for field in self.fields if self.sql_type(field) == TEXT)]
        return f"* REPLACE ({', '.join(f'{trimmed(field)} AS {field}' for field in texts)})"

    def sql_type(self, field: str) -> str:
        """The SQL type of ``field``."""
        return SQL_TYPES[STREAMS[self.stream].python_type(field)]


def trimmed(text: str) -> str:
    """SQL for a text without the blanks around it; null when nothing is left. Most have none, as a look shows."""
    bare = f"strlen({text}) = length({text}) AND NOT starts_with({text}, ' ') AND NOT ends_with({text}, ' ')"
    return f"nullif(CASE WHEN {bare} THEN {text} ELSE trim({text}) END, '')"


def currency_of(amount_field: str) -> str:
    """Name of the field that holds the currency of ``amount_field``."""
    return amount_field.removesuffix("_amount") + "_currency"
