"""Validating a file: every record, in bulk, with exactly the verdict that its pydantic model gives."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from amanah.quality.bulk import csv_blocks, parquet_blocks
from amanah.quality.bulk.blocks import Blocks, UnreadableFile
from amanah.quality.bulk.cautions import cautions
from amanah.quality.bulk.judging import Finding, judge
from amanah.quality.bulk.outputs import Outputs
from amanah.quality.bulk.repeats import Hashes, Repeats
from amanah.quality.bulk.screen import Screen
from schemas.checks import Check
from schemas.streams import Stream

Heard = Callable[[int], None]  # is told, from time to time, how many records have been read


@dataclass
class Outcome:
    """What became of a file; counts only. A record with several reasons counts once under each (field, code)."""

    stream: str
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)


def validate(
    path: Path, stream: Stream, *, checks: Sequence[Check] = (), out: Path | None = None, heard: Heard = lambda _: None
) -> Outcome:
    """Validate the ``.parquet`` or ``.csv`` file ``path`` against the model of ``stream``.

    ``checks`` are those behind the cautions. With ``out``, the accepted records, the reasons of the refused ones and
    the cautions are written there. Memory does not grow with the file. Raises ``UnreadableFile``; ``out`` is then
    without results. Raises ``UnusableFolder``, and ``OSError`` where the disk is full.
    """
    suspects: Hashes | None = None
    while True:
        with Repeats(suspects) as repeats, Outputs(out, stream, path) if out else nullcontext() as outputs:
            outcome = _read(path, Screen(stream), repeats, checks, outputs, heard)
            suspects = repeats.suspects()
            if not len(suspects):
                if outputs:
                    outputs.put_in_place()
                return outcome


def _read(
    path: Path, screen: Screen, repeats: Repeats, checks: Sequence[Check], outputs: Outputs | None, heard: Heard
) -> Outcome:
    outcome = Outcome(screen.stream.name)
    for block in _blocks(path, screen.stream):
        outcome.read += len(block.numbers) + len(block.uneven)
        for judged in judge(block, screen, repeats):
            odd = cautions(judged.accepted, judged.numbers, checks)
            outcome.accepted += len(judged.accepted)
            outcome.quarantined += len({finding.row for finding in judged.refused})
            outcome.reasons += _counts(judged.refused)
            outcome.warnings += _counts(odd)
            if outputs:
                outputs.accept(judged.accepted)
                outputs.quarantine(judged.refused)
                outputs.warn(odd)
        heard(outcome.read)
    return outcome


def _blocks(path: Path, stream: Stream) -> Blocks:
    readers = {".parquet": parquet_blocks.blocks, ".csv": csv_blocks.blocks}
    if path.suffix.lower() not in readers:
        raise UnreadableFile(f"{path.name}: expected a file named .parquet or .csv")
    return readers[path.suffix.lower()](path, stream.fields)


def _counts(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    """How many records have each (field, code), the items of a list taken together."""
    records = {(row, (name or "").split(".")[0], code) for row, _, name, code, _ in findings}
    return Counter((name, code) for _, name, code in records)
