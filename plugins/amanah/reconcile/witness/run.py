"""Hearing witnesses about what a reconciliation found. Only the order of work stands here."""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.reconcile.engine import Engine, Records
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.outcome import DISCREPANCIES_FILE, write_summary
from amanah.reconcile.run import WHOSE
from amanah.reconcile.spec import Spec
from amanah.reconcile.tables import opened
from amanah.reconcile.witness.knowing import Knows, known_of
from amanah.reconcile.witness.saying import steps
from schemas.agreement import Agreement

TESTIMONY = pa.schema([(name, pa.string()) for name in ("id", "witness", "witness_ref", "field", "says", "joined_ref")])
WITNESSED = pa.schema([(name, pa.string()) for name in ("witness", "witness_ref", "area")])
TESTIMONY_FILE, WITNESSED_FILE = "testimony.parquet", "witnessed.parquet"


@dataclass(frozen=True)
class Heard:
    """What witnesses said.

    Attributes:
        testimony: see ``TESTIMONY``; one row per witness and discrepancy that it was asked about, sorted by ``id``.
        witnessed: see ``WITNESSED``; the witnesses' records of people whom neither register has.
        summary: witness -> counts only, fit for a log.
    """

    testimony: pa.Table
    witnessed: pa.Table
    summary: dict[str, Any]


def hear(
    ours: Records,
    theirs: Records,
    discrepancies: pa.Table,
    witnesses: Mapping[str, Records],
    *,
    stream: str,
    agreement: Agreement,
    us: str,
    period: str | None = None,
) -> Heard:
    """Hear ``witnesses`` (name -> records) about the discrepancies that `reconcile` found in ``ours`` and ``theirs``.

    Args:
        ours: our records, as they were reconciled.
        theirs: the partner's, the same.
        discrepancies: the outcome's, as told from our side.
        witnesses: records in the contract's columns, or in some of them; the newest of each person.
        stream: name of the stream, one that stands for itself.
        agreement: keys and tolerances.
        us: party code of "ours".
        period: the month that was reconciled.

    Returns:
        What they said. The same records give the same testimony, whatever the order of the rows; told from the other
        seat, ``ours`` and ``theirs`` change places and nothing else does.

    Raises:
        ReconcileError: the records or the call cannot be used; the text says why and holds no personal value.
        AgreementError: ``us`` is no party, or ``stream`` is not agreed.
    """
    spec = Spec(agreement, stream, us, period)
    if spec.linkage.parent is not None:
        raise ReconcileError(
            f"{stream}: records that link through {spec.linkage.parent_stream} are not linked to a witness; "
            f"hear it about {spec.linkage.parent_stream}"
        )
    sides = {whose: _once(records, stream) for whose, records in zip(WHOSE, (ours, theirs), strict=True)}
    each = [
        _hear(spec, sides, discrepancies, name, _once(records, stream)) for name, records in sorted(witnesses.items())
    ]
    testimony = _all(TESTIMONY, [one.testimony for one in each])
    return Heard(
        testimony=testimony.sort_by([("id", "ascending"), ("witness", "ascending")]),
        witnessed=_all(WITNESSED, [one.witnessed for one in each]),
        summary={name: count for one in each for name, count in one.summary.items()},
    )


def hear_files(
    ours: Path,
    theirs: Path,
    out: Path,
    witnesses: Mapping[str, Path],
    *,
    summary: Mapping[str, Any],
    stream: str,
    agreement: Agreement,
    us: str,
    period: str | None = None,
) -> dict[str, Any]:
    """Hear ``witnesses`` about what `reconcile_files` left in ``out``, and write what they said beside it.

    Returns:
        ``summary``, with what was counted under ``witnesses``; ``summary.json`` is that as well.

    Raises ``ReconcileError`` and ``AgreementError`` as `hear` does.
    """
    found = pq.read_table(out / DISCREPANCIES_FILE)
    heard = hear(ours, theirs, found, witnesses, stream=stream, agreement=agreement, us=us, period=period)
    for table, name in ((heard.testimony, TESTIMONY_FILE), (heard.witnessed, WITNESSED_FILE)):
        part = out / f"{name}.part"
        pq.write_table(table, part)
        part.replace(out / name)
    told = {**summary, "witnesses": heard.summary}
    write_summary(told, out)
    return told


def unhear(out: Path) -> None:
    """Remove from ``out`` what witnesses said of an earlier outcome: it is about discrepancies that stand no more."""
    for name in (TESTIMONY_FILE, WITNESSED_FILE):
        (out / name).unlink(missing_ok=True)


def _once(records: Records, stream: str) -> Records:
    """A file that has to be converted is read once and not for each linking."""
    return opened(records, stream=stream) if isinstance(records, Path) else records


def _hear(spec: Spec, sides: Mapping[str, Records], found: pa.Table, name: str, records: Records) -> Heard:
    knows = {whose: known_of(side, records, spec, whose=whose, witness=name) for whose, side in sides.items()}
    with Engine() as engine:
        of = dict(zip(WHOSE, spec.sides, strict=True))
        engine.register("discrepancy", found)
        for whose, side in sides.items():
            engine.register(f"knows_{whose}", knows[whose].links)
            engine.register(f"unsure_{whose}", knows[whose].unsure)
            engine.open(whose, side, spec, side=of[whose], who=f"{whose}, {spec.stream}")
        engine.open("witness", records, spec, side=of["theirs"], who=f"witness {name}, {spec.stream}")
        engine.run(steps(spec))
        return Heard(
            testimony=_named(engine.table("SELECT * EXCLUDE (class) FROM said ORDER BY id"), name, TESTIMONY),
            witnessed=_named(engine.table("SELECT * FROM alone ORDER BY witness_ref"), name, WITNESSED),
            summary={name: _counted(engine, knows)},
        )


def _counted(engine: Engine, knows: Mapping[str, Knows]) -> dict[str, Any]:
    said: dict[str, dict[str, int]] = {}
    for klass, says, count in engine.rows("SELECT class, says, count(*) FROM said GROUP BY ALL ORDER BY ALL"):
        said.setdefault(klass, {})[says] = count
    unsure = " UNION ".join(f"SELECT witness_ref FROM unsure_{whose}" for whose in knows)
    return {
        "records": engine.count("witness"),
        "linked": {whose: known.links.num_rows for whose, known in knows.items()},
        "unsure": engine.count(f"({unsure})"),
        "in_neither": engine.count("alone"),
        "says": said,
    }


def _named(table: pa.Table, witness: str, schema: pa.Schema) -> pa.Table:
    named = table.append_column("witness", pa.array([witness] * table.num_rows, pa.string()))
    return named.select(schema.names).cast(schema)


def _all(schema: pa.Schema, tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *tables]).combine_chunks()
