"""YAML that knows its lines: data as the safe loader gives it, and the line on which each entry stands.

What a signed text must not hold is a fault here, not a guess: the same key twice, aliases and merges (an entry says
what it means where it stands), tags of other software, and values such as a thirty-first of February.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Location = tuple[Hashable, ...]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where it was built in: a tenth of the time
_MERGE = "tag:yaml.org,2002:merge"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class UnreadableYaml(ValueError):
    """The text is no YAML at all; ``line`` is where reading stopped. The text of the error quotes nothing."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: not readable as YAML: {problem}")
        self.line = line


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the entry, and what was expected there."""

    location: Location
    text: str
    line: int | None = None

    @property
    def path(self) -> str:
        """The entry as people write it: ``streams.placement.fields.sex``."""
        return ".".join(str(step) for step in self.location)


@dataclass(frozen=True)
class LocatedYaml:
    """One document: its ``data``, the faults of its form, and where everything stands. Lines count from 1."""

    data: Any
    faults: tuple[Fault, ...]
    lines: dict[Location, int] = field(repr=False)

    def line_of(self, location: Location) -> int:
        """The line of the entry at ``location``, or of the nearest entry around it that is there."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1


def describe(path: Path, faults: list[Fault], document: LocatedYaml) -> str:
    """All ``faults`` of the file ``path`` as text, in the order of their lines."""
    placed = sorted((fault.line or document.line_of(fault.location), fault.path, fault.text) for fault in faults)
    said = [f"  {path.name} line {line}, {where or 'the file'}: {text}" for line, where, text in dict.fromkeys(placed)]
    return "\n".join([f"{path}: {len(said)} fault(s)", *said])


def locate(text: str | bytes) -> LocatedYaml:
    """Read one YAML document. Raises ``UnreadableYaml`` when the text is none."""
    reader = _Reader()
    try:
        _refuse_aliases(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = reader.read(loader, node, ()) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:  # its own text quotes the line
        mark = error.problem_mark or error.context_mark
        raise UnreadableYaml(mark.line + 1 if mark else 1, error.problem or "malformed") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableYaml(1, type(error).__name__) from None
    return LocatedYaml(data, tuple(reader.faults), reader.lines)


def _refuse_aliases(text: str | bytes) -> None:
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UnreadableYaml(line, "an alias (*name); write the entry out where it is meant")


class _Reader:
    """Turns nodes into data and keeps the line of each."""

    def __init__(self) -> None:
        self.lines: dict[Location, int] = {}
        self.faults: list[Fault] = []

    def read(self, loader: yaml.SafeLoader, node: yaml.Node, where: Location) -> Any:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
            return self._unreadable(node, where)
        if isinstance(node, yaml.MappingNode):
            return {key: self.read(loader, value, (*where, key)) for key, value in self._entries(loader, node, where)}
        if isinstance(node, yaml.SequenceNode):
            return [self.read(loader, item, (*where, place)) for place, item in enumerate(node.value)]
        return self._scalar(loader, node, where)

    def _entries(
        self, loader: yaml.SafeLoader, node: yaml.MappingNode, where: Location
    ) -> Iterator[tuple[Hashable, yaml.Node]]:
        first: dict[Hashable, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _MERGE:
                self.faults.append(Fault(where, "a key must be a plain word", line))
                continue
            key = self._scalar(loader, key_node, where)
            if key in first:
                self.faults.append(Fault((*where, key), f"stands twice, on lines {first[key]} and {line}", line))
                continue
            first[key] = self.lines[*where, key] = line
            yield key, value_node

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.Node, where: Location) -> Any:
        try:
            return loader.construct_object(node)
        except (yaml.constructor.ConstructorError, ValueError):
            return self._unreadable(node, where)

    def _unreadable(self, node: yaml.Node, where: Location) -> None:
        self.faults.append(Fault(where, "not a value that can be read", node.start_mark.line + 1))
