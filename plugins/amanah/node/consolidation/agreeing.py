"""A merged record keeps to its model: where two systems contradict each other, the lower one's value is set aside.

What is left follows from the rows alone; what was set aside is on the list, with both systems named.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.listed import Code, Listed
from amanah.node.consolidation.merging import Aside, Merged, merge
from amanah.node.consolidation.terms import StreamTerms
from schemas.streams import Stream


@dataclass(frozen=True)
class Record:
    """One consolidated record in the model's types, with the origin of each value; None when none is valid."""

    record_ref: str
    rows: Sequence[Contribution]
    values: Mapping[str, object] | None = field(repr=False)
    origins: Mapping[str, str]
    listed: tuple[Listed, ...] = ()


def agreed(rows: Sequence[Contribution], given: Mapping[str, object], terms: StreamTerms, stream: Stream) -> Record:
    """The record that ``rows`` make together; ``given`` are the references that only consolidation knows."""
    ref = str(given["record_ref"])
    set_aside: set[Aside] = set()
    listed: list[Listed] = []
    while True:
        merged = merge(rows, terms, stream, set_aside=set_aside)
        try:
            values = stream.model.model_validate({**merged.values, **given}).model_dump()
        except ValidationError as error:
            found = _weakest(error, merged, terms, stream, follows=bool(set_aside))
            if found is None:
                return Record(ref, rows, None, {}, (*listed, _hopeless(error, ref, rows)))
            listed.append(_contradiction(found, ref, rows))
            set_aside.add((found.row.id, found.field))
        else:
            origins = {name: source for name, source in merged.origins.items() if name not in given}
            return Record(ref, rows, values, origins, tuple(listed))


@dataclass(frozen=True)
class _Weakest:
    field: str
    row: Contribution
    message: str
    others: tuple[str, ...]


def _weakest(
    error: ValidationError, merged: Merged, terms: StreamTerms, stream: Stream, *, follows: bool
) -> _Weakest | None:
    """The value to set aside for a broken rule: of the lower system, of one system the one said longer ago.

    None when what one row says at one time breaks it. ``follows``: something was set aside, which may have broken it.
    """
    codes = {fault["type"] for fault in error.errors(include_input=False, include_url=False)}
    for rule in stream.rules:
        given = _fields(rule, merged) if rule.code in codes else []
        weight = {name: _weight(merged.given_by[name], name, terms) for name in given}
        if len(set(weight.values())) > 1 or (given and follows):
            name = max(given, key=lambda each: (weight[each], each))
            row = merged.given_by[name]
            others = {merged.given_by[each].source for each in given} - {row.source}
            return _Weakest(name, row, rule.message, tuple(sorted(others)))
    return None


def _weight(row: Contribution, name: str, terms: StreamTerms) -> tuple[int, float, str]:
    """Greater is weaker."""
    return terms.rank(row.source), -row.said_at(name).timestamp(), row.source_ref


def _fields(rule: object, merged: Merged) -> list[str]:
    """The fields a rule looks at that have a value: rules are data, and name them."""
    named = [getattr(rule, each.name) for each in dataclasses.fields(rule)]  # type: ignore[arg-type] # every rule is one
    return [name for name in named if isinstance(name, str) and name in merged.given_by]


def _contradiction(found: _Weakest, ref: str, rows: Sequence[Contribution]) -> Listed:
    lower = found.row.source
    said = {f"{row.source} {row.source_ref}": row.said.get(found.field) for row in rows}
    text = (
        f"{found.message}: {found.field} of {lower} does not go with what {', '.join(found.others) or 'is left'} says; "
        "it was left out until they agree"
    )
    return Listed(lower, Code.SYSTEMS_CONTRADICT, ref, found.field, text, said)


def _hopeless(error: ValidationError, ref: str, rows: Sequence[Contribution]) -> Listed:
    fault = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(map(str, fault["loc"])) or None
    sources = sorted({row.source for row in rows})
    text = (
        f"what {', '.join(sources)} says makes no valid record ({fault['type']}); the record stays as it was known "
        "before; correct it at the source"
    )
    raw = {f"{row.source} {row.source_ref}": row.updated_at.isoformat() for row in rows}
    return Listed(sources[0], Code.NO_VALID_RECORD, ref, name, text, raw)
