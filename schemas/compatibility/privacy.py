"""What two schemas of one field say about it: how sensitive it is, what for, whether it may leave, what it counts."""

from collections.abc import Iterator
from typing import Any

from schemas.compatibility.change import Found, Grade
from schemas.compatibility.values import Schema
from schemas.fields import Classification

SAID = ("classification", "purposes", "leaves", "unit", "code_list")
PROSE = ("description", "title", "examples", "$comment")

# A move to a higher number protects more; between two equal numbers neither does.
_CARE = {
    Classification.OPERATIONAL: 0,
    Classification.PERSONAL: 1,
    Classification.IDENTIFIER: 2,
    Classification.SENSITIVE: 2,
}
_MEANING = {"unit": "the same number would mean something else", "code_list": "the codes may mean other things"}
_SIGNED_LESS = "the two sides signed for less"
_MORE_CARE = "a side that does not have it yet goes on treating it as before"


def compare_said(name: str, old: Schema, new: Schema) -> Iterator[Found]:
    """The changes in what is said about ``name``."""
    yield from _classification(name, old.get("classification"), new.get("classification"))
    yield from _purposes(name, old.get("purposes", []), new.get("purposes", []))
    yield from _leaves(name, leaves(old), leaves(new))
    for word, why in _MEANING.items():
        was, now = old.get(word), new.get(word)
        if was != now:
            said = word.replace("_", " ")
            yield Found(f"{said} of {name} went from {was or 'none'} to {now or 'none'}", Grade.INCOMPATIBLE, why)
    if any(old.get(word) != new.get(word) for word in PROSE):
        yield Found(f"{name} is described differently", Grade.NO_EFFECT, "as long as it means the same")


def leaves(schema: Schema) -> bool:
    """Whether an agreement may let the field travel; where nothing is said, it may."""
    return schema.get("leaves", True) is not False


def _classification(name: str, was: str | None, now: str | None) -> Iterator[Found]:
    if was == now:
        return
    change = f"classification of {name} went from {was or 'none'} to {now or 'none'}"
    if _care(now) > _care(was):
        yield Found(change, Grade.BOTH_FIRST, _MORE_CARE)
    else:
        yield Found(change, Grade.PRIVACY, _SIGNED_LESS)


def _care(classification: str | None) -> int:
    known: Any = classification
    return _CARE.get(known, -1)


def _purposes(name: str, was: list[str], now: list[str]) -> Iterator[Found]:
    for purpose in now:
        if purpose not in was:
            yield Found(f"{name} may now be used for {purpose}", Grade.PRIVACY, _SIGNED_LESS)
    for purpose in was:
        if purpose not in now:
            why = "an agreement that grants it for that is refused until it is amended"
            yield Found(f"{name} may no longer be used for {purpose}", Grade.BOTH_FIRST, why)


def _leaves(name: str, was: bool, now: bool) -> Iterator[Found]:  # noqa: FBT001 - before and after, as everywhere here
    if now and not was:
        yield Found(f"{name} may now leave its holder", Grade.PRIVACY, _SIGNED_LESS)
    if was and not now:
        why = "an agreement that grants it is refused until it is amended"
        yield Found(f"{name} may no longer leave its holder", Grade.BOTH_FIRST, why)
