"""Two JSON Schemas of one published form, compared from the outside in."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.compatibility.change import Change, Found, Grade
from schemas.compatibility.privacy import PROSE, SAID, compare_said
from schemas.compatibility.resolved import resolved, unresolved
from schemas.compatibility.rules import compare_rules
from schemas.compatibility.values import COMPARED, NOT_YET_KNOWN, REFUSED, Schema, compare_values
from schemas.forms import RULES

_OBJECT = frozenset({"properties", "required", "additionalProperties"})
_UNDERSTOOD = COMPARED | _OBJECT | {"items", "default", "$schema", "$id", RULES, *SAID, *PROSE}
_NOT_UNDERSTOOD = "this comparison does not understand it"


def compare_schemas(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Every change from ``old`` to ``new``, the gravest first. Raises ``KeyError`` without ``$schema`` or ``$id``."""
    named = str(new["$id"]).removeprefix("urn:amanah:")
    found = list(_whole(resolved(old), resolved(new)))
    found.sort(key=lambda each: (-each.grade.rank, each.what))
    return [Change(named, each.what, each.grade, each.why) for each in found]


def _whole(old: Schema, new: Schema) -> Iterator[Found]:
    for keyword in ("$schema", "$id"):
        if old[keyword] != new[keyword]:
            change = f"{keyword} went from {old[keyword]} to {new[keyword]}"
            yield Found(change, Grade.INCOMPATIBLE, "it is another contract")
    for reference in sorted({*unresolved(old), *unresolved(new)} if old != new else ()):
        yield Found(f"the reference {reference} leads elsewhere", Grade.INCOMPATIBLE, _NOT_UNDERSTOOD)
    yield from _compared("the form", old, new)
    added = new.get("properties", {}).keys() - old.get("properties", {}).keys()
    yield from compare_rules(old.get(RULES, []), new.get(RULES, []), added)


def _compared(name: str, old: Any, new: Any) -> Iterator[Found]:
    """The changes below ``name``; a schema that is no object is understood only as long as it stays."""
    if old == new:
        return
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield Found(f"{name} changed and is no plain form", Grade.INCOMPATIBLE, _NOT_UNDERSTOOD)
        return
    for keyword in sorted((old.keys() | new.keys()) - _UNDERSTOOD):
        yield Found(f"{name} changed and has the keyword {keyword!r}", Grade.INCOMPATIBLE, _NOT_UNDERSTOOD)
    yield from compare_values(name, old, new)
    yield from compare_said(name, old, new)
    if old.get("default") != new.get("default"):
        change = f"{name}, when absent, went from {old.get('default')!r} to {new.get('default')!r}"
        yield Found(change, Grade.INCOMPATIBLE, "the same record would mean something else")
    yield from _items(name, old, new)
    if _OBJECT & (old.keys() | new.keys()):
        yield from _fields("" if name == "the form" else f"{name}.", old, new)


def _items(name: str, old: Schema, new: Schema) -> Iterator[Found]:
    if "items" in old and "items" in new:
        yield from _compared(f"items of {name}", old["items"], new["items"])
    elif "items" in new:
        yield Found(f"items of {name} are now held to a form", Grade.INCOMPATIBLE, REFUSED)
    elif "items" in old:
        yield Found(f"items of {name} are no longer held to a form", Grade.BOTH_FIRST, NOT_YET_KNOWN)


def _fields(within: str, old: Schema, new: Schema) -> Iterator[Found]:
    was, now = old.get("properties", {}), new.get("properties", {})
    for field in was.keys() - now.keys():
        yield Found(f"field {within}{field} was removed", Grade.INCOMPATIBLE, "a record that carries it is refused")
    for field in now.keys() - was.keys():
        yield _added(f"{within}{field}", old, new, required=field in new.get("required", []))
    for field in was.keys() & now.keys():
        yield from _compared(f"{within}{field}", was[field], now[field])
        yield from _required(f"{within}{field}", field in old.get("required", []), field in new.get("required", []))
    needed, need = old.get("required", []), new.get("required", [])
    for field in (field for field in need if field not in needed and field not in now):
        yield from _required(f"{within}{field}", was=False, now=True)
    yield from _others(within, old.get("additionalProperties", True), new.get("additionalProperties", True))


def _added(field: str, old: Schema, new: Schema, *, required: bool) -> Found:
    if required:
        change = f"field {field} was added and must be given"
        return Found(change, Grade.INCOMPATIBLE, "a record without it is refused")
    change = f"field {field} was added and may be absent"
    if old.get("additionalProperties", True) is not False:
        return Found(change, Grade.INCOMPATIBLE, "until now anything could stand under that name")
    if RULES in new:
        return Found(change, Grade.COMPATIBLE, "it travels only once the agreement of both sides names it")
    return Found(change, Grade.BOTH_FIRST, NOT_YET_KNOWN)


def _required(field: str, was: bool, now: bool) -> Iterator[Found]:  # noqa: FBT001 - before and after
    if now and not was:
        yield Found(f"{field} must now be given", Grade.INCOMPATIBLE, "a record without it is refused")
    if was and not now:
        yield Found(f"{field} may now be absent", Grade.BOTH_FIRST, NOT_YET_KNOWN)


def _others(within: str, was: Any, now: Any) -> Iterator[Found]:
    if was == now:
        return
    place = within.rstrip(".") or "a record"
    if was is False and now is True:
        yield Found(f"{place} may now hold fields nobody named", Grade.PRIVACY, "they were not agreed")
    elif was is True and now is False:
        yield Found(f"{place} may no longer hold other fields", Grade.INCOMPATIBLE, "a record with one is refused")
    else:
        yield Found(f"additionalProperties of {place} changed", Grade.INCOMPATIBLE, _NOT_UNDERSTOOD)
