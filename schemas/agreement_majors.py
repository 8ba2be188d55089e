"""An agreement that was signed when a stream's major was the one before: its terms, said in the current one.

So a side may install newer software when it likes: the text stays the same, byte for byte, and means the same. Messages
are then written in the major that the text names, which is the one both parties speak.
"""

from collections.abc import Mapping
from typing import Any

from schemas import majors
from schemas.majors import Form
from schemas.streams import STREAMS

# Clause of ``protection`` -> the stream and field whose codes it names.
_CODES = {
    "absconding_stage": ("placement", "stage"),
    "known_by_both": ("placement", "stage"),
    "wage_complaints": ("complaint", "kind"),
    "open_complaint_stages": ("complaint", "stage"),
}


def in_current_majors(clauses: Mapping[str, Any]) -> dict[str, Any]:
    """The ``clauses`` as written, but for terms of streams in the major before; what is malformed stays as it is."""
    older = {name: form for name, form in majors.PREVIOUS.items() if _version(clauses, name) == form.stream.version}
    if not older:
        return dict(clauses)
    parties = list(clauses["parties"]) if isinstance(clauses.get("parties"), Mapping) else []
    streams = dict(clauses["streams"])
    for name, form in older.items():
        spoken = {"schema": STREAMS[name].version, "previous_for": parties}
        streams[name] = {**_terms(streams[name], form), **spoken}
    return {**clauses, "streams": streams, "protection": _protection(clauses.get("protection"), older)}


def _version(clauses: Mapping[str, Any], stream: str) -> object:
    streams = clauses.get("streams")
    terms = streams.get(stream) if isinstance(streams, Mapping) else None
    return terms.get("schema") if isinstance(terms, Mapping) else None


def _terms(terms: Mapping[str, Any], form: Form) -> dict[str, Any]:
    called = {there: name for name, there in form.names.items()}
    said = {**terms}
    for clause in ("fields", "documents"):
        if clause in said:
            said[clause] = _renamed(said[clause], called)
    if isinstance(said.get("linkage"), Mapping):
        said["linkage"] = {name: _renamed(value, called) for name, value in said["linkage"].items()}
    return said


def _renamed(value: Any, called: Mapping[str, str]) -> Any:
    """Field names in ``value``: a name, a list of names, or a mapping from names to names or to anything else."""
    if isinstance(value, str):
        return called.get(value, value)
    if isinstance(value, list):
        return [_renamed(item, called) for item in value]
    if isinstance(value, Mapping):
        return {
            called.get(name, name): _renamed(item, called) if isinstance(item, str) else item
            for name, item in value.items()
        }
    return value


def _protection(clause: Any, older: Mapping[str, Form]) -> Any:
    if not isinstance(clause, Mapping):
        return clause
    said = dict(clause)
    for name, (stream, field) in _CODES.items():
        change = older[stream].changed.get(field) if stream in older else None
        if change is not None and name in said:
            said[name] = (
                [change.newer(c) for c in said[name]] if isinstance(said[name], list) else change.newer(said[name])
            )
    return said
