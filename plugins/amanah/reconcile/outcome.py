"""What reconciling gives back, and its three files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.reconcile.probable.parameters import Parameters

LINKS = pa.schema(
    [
        ("ours_ref", pa.string()),
        ("theirs_ref", pa.string()),
        ("grade", pa.string()),
        ("score", pa.float64()),
        ("why", pa.string()),
    ]
)
DISCREPANCIES = pa.schema(
    [
        (name, pa.string())
        for name in (
            "id",
            "class",
            "severity",
            "reason",
            "ours_ref",
            "theirs_ref",
            "field",
            "ours",
            "theirs",
            "area",
        )
    ]
)
LINKS_FILE, DISCREPANCIES_FILE = "links.parquet", "discrepancies.parquet"


@dataclass(frozen=True)
class Outcome:
    """Links and discrepancies (Arrow tables, sorted) and a summary of counts only.

    Attributes:
        links: see ``LINKS``; one row per pair of records that are one placement or complaint.
        discrepancies: see ``DISCREPANCIES``; ``ours`` and ``theirs`` hold personal data and stay in protected tables.
        summary: counts, fit for a log. For each side ``records = linked + alone + ambiguous``.
        parameters: those by which probable links were judged; None where none are agreed.
        standing: see `standing.STANDING`; None for a stream that links through another.
    """

    links: pa.Table
    discrepancies: pa.Table
    summary: dict[str, Any]
    parameters: Parameters | None
    standing: pa.Table | None


def write(outcome: Outcome, out: Path) -> None:
    """Write ``links.parquet``, ``discrepancies.parquet`` and ``summary.json`` into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(outcome.links, out / LINKS_FILE)
    pq.write_table(outcome.discrepancies, out / DISCREPANCIES_FILE)
    write_summary(outcome.summary, out)


def write_summary(summary: dict[str, Any], out: Path) -> None:
    """Write the counts into the folder ``out``."""
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
