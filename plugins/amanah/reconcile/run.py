"""Reconcile one stream: records in, `Outcome` out. Only the order of work stands here."""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from amanah.reconcile import classify, compare, linked, settled
from amanah.reconcile.engine import Engine, Opens, Records
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.finding import discrepancy_step, told_from_our_side
from amanah.reconcile.known import NOTHING, Known, load_known
from amanah.reconcile.link import link_records
from amanah.reconcile.near import link_through_parent
from amanah.reconcile.outcome import DISCREPANCIES, DISCREPANCIES_FILE, LINKS_FILE, Outcome, write_summary
from amanah.reconcile.probable.parameters import Parameters
from amanah.reconcile.protection import load_links
from amanah.reconcile.spec import Spec
from amanah.reconcile.standing import standing_pairs
from schemas.agreement import Agreement

WHOSE = ("ours", "theirs")
EVERYONE = {side: f"all_{side}" for side in "ab"}


def reconcile(
    ours: Records,
    theirs: Records,
    *,
    stream: str,
    agreement: Agreement,
    us: str,
    period: str | None = None,
    parents: pa.Table | None = None,
    known: Known = NOTHING,
) -> Outcome:
    """Link, compare and classify the current records of both sides.

    Args:
        ours: our records: the contract's columns, absent ones "not available"; ``first_known`` (month in which the
            holder first reported the record) gives a missing record its age.
        theirs: the partner's records, the same.
        stream: name of the stream.
        agreement: keys, tolerances and which fields may be used (`Spec.usable`).
        us: party code of "ours".
        period: month that both sides are known up to the end of, such as ``2026-09``. Without it nothing has an age:
            a missing record is neither late nor lost.
        parents: links (ours_ref, theirs_ref) of the stream this one hangs on; needed for complaints.
        known: people's decisions, the links of an earlier run, and the parameters it learned.

    Returns:
        The outcome. Given the same records, both nodes get the same links and the same discrepancies under the same
        ids, whatever the order of the rows.

    Raises:
        ReconcileError: the records or the call cannot be used; the text says why and holds no personal value.
        AgreementError: ``us`` is no party, or ``stream`` is not agreed.
    """
    spec = Spec(agreement, stream, us, period)
    with Engine() as engine:
        parameters = _work(engine, spec, ours, theirs, parents, known, keep=True)
        return Outcome(
            links=linked.links(engine, spec),
            discrepancies=engine.table(told_from_our_side(spec)).cast(DISCREPANCIES),
            summary=summary(spec, counted(engine, spec)),
            parameters=parameters,
            standing=standing_pairs(engine, spec) if spec.linkage.parent is None else None,
        )


def reconcile_files(
    ours: Path,
    theirs: Path,
    out: Path,
    *,
    stream: str,
    agreement: Agreement,
    us: str,
    period: str | None = None,
    parents: pa.Table | None = None,
    known: Known = NOTHING,
) -> dict[str, Any]:
    """Reconcile two files as `reconcile` does, and write the outcome's files into the folder ``out`` as they come.

    Returns:
        The summary, which is also ``summary.json``. A file stands in ``out`` whole, or not at all.

    Raises:
        ReconcileError: the files or the call cannot be used; the text says why and holds no personal value.
        AgreementError: ``us`` is no party, or ``stream`` is not agreed.
    """
    spec = Spec(agreement, stream, us, period)
    with Engine() as engine:
        _work(engine, spec, ours, theirs, parents, known, keep=False)
        told = summary(spec, counted(engine, spec))
        out.mkdir(parents=True, exist_ok=True)
        linked.write_links(engine, spec, out / LINKS_FILE)
        engine.write(told_from_our_side(spec), out / DISCREPANCIES_FILE)
        write_summary(told, out)
    return told


def _work(
    engine: Engine,
    spec: Spec,
    ours: Records,
    theirs: Records,
    parents: pa.Table | None,
    known: Known,
    *,
    keep: bool,
) -> Parameters | None:
    if spec.linkage.parent is not None and parents is None:
        raise ReconcileError(
            f"{spec.stream} records link through {spec.linkage.parent_stream} links: give them as parents"
        )
    parameters = None
    if spec.linkage.parent is None:
        parameters = link_sides(engine, spec, ours, theirs, known, keep=keep)
    else:
        open_both(engine, spec, ours, theirs)
        load_known(engine, spec, known, EVERYONE)
        load_links(engine, "parent_link", parents, spec)
        link_through_parent(engine, spec)
    find(engine, spec)
    return parameters


def link_sides(
    engine: Engine,
    spec: Spec,
    ours: Records,
    theirs: Records,
    known: Known = NOTHING,
    *,
    whose: tuple[str, str] = WHOSE,
    keep: bool = False,
) -> Parameters | None:
    """Open both sides of a stream that stands for itself, and make the linking tables.

    Args:
        engine: an empty one.
        spec: what was agreed.
        ours: the records on our side.
        theirs: those on the other.
        known: as for `reconcile`.
        whose: names the two in errors.
        keep: whether ``standing`` is made as well.

    Returns:
        The parameters by which probable links were judged; None where none are agreed.
    """
    given = open_both(engine, spec, ours, theirs, whose=whose)
    load_known(engine, spec, known, EVERYONE)
    settled.settle(engine, spec, given)
    if keep:
        settled.keep_standing(engine, spec, given)
    settled.set_rest_aside(engine, spec)
    engine.forget("coded_a", "coded_b")
    return link_records(engine, spec, EVERYONE, by=known.parameters)


def open_both(
    engine: Opens, spec: Spec, ours: Records, theirs: Records, *, whose: tuple[str, str] = WHOSE
) -> frozenset[str]:
    """Open both sides' records as ``all_a`` and ``all_b``; the fields that a side has.

    ``whose`` names the two in errors.
    """
    given: frozenset[str] = frozenset()
    for side, who, records in zip(spec.sides, whose, (ours, theirs), strict=True):
        given |= engine.open(f"all_{side}", records, spec, side=side, who=f"{who}, {spec.stream}")
    return given


def find(engine: Engine, spec: Spec) -> None:
    """Make ``discrepancy`` and what leads to it, from the linking tables."""
    engine.run([*compare.compare_steps(spec), *classify.alone_steps(spec)])
    engine.run([discrepancy_step(spec, [*classify.findings(spec), *compare.findings(spec)])])


@dataclass(frozen=True)
class Counts:
    """What was counted: by whose side, by the place of a key, and by (class, severity, reason, number)."""

    records: dict[str, int]
    by_key: list[int]
    linked: int
    alone: dict[str, int]
    ambiguous: dict[str, int]
    found: list[tuple[str, str, str, int]]


FOUND = "SELECT class, severity, reason, count(*) FROM ({}) GROUP BY ALL ORDER BY ALL"
"""The query for ``Counts.found`` over a query for discrepancies as told from our side."""


def counted(engine: Engine, spec: Spec) -> Counts:
    """What a run has made, counted."""

    def per_side(query: str) -> dict[str, int]:
        return {
            whose: int(engine.rows(query.format(side=side))[0][0])
            for whose, side in zip(WHOSE, spec.sides, strict=True)
        }

    by_key, linked = _linked(engine, spec)
    return Counts(
        records=per_side("SELECT count(*) FROM all_{side}"),
        by_key=by_key,
        linked=linked,
        alone=per_side("SELECT count(*) FROM alone_{side}"),
        ambiguous=per_side("SELECT count(*) FROM ambiguous WHERE side = '{side}'"),
        found=engine.rows(FOUND.format(told_from_our_side(spec))),
    )


def summary(spec: Spec, counts: Counts) -> dict[str, Any]:
    """The summary as it is shown and stored."""
    classes: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    for klass, severity, reason, count in counts.found:
        classes.setdefault(klass, Counter())[severity] += count
        reasons.setdefault(klass, Counter())[reason] += count
    return {
        "agreement": spec.agreement.id,
        "agreement_sha256": spec.agreement.sha256,
        "stream": spec.stream,
        "us": spec.us,
        "period": spec.period,
        "records": counts.records,
        "linked": counts.linked,
        "linked_by_key": dict(zip(spec.linkage.keys, counts.by_key, strict=True)),
        "alone": counts.alone,
        "ambiguous": counts.ambiguous,
        "discrepancies": {klass: dict(counts) for klass, counts in classes.items()},
        "reasons": {klass: dict(counts) for klass, counts in reasons.items()},
    }


def _linked(engine: Engine, spec: Spec) -> tuple[list[int], int]:
    """By how many pairs each key is held; how many pairs are linked."""
    numbers = range(len(spec.linkage.keys))
    counts = list(engine.rows(f"SELECT {', '.join(f'count(how_{n})' for n in numbers)}, count(*) FROM link")[0])
    if spec.linkage.parent is None:
        more = settled.counts(engine, spec, which="alike")
        counts = [count + one for count, one in zip(counts, more, strict=True)]
    return counts[:-1], counts[-1]
