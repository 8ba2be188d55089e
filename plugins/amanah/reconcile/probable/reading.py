"""Reading: what each record says of who it is about, in one table for both sides."""
# ruff: noqa: S608 - SQL is made of column names of the specification; no value of a record enters a statement

from collections.abc import Iterator, Mapping

from amanah.reconcile.engine import Step
from amanah.reconcile.keys import comparable
from amanah.reconcile.probable.traits import CIRCUMSTANCES, Traits
from schemas.agreement_stream import Role

_TYPED = {Role.DATE: "{column}", Role.MONEY: "{column}::DOUBLE"}
_AS_TEXT = "nullif(lower(trim({column}::VARCHAR)), '')"
_WORDS = r"list_filter(string_split(regexp_replace(lower(name), '[^\p{L}\p{M}]+', ' ', 'g'), ' '), lambda w: w <> '')"


def reading_steps(traits: Traits, free: Mapping[str, str], everyone: Mapping[str, str]) -> list[Step]:
    """The steps that make ``trait``: one row per record of ``free`` (side -> SQL that gives its free rows).

    ``everyone`` is the side -> SQL for all of its rows: among them a name is rare or not.
    """
    sides = "\nUNION ALL ".join(
        f"SELECT '{side}' AS side, {', '.join(_columns(traits))} FROM {source}" for side, source in free.items()
    )
    return [
        Step("said", "what each record says of who it is about", sides),
        Step(
            "namesake",
            "names that several records of a side bear",
            "\nUNION ALL ".join(
                f"SELECT '{side}' AS side, {_name(traits)} AS name FROM {source}\n"
                f"WHERE {_name(traits)} IN (SELECT name FROM said) GROUP BY ALL HAVING count(*) > 1"
                for side, source in everyone.items()
            ),
        ),
        Step(
            "trait",
            "the same with what is derived from it",
            "SELECT *, year(birth) AS birth_year, month(birth) AS birth_month, day(birth) AS birth_day,\n"
            f"  {_WORDS} AS words, (side, name) NOT IN (SELECT (side, name) FROM namesake) AS alone_with_name\n"
            "FROM said",
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
    yield f"{_name(traits)} AS name"
    yield (births[0] if births else "NULL::DATE") + " AS birth"


def _name(traits: Traits) -> str:
    names = traits.of(Role.PERSON_NAME)
    return f"nullif(lower(trim(concat_ws(' ', {', '.join(names)}))), '')" if names else "NULL::VARCHAR"
