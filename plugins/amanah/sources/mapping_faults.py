"""What can be wrong with a mapping whose single entries are well formed: checks against kind and contract.

Every check gives faults, none when all is well, so that a mapping reports all of them at once.
"""

from collections import abc
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import available_timezones

from amanah.sources.drop_rules import DropRules
from amanah.sources.field_rule import FieldRule
from amanah.sources.rest_rules import RestRules
from amanah.sources.rule_faults import rule_faults
from amanah.sources.spelling import plain
from schemas.streams import STREAMS

if TYPE_CHECKING:
    from amanah.sources.mapping import Mapping

_PLACES = {"sql": "table", "rest": "endpoint", "csv": "pattern", "xlsx": "pattern"}


class Fault(NamedTuple):
    """One fault; ``where`` are the keys that lead to it, numbers for items of a list."""

    where: tuple[str | int, ...]
    text: str

    def __str__(self) -> str:
        """Where by names, then what."""
        return f"{'.'.join(key for key in self.where if isinstance(key, str))}: {self.text}"


class MappingFaults(ValueError):
    """A mapping that does not hang together, with every fault."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def faults_of(mapping: "Mapping") -> list[Fault]:
    """Everything that is wrong with ``mapping`` as a whole."""
    return [
        *_place(mapping),
        *_columns(mapping),
        *_spellings(mapping),
        *stream_faults(mapping.stream, mapping.fields, says_not_applicable=bool(mapping.not_applicable)),
    ]


def stream_faults(
    stream: str, fields: abc.Mapping[str, FieldRule], *, says_not_applicable: bool = False
) -> Iterator[Fault]:
    """Whether the rules of ``fields`` fit the contract of ``stream``."""
    if stream not in STREAMS:
        yield Fault(("stream",), f"no stream {stream!r}; there are {', '.join(STREAMS)}")
        return
    for where, text in rule_faults(STREAMS[stream], fields):
        yield Fault(("fields", *where), text)
    if says_not_applicable and "not_applicable" in fields:
        yield Fault(("not_applicable",), "stands in for fields.not_applicable; leave one of them out")


def _place(mapping: "Mapping") -> Iterator[Fault]:
    """A source needs its own place (table, endpoint or pattern) and no other's."""
    needed = _PLACES[mapping.kind]
    given = {"table": mapping.table, "endpoint": mapping.endpoint, "pattern": mapping.pattern}
    for place, value in given.items():
        if value and place != needed:
            yield Fault((place,), f"not for a {mapping.kind} source")
    if not given[needed]:
        yield Fault((needed,), f"needed by a {mapping.kind} source")
    elif needed == "pattern" and not str(mapping.pattern).endswith(f".{mapping.kind}"):
        yield Fault(("pattern",), f"the files of a {mapping.kind} source end in .{mapping.kind}")
    if mapping.kind != "rest" and mapping.rest != RestRules():
        yield Fault(("rest",), f"not for a {mapping.kind} source")
    if needed != "pattern" and mapping.drop != DropRules():
        yield Fault(("drop",), f"not for a {mapping.kind} source")
    if mapping.time_zone not in available_timezones():
        yield Fault(("time_zone",), f"{mapping.time_zone!r} is not an IANA time zone such as Asia/Riyadh")


def _columns(mapping: "Mapping") -> Iterator[Fault]:
    for place, column in enumerate(mapping.ignored):
        if column in mapping.columns:
            yield Fault(("ignored", place), f"{column} is in use")


def _spellings(mapping: "Mapping") -> Iterator[Fault]:
    """In the files of a drop two columns must not read the same."""
    if _PLACES[mapping.kind] != "pattern":
        return
    known = (*mapping.columns, *mapping.ignored)
    owners = {plain(column): column for column in reversed(known)}
    for column in dict.fromkeys(known):
        if owners[plain(column)] != column:
            yield Fault(("fields",), f"columns {owners[plain(column)]} and {column} read the same in a header")
    for column, spellings in mapping.drop.spellings.items():
        where = ("drop", "spellings", column)
        if column not in known:
            yield Fault(where, f"no column {column} is used or ignored")
        for spelling in spellings:
            owner = owners.setdefault(plain(spelling), column)
            if owner != column:
                yield Fault(where, f"{spelling!r} already stands for {owner}")
