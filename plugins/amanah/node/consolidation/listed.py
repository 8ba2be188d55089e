"""What consolidation puts on the list for a person: in the quarantine, beside the rows that were refused."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amanah.node.consolidation.components import Contested
from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.terms import StreamTerms


class Code(StrEnum):
    """Why something is on the list. None of these can be released by hand: the entry closes when the sources agree."""

    SAME_KEY_OTHER_PERSON = "same_key_other_person"
    SAME_REFERENCE_TWICE = "same_reference_twice"
    SYSTEMS_CONTRADICT = "systems_contradict"
    NO_VALID_RECORD = "no_valid_record"


@dataclass(frozen=True)
class Listed:
    """One entry: the system and record it is about, and what the systems say, which is personal."""

    source: str
    code: Code
    record_ref: str
    field: str | None
    message: str
    said: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def id(self) -> tuple[str, str, str, str | None, str]:
        """What makes two entries the same."""
        return self.source, self.code, self.record_ref, self.field, self.message

    @property
    def raw(self) -> dict[str, str | None]:
        """What the systems say, as text."""
        return {name: None if value is None else str(value) for name, value in self.said.items()}


def of_contested(contested: Iterable[Contested], terms: StreamTerms) -> list[Listed]:
    """One entry for each row that was kept apart from another by the guards, and each key in which they agree."""
    return [
        _other_person(row, [each for other in one.parts if other is not part for each in other], one.key, terms)
        for one in contested
        for part in one.parts
        for row in part
    ]


def same_reference(row: Contribution, first: Contribution) -> Listed:
    """``row`` cannot be a record: ``first`` has its reference, and is of somebody else."""
    text = f"{row.source} and {first.source} use this reference for two people; only that of {first.source} counts"
    return Listed(row.source, Code.SAME_REFERENCE_TWICE, row.source_ref, "record_ref", text, _guarded([row, first], ()))


def _other_person(row: Contribution, others: Sequence[Contribution], key: str, terms: StreamTerms) -> Listed:
    names = ", ".join(sorted({f"{each.source} {each.source_ref}" for each in others}))
    told = ", ".join(terms.guards)
    text = f"shares its {key} with {names}, but {told} speak of different people; they were not joined"
    said = _guarded([row, *others], [key, *terms.guards])
    return Listed(row.source, Code.SAME_KEY_OTHER_PERSON, row.source_ref, key, text, said)


def _guarded(rows: Iterable[Contribution], fields: Sequence[str]) -> dict[str, Any]:
    return {
        f"{row.source} {row.source_ref}": ", ".join(f"{name}: {row.said.get(name)}" for name in fields) for row in rows
    }
