"""The staged batch: a source's rows on disk between reading and checking, one JSON document a line.

Personal data in plain form: the file lies in the node's private store and goes when the batch is loaded.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amanah.quality.contract import Candidate
from amanah.sources import MappedRow


def write(path: Path, rows: Iterable[MappedRow], *, watermark: datetime | None) -> int:
    """Write ``rows`` in one piece and return how many; those from before ``watermark`` are marked late."""
    unfinished = path.with_suffix(".part")
    count = 0
    with unfinished.open("w", encoding="utf-8") as file:
        for row in rows:
            content = {
                "position": row.position,
                "updated_at": row.updated_at.isoformat(),
                "late": watermark is not None and row.updated_at < watermark,
                "values": row.values,
                "raw": row.raw,
                "problems": [[p.field, p.code, p.message] for p in row.problems],
            }
            file.write(json.dumps(content, default=str) + "\n")
            count += 1
    unfinished.replace(path)
    return count


@dataclass(frozen=True)
class Late:
    """Rows from before the watermark: where they stand, and which records they are about."""

    positions: frozenset[str]
    refs: frozenset[str]


@dataclass(frozen=True)
class Staged:
    """The newest row of each record, which of them are late, and when the system last changed each, by reference."""

    candidates: list[Candidate]
    late: Late
    moments: Mapping[str, datetime]


def read(path: Path) -> Staged:
    """Return the newest row of each record.

    A source may show several states of one record in a window (a drop keeps every month's file): only the newest
    counts, and once if it says the same again. Two of the same moment that do not say the same are both kept, so that
    the contract check refuses what is ambiguous.
    """
    with path.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    newest: dict[str, str] = {}
    for line in lines:
        ref = _reference(line)
        newest[ref] = max(newest.get(ref, ""), line["updated_at"])
    once: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line["updated_at"] == newest[_reference(line)]:
            once.setdefault(_said(line), line)
    kept = list(once.values())
    late = [line for line in kept if line["late"]]
    positions = frozenset(line["position"] for line in late)
    moments = {ref: datetime.fromisoformat(moment) for ref, moment in newest.items()}
    return Staged(
        [_candidate(line) for line in kept], Late(positions, frozenset(_reference(line) for line in late)), moments
    )


def _reference(line: dict[str, Any]) -> str:
    """What the row is about; a row without a readable reference stands for itself."""
    ref = line["values"].get("record_ref")
    return ref.strip() if isinstance(ref, str) else f"at {line['position']}"


def _said(line: dict[str, Any]) -> str:
    """What makes two rows of one moment the same: what they give, and where that cannot be read what stands there."""
    told = [_reference(line), line["values"], line["problems"] and [line["problems"], line["raw"]]]
    return json.dumps(told, sort_keys=True)


def _candidate(line: dict[str, Any]) -> Candidate:
    problems = tuple((field, code, message) for field, code, message in line["problems"])
    raw = {column: _storable(text) for column, text in line["raw"].items()}
    return Candidate(line["position"], line["values"], raw, problems)


def _storable(text: str | None) -> str | None:
    """What PostgreSQL cannot keep (NUL, half a surrogate pair) is shown as the replacement character."""
    return None if text is None else text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
