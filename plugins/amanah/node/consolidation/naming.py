"""Under which reference each record and person goes: the one the partner was sent first, until then by rank."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amanah.node.consolidation.agreeing import Record, agreed
from amanah.node.consolidation.components import Rows
from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.grouping import Person
from amanah.node.consolidation.listed import Listed, same_reference
from amanah.node.consolidation.terms import StreamTerms
from schemas.streams import Stream

EARLIER, PERSON = "earlier_record_refs", "person_ref"


@dataclass(frozen=True)
class Naming:
    """Names the records of party ``us``; ``sent`` says in which message the partner first got a reference."""

    us: str
    stream: Stream
    terms: StreamTerms
    sent: Mapping[str, int]

    def records(self, found: Sequence[Person]) -> tuple[list[Record], list[Listed]]:
        """The records of all persons, and what is on the list about them."""
        made: list[Record] = []
        listed: list[Listed] = []
        taken: dict[str, Contribution] = {}
        for person in sorted(found, key=self._first):
            named: list[tuple[str, Rows]] = []
            for rows in person.records:
                free = [row for row in self._registrations(rows) if row.source_ref not in taken]
                listed += [same_reference(row, taken[row.source_ref]) for row in rows if row.source_ref in taken]
                if free:
                    named.append((free[0].source_ref, rows))
                    taken |= {row.source_ref: row for row in free}
            made += [agreed(rows, self._given(ref, rows, named[0][0]), self.terms, self.stream) for ref, rows in named]
        return made, listed + [each for record in made for each in record.listed]

    def _first(self, person: Person) -> tuple[bool, int, int, str]:
        """The place of a person in the order of references; the person's records are put into that order too."""
        person.records.sort(key=lambda rows: self._age(self._registrations(rows)[0]))
        rows = person.records[0] if person.records else person.unattached
        return min(self._age(row) for row in rows)

    def _registrations(self, rows: Rows) -> list[Contribution]:
        """The rows that may name a record, the one that does in front."""
        return sorted((row for row in rows if self.terms.is_register(row.source)), key=self._age)

    def _age(self, row: Contribution) -> tuple[bool, int, int, str]:
        ref = row.source_ref
        return ref not in self.sent, self.sent.get(ref, 0), self.terms.rank(row.source), ref

    def _given(self, ref: str, rows: Rows, first_ref: str) -> dict[str, object]:
        """The references that only consolidation knows; ``first_ref`` is that of the person's first record."""
        given: dict[str, object] = {"record_ref": ref}
        if EARLIER in self.stream.fields:
            others = {row.source_ref for row in rows if self.terms.is_register(row.source)}
            others |= {value for row in rows for value in row.values([EARLIER])}
            given[EARLIER] = sorted(others - {ref}) or None
            if self.terms.same_person:
                digest = hashlib.sha256(f"person of {first_ref}".encode()).hexdigest()
                given[PERSON] = f"{self.us}-W-{digest[:16].upper()}"
        return given
