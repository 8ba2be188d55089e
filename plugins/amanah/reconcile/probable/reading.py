"""Reading: what each record says of who it is about, in one table for both sides."""
# ruff: noqa: S608 - SQL is made of column names of the specification; no value of a record enters a statement

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from amanah.reconcile.engine import Engine, Step, quoted
from amanah.reconcile.keys import comparable
from amanah.reconcile.names import Writings
from amanah.reconcile.probable.birth import PARTS, hijri_months
from amanah.reconcile.probable.traits import CIRCUMSTANCES, Traits
from schemas.agreement_stream import Role

_TYPED = {Role.DATE: "{column}", Role.MONEY: "{column}::DOUBLE"}
_AS_TEXT = "nullif(lower(trim({column}::VARCHAR)), '')"
# Most names are in plain Latin letters, which their length in bytes shows at once.
_ARABIC = r"(strlen({column}) <> length({column}) AND regexp_matches({column}, '\p{{Arabic}}'))"

SCRIPTS = ("latin", "arabic")
"""A record may hold one name in two scripts; text without an Arabic letter counts as Latin."""


BEARER = "md5_number_lower({side} || ' ' || {name})"
"""SQL for who bears a name: a number for side and name."""


class Read(NamedTuple):
    """The names that were read: by their place in ``writing``, and how many people bear each."""

    writings: Writings
    bearers: list[int]


def read(
    engine: Engine,
    traits: Traits,
    free: Mapping[str, str],
    everyone: Mapping[str, str],
    *,
    alone: Sequence[int] | None = None,
) -> Read:
    """Make ``trait``, one row per record of ``free`` (side -> SQL that gives its free rows), and ``writing``.

    A record is known by ``no``, its place by side and reference, whatever row it came in. ``latin`` and ``arabic`` are
    the places of its name in ``writing``. ``everyone`` is the side -> SQL for all rows: among them a name is borne
    alone or not, unless who bears one ``alone`` is known (`BEARER`).
    """
    engine.register("hijri_months", hijri_months())
    engine.run([_said_step(traits, free)])
    _leave_arabic_out(engine)
    if alone is None:
        engine.run([_alone_step(traits, everyone)])
    else:
        engine.register("bears_alone", pa.table({"bearer": pa.array(alone, pa.uint64())}))
    borne = engine.table(
        "SELECT name, count(*) AS people FROM (SELECT unnest([latin, arabic]) AS name FROM said)\n"
        "WHERE name IS NOT NULL GROUP BY name ORDER BY name"
    )
    writings = Writings(borne["name"].to_pylist())
    engine.register(
        "read_name",
        pa.table(
            {
                "no": pa.array(range(len(borne)), pa.int32()),
                "name": borne["name"],
                "known": writings.known,
                "words": writings.same,
                "keys": writings.keys(),
            }
        ),
    )
    engine.run(_trait_steps())
    engine.forget("said")
    return Read(writings, borne["people"].to_pylist())


def _said_step(traits: Traits, free: Mapping[str, str]) -> Step:
    sides = "\nUNION ALL ".join(
        f"SELECT '{side}' AS side, {', '.join(_columns(traits))} FROM {source}" for side, source in free.items()
    )
    return Step(
        "said",
        "what each record says of who it is about",
        f"SELECT (row_number() OVER (ORDER BY side, ref))::INTEGER AS no, * FROM ({sides})",
    )


def _alone_step(traits: Traits, everyone: Mapping[str, str]) -> Step:
    name = name_of(traits)
    sides = (
        f"SELECT {BEARER.format(side=quoted(side), name=name)} AS bearer FROM {source}\n"
        f"WHERE {name} IN (SELECT name FROM said) GROUP BY {name} HAVING count(*) = 1"
        for side, source in everyone.items()
    )
    return Step("bears_alone", "who bears a name of these alone on a side", "\nUNION ALL ".join(sides))


def _leave_arabic_out(engine: Engine) -> None:
    """Where a side has no names in Arabic letters, another's are looked at only of records that have no others.

    Beside the Latin ones they would make words seem rare, and strangers within that side more alike than across.
    """
    of_sides = engine.rows("SELECT count(arabic) > 0 FROM said GROUP BY side")
    if not all(known for (known,) in of_sides):
        engine.execute("UPDATE said SET arabic = NULL WHERE latin IS NOT NULL")


def _trait_steps() -> list[Step]:
    return [
        Step(
            "writing",
            "each name with its keys, and whether one record of a side bears it alone",
            "SELECT * FROM read_name WHERE known",
        ),
        Step(
            "trait",
            "the same with what is derived from it",
            "SELECT said.* EXCLUDE (name, latin, arabic), l.no AS latin, r.no AS arabic,\n"
            "  coalesce(l.keys, []) || coalesce(r.keys, []) AS name_keys,\n"
            "  list_sort(coalesce(l.keys, r.keys)) AS whole_name, coalesce(l.words, r.words) AS name_words,\n"
            f"  {BEARER.format(side='side', name='said.name')} IN (FROM bears_alone) AS alone_with_name,\n"
            f"  {PARTS}\n"
            "FROM said ASOF LEFT JOIN hijri_months ON birth >= starts\n"
            "  LEFT JOIN writing l ON l.name = latin LEFT JOIN writing r ON r.name = arabic",
        ),
    ]


def _columns(traits: Traits) -> Iterator[str]:
    yield f"{traits.ref} AS ref"
    for name, column in zip(traits.identifiers, traits.of(Role.IDENTIFIER), strict=True):
        earlier = traits.earlier.get(column)
        past = f"list_transform({earlier}, lambda value: {comparable('value')})" if earlier else "[]::VARCHAR[]"
        yield f"{comparable(f'{column}::VARCHAR')} AS {name}"
        yield f"coalesce({past}, []) AS {name}_earlier"
    for circumstance, column in zip(traits.circumstances, traits.of(*CIRCUMSTANCES), strict=True):
        yield f"{_TYPED.get(circumstance.role, _AS_TEXT).format(column=column)} AS {circumstance.name}"
    births = traits.of(Role.BIRTH_DATE)
    yield f"{name_of(traits)} AS name"
    for script in SCRIPTS:
        yield f"{_name_in(traits, script)} AS {script}"
    yield (births[0] if births else "NULL::DATE") + " AS birth"


_NO_NAME = "NULL::VARCHAR"


def name_of(traits: Traits) -> str:
    """SQL for the name as it is written: of two scripts that in Latin letters, since one name has many in Arabic."""
    columns = traits.of(Role.PERSON_NAME)
    if len(columns) > 1:
        return f"coalesce({', '.join(_name_in(traits, script) for script in SCRIPTS)})"
    return columns[0] if columns else _NO_NAME


def _name_in(traits: Traits, script: str) -> str:
    """The parts of a name that are written in ``script``, as one; null where there are none."""
    of_script = ("" if script == "arabic" else "NOT ") + _ARABIC
    columns = traits.of(Role.PERSON_NAME)
    parts = ", ".join(f"CASE WHEN {of_script.format(column=column)} THEN {column} END" for column in columns)
    return f"nullif(concat_ws(' ', {parts}), '')" if columns else _NO_NAME
