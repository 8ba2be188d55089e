"""Contradictions in the terms of one stream: grants against the record's model, documents, and reconciling."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from schemas import codelists
from schemas.clause_view import Clauses, did_you_mean
from schemas.located_yaml import Fault, Location
from schemas.majors import PREVIOUS
from schemas.rules import FirstOf, Needs, SameLength
from schemas.streams import MONTH, STREAMS, Stream

_TEXTS = (str, list[str])
_TYPE_OF_RULE: dict[str, tuple[Any, ...]] = {
    "days": (date,),
    "working_days": (date,),
    "amount": (Decimal,),
    "name": (str,),
    "code": (str,),
    "organisation": (str,),
    "stage": (str,),
}
_WITH_DISTANCE = ("days", "working_days", "amount")
_OF_ROLE: dict[str, tuple[tuple[Any, ...], str]] = {
    "identifier": ((str,), "a text"),
    "person_name": ((str,), "a text"),
    "birth_date": ((date,), "a date"),
    "date": ((date,), "a date"),
    "code": ((str, int), "a code"),
    "money": ((Decimal,), "an amount"),
    "place": ((str,), "a text"),
    "organisation": ((str,), "a text"),
}


def stream_faults(clauses: Clauses, name: str) -> Iterator[Fault]:
    """Everything in the terms of stream ``name`` that contradicts the agreement or the record's model."""
    where = ("streams", name)
    if name not in STREAMS:
        yield Fault(where, f"no such stream; known are {', '.join(STREAMS)}{did_you_mean(name, tuple(STREAMS))}")
        return
    stream = STREAMS[name]
    version = clauses.at("streams", name, "schema")
    if isinstance(version, int) and version != stream.version:
        yield Fault((*where, "schema"), f"version {version} is not spoken here, {stream.version} is")
    yield from _previous_faults(clauses, stream)
    yield from _grant_faults(clauses, stream)
    yield from _together_faults(clauses, stream)
    yield from _document_faults(clauses, stream)
    yield from _linkage_faults(clauses, stream)
    yield from _compare_faults(clauses, stream)


def companions(stream: Stream, field: str) -> tuple[str, ...]:
    """Fields without which a value of ``field`` is refused, or means something else: a wage without its currency."""
    needed = [rule.needs for rule in stream.rules if isinstance(rule, Needs) and rule.field == field]
    needed += [rule.other for rule in stream.rules if isinstance(rule, SameLength) and rule.field == field]
    partly = [rule for rule in stream.rules if isinstance(rule, FirstOf) and rule.field == field]
    needed += [name for rule in partly for name in (rule.precision, rule.calendar)]
    needed += [word for word in (stream.unit(field) or "").split() if word in stream.fields]
    return tuple(dict.fromkeys(needed))


def _previous_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    """A party can speak the major before where there is one, and where its records can be made of what travels."""
    where = ("streams", stream.name, "previous_for")
    for place, party in clauses.texts(*where):
        if party not in clauses.parties:
            yield Fault(place, f"{party!r} is not one of the parties{did_you_mean(party, clauses.parties)}")
    if not clauses.at(*where):
        return
    previous = PREVIOUS.get(stream.name)
    if previous is None:
        yield Fault(where, f"no major before {stream.schema_id} is spoken here; leave this out")
        return
    granted = previous.fields(clauses.entries("streams", stream.name, "fields"))
    for field in previous.stream.fields:
        if previous.stream.is_required(field) and field not in granted:
            said = f"{previous.stream.schema_id} requires {field}, and no granted field is written as that"
            yield Fault(where, said)


def _grant_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    purposes = tuple(clauses.entries("purposes"))
    for field in clauses.entries("streams", stream.name, "fields"):
        where: Location = ("streams", stream.name, "fields", field)
        if field not in stream.fields:
            yield Fault(where, f"no such field in {stream.schema_id}{did_you_mean(field, stream.fields)}")
            continue
        if not stream.may_leave(field):
            yield Fault(where, "never leaves its holder, whatever an agreement says; remove the grant")
        for place, way in clauses.texts(*map(str, where), "directions"):
            if way not in clauses.ways:
                yield Fault(place, f"direction {way} is not between the parties{did_you_mean(way, clauses.ways)}")
        purpose = clauses.text(*map(str, where), "purpose")
        if purpose is None:
            continue
        if purpose not in purposes:
            yield Fault((*where, "purpose"), f"{purpose!r} is not among the agreement's purposes")
        if purpose not in stream.purposes(field):
            own = ", ".join(stream.purposes(field))
            yield Fault((*where, "purpose"), f"{purpose!r} is not what {stream.schema_id} has this field for: {own}")


def _together_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    """Required fields travel every way that the stream does; a value travels with what it cannot be read without."""
    terms = ("streams", stream.name, "fields")
    granted = [field for field in clauses.entries(*terms) if field in stream.fields]
    used = {way for field in granted for way in clauses.directions(stream.name, field)} & set(clauses.ways)
    for field in stream.fields:
        if stream.is_required(field):
            lacking = sorted(used - clauses.directions(stream.name, field))
            if lacking:
                yield Fault((*terms, field), f"must travel {' and '.join(lacking)}: every record has to carry it")
    for field in granted:
        for other in companions(stream, field):
            lacking = sorted(clauses.directions(stream.name, field) - clauses.directions(stream.name, other))
            if lacking:
                yield Fault((*terms, field), f"travels {' and '.join(lacking)} without {other}, which it needs")


def _document_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    for field in clauses.entries("streams", stream.name, "documents"):
        where = ("streams", stream.name, "documents", field)
        if field not in stream.fields:
            yield Fault(where, f"no such field in {stream.schema_id}{did_you_mean(field, stream.fields)}")
        elif stream.python_type(field) not in _TEXTS:
            yield Fault(where, "holds no text, so no document number either")


def _linkage_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    where = ("streams", stream.name, "linkage")
    earlier, near = (clauses.entries(*where, name) for name in ("earlier", "near"))
    keys = list(clauses.texts(*where, "keys"))
    used: list[tuple[Location, str, tuple[Any, ...], str]] = [(place, key, (str,), "a text") for place, key in keys]
    used += [((*where, "near", field), field, (date,), "a date") for field in near]
    for key, field in earlier.items():
        if key not in [name for _, name in keys]:
            yield Fault((*where, "earlier", key), "is not among the keys")
        if isinstance(field, str):
            used.append(((*where, "earlier", key), field, (list[str],), "a list of texts"))
    began = clauses.text(*where, "of_person", "began")
    if began is not None:
        used.append(((*where, "of_person", "began"), began, (date,), "a date"))
    yield from _person_faults(clauses, where, [name for _, name in keys])
    used += list(_dated(clauses, where))
    yield from _validity_faults(clauses, where, [name for _, name in keys])
    parent, parent_stream = clauses.text(*where, "parent"), clauses.text(*where, "parent_stream")
    if parent is not None:
        used.append(((*where, "parent"), parent, (str,), "a text"))
    used += list(_probable(clauses, where))
    if parent is not None and clauses.entries(*where, "probable"):
        yield Fault((*where, "probable"), "is for records of their own; these are linked through their parent")
    yield from _parent_faults(clauses, stream, where, parent, parent_stream)
    roles = clauses.entries(*where, "probable").items()
    names = {(*where, "probable", field) for field, role in roles if role == "person_name"}  # met by other names
    for place, field, types, what in used:
        yield from _shared_faults(clauses, stream, place, field, one_way_will_do=place in names)
        if field in stream.fields and stream.python_type(field) not in types:
            yield Fault(place, f"{field} is not {what}")


def _probable(clauses: Clauses, where: Location) -> Iterator[tuple[Location, str, tuple[Any, ...], str]]:
    """The fields that tell who a record is about, each with the types that fit its role."""
    for field, role in clauses.entries(*map(str, where), "probable").items():
        if isinstance(role, str) and role in _OF_ROLE:
            types, what = _OF_ROLE[role]
            yield (*where, "probable", field), field, types, what


def _person_faults(clauses: Clauses, where: tuple[str, ...], keys: Sequence[str]) -> Iterator[Fault]:
    for place, key in clauses.texts(*where, "of_person", "keys"):
        if key not in keys:
            yield Fault(place, f"{key} is not among the keys")


def _dated(clauses: Clauses, where: Location) -> Iterator[tuple[Location, str, tuple[Any, ...], str]]:
    """The fields that say when papers and placements are valid, each with the type that it must have."""
    validity = (*map(str, where), "validity")
    for entry in ("began", "ended"):
        yield from ((place, field, (date,), "a date") for place, field in clauses.texts(*validity, entry))
    for key in clauses.entries(*validity, "papers"):
        for entry, field in clauses.entries(*validity, "papers", key).items():
            if isinstance(field, str):
                types, what = ((list[date],), "a list of dates") if entry == "earlier_until" else ((date,), "a date")
                yield (*validity, "papers", key, entry), field, types, what


def _validity_faults(clauses: Clauses, where: Location, keys: Sequence[str]) -> Iterator[Fault]:
    earlier = clauses.entries(*map(str, where), "earlier")
    for key, dates in clauses.entries(*map(str, where), "validity", "papers").items():
        place = (*where, "validity", "papers", key)
        if key not in keys:
            yield Fault(place, "is not among the keys")
        elif isinstance(dates, Mapping) and not any(dates.values()):
            yield Fault(place, "names no date; leave it out")
        elif isinstance(dates, Mapping) and dates.get("earlier_until") and key not in earlier:
            yield Fault((*place, "earlier_until"), f"{key} has no earlier values")


def _parent_faults(
    clauses: Clauses, stream: Stream, where: Location, parent: str | None, parent_stream: str | None
) -> Iterator[Fault]:
    if (parent is None) != (parent_stream is None):
        yield Fault((*where, "parent"), "parent and parent_stream stand together or not at all")
    if clauses.entries(*map(str, where), "near") and parent is None:
        yield Fault((*where, "near"), "needs a parent to link through")
    if parent_stream is not None and parent_stream not in set(clauses.entries("streams")) - {stream.name}:
        yield Fault((*where, "parent_stream"), f"{parent_stream!r} is not another agreed stream")


def _compare_faults(clauses: Clauses, stream: Stream) -> Iterator[Fault]:
    for field, tolerance in clauses.entries("streams", stream.name, "linkage", "compare").items():
        where = ("streams", stream.name, "linkage", "compare", field)
        yield from _shared_faults(clauses, stream, where, field)
        rule = tolerance.get("rule") if isinstance(tolerance, Mapping) else None
        if field not in stream.fields or not isinstance(rule, str):
            continue
        kind, list_name = stream.python_type(field), stream.code_list(field) or ""
        fits = rule not in _TYPE_OF_RULE or kind in _TYPE_OF_RULE[rule]
        if not fits or (rule == "stage" and list_name != f"{stream.name}_stage"):
            yield Fault((*where, "rule"), f"rule {rule} does not fit what {field} holds")
        elif rule == "amount":
            currency = field.removesuffix("_amount") + "_currency"
            yield from _shared_faults(clauses, stream, where, currency)
            yield from _period_faults(clauses, stream, field, where)
        if tolerance.get("within") and rule not in _WITH_DISTANCE:
            yield Fault((*where, "within"), f"rule {rule} knows no distance")
        if tolerance.get("periods") and rule != "amount":
            yield Fault((*where, "periods"), f"rule {rule} knows no periods")
        if tolerance.get("aliases") and rule != "organisation":
            yield Fault((*where, "aliases"), f"rule {rule} knows no other names")


def _period_faults(clauses: Clauses, stream: Stream, field: str, where: Location) -> Iterator[Fault]:
    """Periods are those of the list that the amount's own period is from, and all but the month are told in months."""
    periods = clauses.entries(*map(str, where), "periods")
    if not periods:
        return
    period = stream.period_of(field)
    if period is None:
        yield Fault((*where, "periods"), f"{field} is not for a period")
        return
    yield from _shared_faults(clauses, stream, (*where, "periods"), period)
    known = codelists.load(stream.code_list(period) or "").codes
    for code in periods:
        if code not in known:
            yield Fault((*where, "periods", code), f"{code!r} is not a code of {period}{did_you_mean(code, known)}")
        elif code == MONTH:
            yield Fault((*where, "periods", code), "is what the others are told in; leave it out")


def _shared_faults(
    clauses: Clauses, stream: Stream, where: Location, field: str, *, one_way_will_do: bool = False
) -> Iterator[Fault]:
    travels = clauses.directions(stream.name, field) & set(clauses.ways)
    if field not in stream.fields:
        yield Fault(where, f"{field}: no such field in {stream.schema_id}{did_you_mean(field, stream.fields)}")
    elif not (travels if one_way_will_do else set(clauses.ways) <= travels):
        yield Fault(where, f"{field} is used to reconcile but does not travel{'' if one_way_will_do else ' both ways'}")
