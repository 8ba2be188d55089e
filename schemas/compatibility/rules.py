"""What two schemas demand between the fields of one record."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from schemas.compatibility.change import Found, Grade

Rules = Mapping[str, Mapping[str, Any]]

# Of each kind of rule, the fields without any one of which it says nothing.
SILENT_WITHOUT = {
    "InOrder": ("earlier", "later"),
    "AtMost": ("field", "limit"),
    "FirstOf": ("field", "precision"),
    "Needs": ("field",),
    "SameLength": ("field",),
    "MrzHolds": ("field",),
    "MrzNames": ("line", "number"),
    "NotApplicable": ("field",),
}


def compare_rules(
    old: list[Mapping[str, Any]], new: list[Mapping[str, Any]], added: Collection[str]
) -> Iterator[Found]:
    """The changes in the rules; ``added`` are the fields that old records do not have."""
    was, now = _by_code(old), _by_code(new)
    for code in was.keys() - now.keys():
        why = "a side that does not have it yet refuses what is new"
        yield Found(f"rule {code} was dropped", Grade.BOTH_FIRST, why)
    for code in now.keys() - was.keys():
        yield _new(code, now[code], added)
    for code in was.keys() & now.keys():
        if _demand(was[code]) != _demand(now[code]):
            yield Found(f"rule {code} demands something else", Grade.INCOMPATIBLE, "a record that was valid is refused")
        elif was[code] != now[code]:
            yield Found(f"rule {code} is worded differently", Grade.NO_EFFECT)


def _new(code: str, rule: Mapping[str, Any], added: Collection[str]) -> Found:
    silent_without = {rule.get(parameter) for parameter in SILENT_WITHOUT.get(str(rule.get("rule")), ())}
    if silent_without.intersection(added):
        return Found(f"rule {code} was added", Grade.COMPATIBLE, "it says nothing about records without the new field")
    return Found(f"rule {code} was added", Grade.INCOMPATIBLE, "a record that was valid is refused")


def _demand(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in rule.items() if name != "message"}


def _by_code(rules: list[Mapping[str, Any]]) -> Rules:
    return {str(rule["code"]): rule for rule in rules}
