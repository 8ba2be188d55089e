"""Two published files, or two folders of them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas.compatibility.change import Change, Grade
from schemas.compatibility.schema import compare_schemas
from schemas.publishing import CODE_LISTS, COLUMNS, JSON_SCHEMA

_FOLLOWS = (".csv", ".ndjson")  # headers and examples: what they show, the schema says
_MEANS_OTHER = "the same file would be read differently"


class NotPublished(ValueError):
    """What is to be compared is no published form; the text names the file and what was expected."""


def compare(old: Path, new: Path) -> list[Change]:
    """Every change from ``old`` to ``new``: two published files of one form, or two folders, file by file.

    Raises ``NotPublished`` when they are not.
    """
    if old.is_dir() != new.is_dir():
        raise NotPublished(f"{old} and {new}: expected two files or two folders")
    if not old.is_dir():
        return _file(old, new)
    names = {path.name for folder in (old, new) for path in folder.iterdir() if path.is_file()}
    if not any(name.endswith(JSON_SCHEMA) for name in names):
        raise NotPublished(f"{old} and {new}: expected published files such as placement-1{JSON_SCHEMA}")
    return [change for name in sorted(names) for change in _named(old / name, new / name)]


def _named(old: Path, new: Path) -> list[Change]:
    if new.name.endswith(_FOLLOWS):
        return []
    if not new.exists():
        return [Change(old.name, "is no longer published", Grade.INCOMPATIBLE, "whoever reads it is left without")]
    if not old.exists():
        return [Change(new.name, "is newly published", Grade.COMPATIBLE)]
    if old.read_bytes() == new.read_bytes():
        return []
    if not new.name.endswith(".json"):
        why = "it is no form that this comparison understands"
        return [Change(new.name, "changed", Grade.INCOMPATIBLE, why)]
    return _file(old, new)


def _file(old: Path, new: Path) -> list[Change]:
    was, now = _json(old), _json(new)
    try:
        if new.name.endswith(COLUMNS):
            return list(_columns(was, now))
        if new.name == CODE_LISTS:
            return list(_code_lists(was, now))
        return compare_schemas(was, now)
    except (KeyError, TypeError, AttributeError) as error:
        raise NotPublished(f"{old} and {new}: expected both as 'amanah schema export' writes them") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotPublished(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(content, dict):
        raise NotPublished(f"{path}: expected one JSON object")
    return content


def _columns(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    form = f"{new['schema']} in Arrow and Parquet"
    now = {column["name"]: column for column in new["columns"]}
    for column in old["columns"]:
        name = column["name"]
        if name not in now:
            yield Change(form, f"column {name} was removed", Grade.INCOMPATIBLE, "a file with it is refused")
        elif column != now[name]:
            yield Change(form, f"type of column {name} changed", Grade.INCOMPATIBLE, _MEANS_OTHER)


def _code_lists(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in old.keys() | new.keys():
        was, now = (lists.get(name, {"codes": {}})["codes"] for lists in (old, new))
        for code in was.keys() - now.keys():
            why = "a value that was valid loses its meaning"
            yield Change("code lists", f"code {code!r} was removed from {name}", Grade.INCOMPATIBLE, why)
        for code in now.keys() - was.keys():
            why = "a side that does not have it yet cannot name it"
            yield Change("code lists", f"code {code!r} was added to {name}", Grade.BOTH_FIRST, why)
        for code in was.keys() & now.keys():
            if was[code] != now[code]:
                change = f"code {code!r} of {name} is called differently"
                yield Change("code lists", change, Grade.NO_EFFECT, "as long as it means the same")
