"""What the meeting of the task force is about: decisions asked of it, and what came of its last meeting's actions.

People keep it in one YAML file, by quarter; what stands there for a quarter is frozen with the quarter's records.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas import codelists

_QUARTER = r"^[0-9]{4}-Q[1-4]$"
_KINDS = ("decisions", "actions")


class MeetingError(ValueError):
    """The file of decisions cannot be used; the text names the file, each entry and field at fault, and what to do."""


def _known_state(code: str) -> str:
    known = codelists.load("action_state").codes
    if code not in known:
        raise ValueError(f"write one of {', '.join(known)}")
    return code


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decision(_Entry):
    """One decision that is asked for; ``owner`` is the party that carries it out, ``due`` the day it is to be taken."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,30}$")]
    text: Mapping[str, Annotated[str, Field(min_length=1)]]
    owner: str
    due: date


class Action(Decision):
    """One action of an earlier meeting; ``state`` is a code of ``action_state``."""

    state: Annotated[str, AfterValidator(_known_state)]


class Meeting(_Entry):
    """What one quarter's meeting is about, in the order of the file."""

    decisions: tuple[Decision, ...] = ()
    actions: tuple[Action, ...] = ()


_FILE = TypeAdapter(dict[Annotated[str, Field(pattern=_QUARTER)], Meeting])


def load(path: Path, quarter: str, *, parties: Collection[str], languages: Collection[str]) -> Meeting:
    """What the file ``path`` says of ``quarter`` (``2026-Q3``); nothing where it does not, or is not there.

    Raises ``MeetingError`` with every fault of the file at once.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Meeting()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise MeetingError(f"{path}, line {line}: {error.problem}; write it as YAML") from None
    try:
        meetings = _FILE.validate_python(content or {})
    except ValidationError as error:
        faults = [f"{_place(content, each['loc'])}: {_to_do(each)}" for each in error.errors(include_url=False)]
        raise MeetingError(_told(path, faults)) from None
    found = [fault for name, each in meetings.items() for fault in _faults(name, each, parties, languages)]
    if found:
        raise MeetingError(_told(path, found))
    return meetings.get(quarter, Meeting())


def _faults(quarter: str, meeting: Meeting, parties: Collection[str], languages: Collection[str]) -> Iterator[str]:
    for kind in _KINDS:
        entries: tuple[Decision, ...] = getattr(meeting, kind)
        for number, entry in enumerate(entries, 1):
            where = f"{quarter}, {kind} {number} ({entry.id})"
            if entry.id in [other.id for other in entries[: number - 1]]:
                yield f"{where}, id: stands twice; give each its own"
            if entry.owner not in parties:
                yield f"{where}, owner: write one of {', '.join(parties)}"
            absent = [language for language in languages if language not in entry.text]
            if absent:
                yield f"{where}, text: say it in {', '.join(absent)} too, a language of the report"


def _place(content: Any, location: tuple[int | str, ...]) -> str:
    """The entry and the field as people find them: ``2026-Q3, actions 2 (A-2), due``; positions count from 1."""
    said: list[str] = []
    for step in location:
        try:
            content = content[step]
        except (LookupError, TypeError):
            content = None
        if isinstance(step, int):
            named = content.get("id") if isinstance(content, dict) else None
            said[-1] += f" {step + 1}" + (f" ({named})" if isinstance(named, str) else "")
        elif step != "[key]":
            said.append(step)
    return ", ".join(said) or "the whole file"


def _to_do(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "missing":
        return "is not there; write it"
    if fault["type"] == "extra_forbidden":
        return "is no field of an entry; take it out"
    if "[key]" in fault["loc"]:
        return "is no quarter; write it as 2026-Q3"
    return str(fault["msg"]).removeprefix("Value error, ")


def _told(path: Path, faults: list[str]) -> str:
    return "\n  ".join([f"{path}: {len(faults)} fault(s)", *faults])
