"""Two published files, or two folders of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.compatibility.change import Change, Grade
from schemas.compatibility.reading import NotPublished, check_form, read_json
from schemas.compatibility.resolved import TooLarge
from schemas.compatibility.schema import compare_schemas
from schemas.publishing import JSON_SCHEMA

_UNSURE = "unsure"
_FOLLOWS = (".example.csv", ".example.ndjson")  # what examples show, the schema says
_HEADER = ".csv"
_MEANS_OTHER = "the same file would be read differently"
_WITHOUT = "a file with it is refused"
_GRANTED = "it travels only once the agreement of both sides names it"
_IN_ORDER = "a part is refused when its columns stand in another order"


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
    if not new.name.endswith((".json", _HEADER)):
        why = "it is no form that this comparison understands"
        return [Change(new.name, "changed", Grade.INCOMPATIBLE, why)]
    return _file(old, new)


def _file(old: Path, new: Path) -> list[Change]:
    if new.name.endswith(_HEADER):
        return list(_names(f"{new.name.removesuffix(_HEADER)} in CSV", _header(old), _header(new)))
    was, now = read_json(old), read_json(new)
    try:
        if "columns" in was and "columns" in now:
            return list(_columns(was, now))
        if was and now and all("codes" in each for each in (*was.values(), *now.values())):
            return list(_code_lists(was, now))
        for schema in (was, now):
            check_form(schema)
        return compare_schemas(was, now)
    except (KeyError, TypeError, AttributeError) as error:
        why = f": {error}" if isinstance(error, TypeError) else ""
        raise NotPublished(f"{old} and {new}: expected both as 'amanah schema export' writes them{why}") from error
    except (RecursionError, TooLarge):
        raise NotPublished(f"{old} and {new}: too deep or too large with its references filled in") from None


def _header(path: Path) -> list[str]:
    try:
        [line] = path.read_text(encoding="utf-8").splitlines()
    except ValueError:
        raise NotPublished(f"{path}: expected one line of column names in UTF-8") from None
    return line.split(",")


def _names(form: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """The changes in which columns there are, and in what order."""
    if repeated := sorted({name for name in new if new.count(name) > 1}):
        yield Change(form, f"column {repeated[0]} stands twice", Grade.INCOMPATIBLE, _MEANS_OTHER)
        return
    for name in (name for name in old if name not in new):
        yield Change(form, f"column {name} was removed", Grade.INCOMPATIBLE, _WITHOUT)
    for name in (name for name in new if name not in old):
        yield Change(form, f"column {name} was added", Grade.COMPATIBLE, _GRANTED)
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change(form, "columns stand in another order", Grade.INCOMPATIBLE, _IN_ORDER)


def _columns(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    form = f"{new['schema']} in Arrow and Parquet"
    if old["schema"] != new["schema"]:
        change = f"schema went from {old['schema']} to {new['schema']}"
        yield Change(form, change, Grade.INCOMPATIBLE, "it is another contract")
    was, now = ({column["name"]: column for column in form_of["columns"]} for form_of in (old, new))
    yield from _names(form, list(was), [column["name"] for column in new["columns"]])
    for name, column in was.items():
        if name in now and column != now[name]:
            yield Change(form, f"type of column {name} changed", Grade.INCOMPATIBLE, _MEANS_OTHER)


def _code_lists(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new and old[name].get("source") != new[name].get("source"):
            yield Change("code lists", f"{name} names another source", Grade.NO_EFFECT, "as long as it means the same")
        was, now = (lists.get(name, {"codes": {}})["codes"] for lists in (old, new))
        for code in sorted(was.keys() - now.keys()):
            why = "a value that was valid loses its meaning"
            yield Change("code lists", f"code {code!r} was removed from {name}", Grade.INCOMPATIBLE, why)
        for code in sorted(now.keys() - was.keys()):
            why = "a side that does not have it yet cannot name it"
            yield Change("code lists", f"code {code!r} was added to {name}", Grade.BOTH_FIRST, why)
        for code in sorted(was.keys() & now.keys()):
            if was[code] != now[code]:
                change = f"code {code!r} of {name} {_otherwise(was[code], now[code])}"
                yield Change("code lists", change, Grade.NO_EFFECT, "as long as it means the same")


def _otherwise(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is said otherwise about a code: what it is called, or only whether that is sure."""
    labels, new_labels = ({k: v for k, v in said.items() if k != _UNSURE} for said in (was, now))
    if labels != new_labels:
        return "is called differently"
    return "is marked unsure, or otherwise so" if _UNSURE in now else "is no longer marked unsure"
