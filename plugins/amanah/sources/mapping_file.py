"""Reading a mapping file: every fault at once, each with the line it is on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from amanah.sources.errors import MappingError
from amanah.sources.field_rule import FieldRule
from amanah.sources.mapping import Mapping
from amanah.sources.mapping_faults import Fault, MappingFaults, stream_faults

LARGEST_FILE = 1_000_000  # bytes; a mapping is a page or two


def load(path: Path) -> Mapping:
    """Load the mapping file ``path``. Raises ``MappingError`` naming the file, and every fault with its line."""
    root = _composed(path)
    try:
        return Mapping.model_validate(_plain(root))
    except ValidationError as error:
        faults = sorted((_line(root, fault.where), str(fault)) for fault in _faults(error, _plain(root)))
    raise MappingError("\n  ".join([f"{path}: cannot be used", *(f"line {line}, {text}" for line, text in faults)]))


def _composed(path: Path) -> yaml.Node:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise MappingError(f"{path}: larger than {LARGEST_FILE:,} bytes, which no mapping is")
        root = yaml.compose(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: not readable as YAML in UTF-8: {error}") from error
    except OSError as error:
        raise MappingError(f"{path}: cannot be read ({error.strerror})") from error
    if root is None:
        raise MappingError(f"{path}: the file is empty")
    repeated = [f"line {line}, {key!r} is given more than once" for line, key in _repeated(root)]
    if repeated:
        raise MappingError("\n  ".join([f"{path}: cannot be used", *repeated]))
    return root


def _plain(node: yaml.Node) -> Any:
    """Text as written: ``no`` is a column's name, 0101 keeps its zero."""
    if isinstance(node, yaml.MappingNode):
        return {_plain(key) if isinstance(key, yaml.ScalarNode) else "": _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Keys given twice: the first of the two would be lost."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield key.start_mark.line + 1, name
            seen.add(name)
            yield from _repeated(value)


def _line(node: yaml.Node, where: tuple[str | int, ...]) -> int:
    """The line on which the entry ``where`` begins, or the innermost one around it that is there."""
    line = node.start_mark.line + 1
    for key in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = (node.value[key], node.value[key])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _faults(error: ValidationError, entries: Any) -> Iterator[Fault]:
    """Faults of single entries, and those that the well-formed ones among them already show against the contract."""
    whole = [each.get("ctx", {}).get("error") for each in error.errors()]
    for each, fault in zip(error.errors(), whole, strict=True):
        if isinstance(fault, MappingFaults):
            yield from fault.faults
        else:
            yield Fault(each["loc"] or ("mapping",), each["msg"])
    if not any(isinstance(fault, MappingFaults) for fault in whole) and isinstance(entries, dict):
        yield from _contract_faults(entries)


def _contract_faults(entries: dict[str, Any]) -> Iterator[Fault]:
    fields, stream = entries.get("fields"), entries.get("stream")
    if not isinstance(fields, dict) or not isinstance(stream, str):
        return
    well_formed = {}
    for name, entry in fields.items():
        try:
            well_formed[name] = FieldRule.model_validate(entry)
        except ValidationError:
            continue  # told already, as a fault of the entry itself
    malformed = fields.keys() - well_formed.keys()
    yield from (fault for fault in stream_faults(stream, well_formed) if malformed.isdisjoint(fault.where[1:2]))
