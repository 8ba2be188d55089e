"""People whom only a witness knows: how many there are, and who, for the desk that is to look for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amanah.cases import looks, testimony
from amanah.node.consolidation.terms import Consolidation
from amanah.store import witnesses
from amanah.store.database import Database
from schemas.streams import STREAMS
from schemas.texts import to_text

ABOUT = "people in neither register: "  # what the look is kept as; it is about no case


@dataclass(frozen=True)
class Count:
    """How many people of an area a witness knows whom neither register has; nothing personal."""

    witness: str
    area: str | None
    people: int


@dataclass(frozen=True)
class Person:
    """One of them, as the witness knows them: field -> text, personal, as the reference is."""

    witness: str
    stream: str
    witness_ref: str
    area: str | None
    desk: str
    since: str
    values: Mapping[str, str] = field(repr=False)


def counted(database: Database, desks: Sequence[str] | None) -> list[Count]:
    """How many there are for ``desks``, by witness and area; with None for every desk."""
    with database.engine.connect() as connection:
        found = testimony.counted(connection, desks)
    return [Count(witness, area, people) for (witness, area), people in found.items()]


def listed(database: Database, desks: Sequence[str] | None, *, by: str, role: str, why: str) -> list[Person]:
    """Who they are; that ``by`` looked, and what for, is kept. Raises ``ValueError`` where nothing is said of that."""
    if not why.strip():
        raise ValueError("a look at personal data must say what it is for")
    with database.engine.begin() as connection:
        looks.note(connection, "-", by=by, role=role, why=f"{ABOUT}{why}")
        rows = testimony.in_neither(connection, desks)
        said = witnesses.said(connection, [(row.stream, row.witness, row.witness_ref) for row in rows])
    return [
        Person(
            row.witness,
            row.stream,
            row.witness_ref,
            row.area,
            row.official,
            row.opened_in,
            _values(row.stream, said[row.stream, row.witness, row.witness_ref]),
        )
        for row in rows
    ]


def called(terms: Consolidation, witness: str, language: str) -> str:
    """What officials call ``witness``; its name where no word of that language is given, or it is heard no more."""
    for of_stream in terms.values():
        if witness in of_stream.witnesses:
            return {str(each): word for each, word in of_stream.system(witness).called.items()}.get(language, witness)
    return witness


def _values(stream: str, said: Mapping[str, object]) -> dict[str, str]:
    return {name: to_text(said[name]) for name in STREAMS[stream].fields if said.get(name) is not None}
