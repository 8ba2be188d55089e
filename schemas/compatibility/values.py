"""What two schemas of one value allow: type, bounds, patterns, codes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.compatibility.change import Found, Grade

Schema = Mapping[str, Any]

REFUSED = "a value that was valid is refused"
_UNSHOWN = "it cannot be shown that all that was valid still is"
_WIDER = ("integer", "number")
NOT_YET_KNOWN = "a side that does not have it yet refuses what is new"

_MOST = {
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
    "maximum": "values up to {}",
    "exclusiveMaximum": "values below {}",
}
_LEAST = {
    "minLength": "at least {} characters",
    "minItems": "at least {} items",
    "minimum": "values from {}",
    "exclusiveMinimum": "values above {}",
}
_EXACT = {"pattern": "pattern", "format": "format", "const": "only value"}
COMPARED = frozenset({"type", "enum", "null", *_MOST, *_LEAST, *_EXACT})


def compare_values(name: str, old: Schema, new: Schema) -> Iterator[Found]:
    """The changes in what ``name`` may hold."""
    if old.get("type") != new.get("type"):
        was, now = old.get("type", "anything"), new.get("type", "anything")
        why = REFUSED if isinstance(was, str) and isinstance(now, str) and (was, now) != _WIDER else _UNSHOWN
        yield Found(f"type of {name} went from {was} to {now}", Grade.INCOMPATIBLE, why)
        return
    yield from _null(name, old, new)
    for keyword, words in _MOST.items():
        yield from _bound(name, words, old.get(keyword), new.get(keyword), narrower=lambda now, was: now < was)
    for keyword, words in _LEAST.items():
        yield from _bound(name, words, old.get(keyword), new.get(keyword), narrower=lambda now, was: now > was)
    for keyword, word in _EXACT.items():
        yield from _exact(name, word, old.get(keyword), new.get(keyword))
    yield from _codes(name, old.get("enum"), new.get("enum"))


def _null(name: str, old: Schema, new: Schema) -> Iterator[Found]:
    if old["null"] and not new["null"]:
        yield Found(f"{name} may no longer be null", Grade.INCOMPATIBLE, REFUSED)
    if new["null"] and not old["null"]:
        yield Found(f"{name} may now be null", Grade.BOTH_FIRST, NOT_YET_KNOWN)


def _bound(name: str, words: str, was: Any, now: Any, *, narrower: Callable[[Any, Any], bool]) -> Iterator[Found]:
    if was == now:
        return
    if now is None:
        yield Found(f"{name} is no longer held to {words.format(was)}", Grade.BOTH_FIRST, NOT_YET_KNOWN)
    elif was is None:
        yield Found(f"{name} now allows {words.format(now)} only", Grade.INCOMPATIBLE, REFUSED)
    else:
        change = f"{name} now allows {words.format(now)} instead of {was}"
        wider = isinstance(now, int | float) and isinstance(was, int | float) and not narrower(now, was)
        yield Found(change, Grade.BOTH_FIRST, NOT_YET_KNOWN) if wider else Found(change, Grade.INCOMPATIBLE, REFUSED)


def _exact(name: str, word: str, was: Any, now: Any) -> Iterator[Found]:
    if was == now:
        return
    if now is None:
        yield Found(f"{name} is no longer held to the {word} {was}", Grade.BOTH_FIRST, NOT_YET_KNOWN)
    elif was is None:
        yield Found(f"{name} is now held to the {word} {now}", Grade.INCOMPATIBLE, REFUSED)
    else:
        yield Found(f"{word} of {name} went from {was} to {now}", Grade.INCOMPATIBLE, _UNSHOWN)


def _codes(name: str, was: list[Any] | None, now: list[Any] | None) -> Iterator[Found]:
    if was is None or now is None:
        if now is not None:
            yield Found(f"{name} is now held to a list of codes", Grade.INCOMPATIBLE, REFUSED)
        if was is not None:
            yield Found(f"{name} is no longer held to a list of codes", Grade.BOTH_FIRST, NOT_YET_KNOWN)
        return
    for code in was:
        if code not in now:
            yield Found(f"code {code!r} was removed from {name}", Grade.INCOMPATIBLE, REFUSED)
    for code in now:
        if code not in was:
            yield Found(f"code {code!r} was added to {name}", Grade.BOTH_FIRST, NOT_YET_KNOWN)
