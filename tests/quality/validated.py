"""A file validated in bulk, and what came of it."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.quality import bulk
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]


class Validated(NamedTuple):
    outcome: bulk.Outcome
    accepted: list[dict[str, object]]
    quarantine: list[dict[str, object]]

    @property
    def refs(self) -> list[object]:
        return [record["record_ref"] for record in self.accepted]

    @property
    def refused(self) -> list[tuple[object, ...]]:
        return [(reason["row"], reason["record_ref"], reason["field"], reason["code"]) for reason in self.quarantine]


def validated(path: Path, stream=PLACEMENT, **more: object) -> Validated:
    out = path.parent / "out"
    outcome = bulk.validate(path, stream, out=out, **more)
    tables = [pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("accepted", "quarantine")]
    return Validated(outcome, *tables)


def a_csv(folder: Path, content: str | bytes) -> Path:
    path = folder / "records.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def a_parquet(folder: Path, **columns: pa.Array | list[object]) -> Path:
    path = folder / "records.parquet"
    pq.write_table(pa.table(columns), path)
    return path
