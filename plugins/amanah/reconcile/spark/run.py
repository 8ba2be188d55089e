"""Reconcile one stream on Spark: the same links, discrepancies and counts as `amanah.reconcile.run` gives.

Settled pairs are found, linked and compared on Spark. The rest is taken here, with what has to be known of all records
to work on it: which of the records that somebody spoke of are there, and which names several people bear.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from amanah.reconcile import settled
from amanah.reconcile.engine import Engine, Step, quoted
from amanah.reconcile.finding import told_from_our_side
from amanah.reconcile.known import DECISIONS, EARLIER, NOTHING, Known, decided_step, load_known, or_none
from amanah.reconcile.link import link_records
from amanah.reconcile.linked import links
from amanah.reconcile.outcome import DISCREPANCIES, DISCREPANCIES_FILE, LINKS, LINKS_FILE, write_summary
from amanah.reconcile.probable.reading import name_of
from amanah.reconcile.run import EVERYONE, FOUND, WHOSE, Counts, counted, find, open_both, summary
from amanah.reconcile.run import reconcile_files as on_this_machine
from amanah.reconcile.spark.parts import discrepancies
from amanah.reconcile.spark.session import session
from amanah.reconcile.spec import Spec, trimmed
from schemas.agreement import Agreement
from schemas.agreement_stream import Role

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from amanah.reconcile.spark.engine import SparkEngine


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
    """Reconcile as `amanah.reconcile.reconcile_files` does, on Spark, in the session that is active or one of its own.

    Files, and the folder ``out``, must be where every executor can reach them. A stream that hangs on another is small
    beside it, and is worked on here by DuckDB.

    Raises:
        SparkUnavailable: the extra or Java is missing.
        ReconcileError: as there.
    """
    spec = Spec(agreement, stream, us, period)
    if spec.linkage.parent is not None:
        return on_this_machine(
            ours, theirs, out, stream=stream, agreement=agreement, us=us, period=period, parents=parents, known=known
        )
    with session() as spark:
        from amanah.reconcile.spark.engine import SparkEngine  # noqa: PLC0415 - needs the extra

        with SparkEngine(spark) as bulk, Engine() as rest:
            given = open_both(bulk, spec, ours, theirs)
            bulk.register("told_decisions", or_none(known.decisions, DECISIONS))
            bulk.run([decided_step(spec, EVERYONE)])
            settled.settle(bulk, spec, given)
            _take_rest(bulk, rest, spec, known)
            return _written(bulk, rest, spec, out)


def _take_rest(bulk: "SparkEngine", rest: Engine, spec: Spec, known: Known) -> None:
    """Bring the records without a settled partner here, and work on them as ever."""
    loose = "SELECT * FROM all_{0}_as_given ANTI JOIN (SELECT {0}_row AS row_no FROM settled) USING (row_no)"
    open_both(rest, spec, *(bulk.table(loose.format(side)).drop_columns(["row_no"]) for side in spec.sides))
    told = replace(known, links=_about_the_rest(rest, spec, known.links))
    load_known(rest, spec, told, _load_there(bulk, rest, spec, told))
    settled.settle_nothing(rest, spec)
    settled.set_rest_aside(rest, spec)
    link_records(rest, spec, _load_namesakes(bulk, rest, spec), by=known.parameters)
    find(rest, spec)


def _about_the_rest(rest: Engine, spec: Spec, told: pa.Table | None) -> pa.Table:
    """Of earlier links those of which a record is without a settled partner now."""
    rest.register("earlier_links", or_none(told, EARLIER))
    either = " OR ".join(
        f"{whose}_ref IN (SELECT record_ref FROM all_{side})" for whose, side in zip(WHOSE, spec.sides, strict=True)
    )
    return rest.table(f"SELECT * FROM earlier_links WHERE {either}")


def _load_there(bulk: "SparkEngine", rest: Engine, spec: Spec, told: Known) -> dict[str, str]:
    """Which of the records that are spoken of are there at all, settled ones included."""
    tables = [table for table in (told.decisions, told.links) if table is not None and len(table)]
    for whose, side in zip(WHOSE, spec.sides, strict=True):
        sought = pa.table({"ref": pa.chunked_array([c for t in tables for c in t[f"{whose}_ref"].chunks], pa.string())})
        there = pa.table({"record_ref": pa.array([], pa.string())})
        if len(sought):
            bulk.register(f"sought_{side}", sought)
            there = bulk.table(f"SELECT record_ref FROM all_{side} SEMI JOIN sought_{side} ON record_ref = ref")
        rest.register(f"there_{side}", there)
    return {side: f"there_{side}" for side in "ab"}


def _load_namesakes(bulk: "SparkEngine", rest: Engine, spec: Spec) -> dict[str, str]:
    """The names of the rest, as often as people of a side bear them, settled ones included; twice at most."""
    columns = spec.traits.of(Role.PERSON_NAME)
    if not columns:
        return EVERYONE
    name = name_of(spec.traits)
    names = "\nUNION ".join(f"SELECT {name} AS sought FROM all_{side}" for side in "ab")
    bulk.register("sought_name", rest.table(f"SELECT sought FROM ({names}) WHERE sought IS NOT NULL"))
    texts = ", ".join(f"{trimmed(column)} AS {column}" for column in columns)
    for side in "ab":
        given = f"all_{side}_as_given"
        bulk.run(
            [
                Step(
                    f"called_{side}",
                    "how each record's worker is called",
                    f"SELECT {name} AS name FROM (SELECT {texts} FROM {given})",
                    of=given,
                )
            ]
        )
        borne = (
            f"SELECT name AS {columns[0]}, least(count(*), 2) AS people\n"
            f"FROM called_{side} SEMI JOIN sought_name ON name = sought GROUP BY name"
        )
        rest.register(f"borne_{side}", bulk.table(borne))
    others = "".join(f", NULL::VARCHAR AS {column}" for column in columns[1:])
    return {side: f"(SELECT *{others} FROM (SELECT *, unnest(range(people)) FROM borne_{side}))" for side in "ab"}


def _written(bulk: "SparkEngine", rest: Engine, spec: Spec, out: Path) -> dict[str, Any]:
    """Write the outcome's files, those of the rest and of the settled pairs as one."""
    out.mkdir(parents=True, exist_ok=True)
    bulk.register("rest_link", links(rest, spec))
    of_rest = f"SELECT rest_link.*, row_no FROM rest_link JOIN all_{spec.sides[0]} ON record_ref = ours_ref"
    both = f"{settled.links(spec)}\nUNION ALL {of_rest}"
    in_order = f"SELECT {', '.join(LINKS.names)} FROM ({both}) ORDER BY row_no"
    _write(bulk, rest, in_order, out / LINKS_FILE)
    bulk.register("rest_discrepancy", rest.table(told_from_our_side(spec)).cast(DISCREPANCIES))
    bulk.keep("settled_discrepancy", bulk.by_parts(_unlike(bulk), discrepancies(spec), DISCREPANCIES))
    both = "SELECT * FROM settled_discrepancy UNION ALL SELECT * FROM rest_discrepancy ORDER BY id"
    _write(bulk, rest, both, out / DISCREPANCIES_FILE)
    told = summary(spec, _counted(bulk, rest, spec, out / DISCREPANCIES_FILE))
    write_summary(told, out)
    return told


def _unlike(bulk: "SparkEngine") -> "DataFrame":
    """Settled pairs that differ in something: all columns of both records."""
    columns = [f"{side}.{name} AS {side}_{name}" for side in "ab" for name in bulk.columns(f"all_{side}_as_given")]
    return bulk.sql(
        f"SELECT {', '.join(columns)} FROM (SELECT * FROM settled WHERE NOT alike)\n"
        "JOIN all_a_as_given a ON a.row_no = a_row JOIN all_b_as_given b ON b.row_no = b_row"
    )


def _write(bulk: "SparkEngine", rest: Engine, query: str, path: Path) -> None:
    """Write the result of ``query`` as one file; its parts lie beside it while they are gathered."""
    folder = path.with_name(f"{path.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    try:
        parts = bulk.write(query, folder)
        rest.write(f"SELECT * FROM read_parquet([{', '.join(quoted(str(part)) for part in parts)}])", path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _counted(bulk: "SparkEngine", rest: Engine, spec: Spec, found: Path) -> Counts:
    counts = counted(rest, spec)
    *by_key, linked = settled.counts(bulk, spec, which="TRUE")
    return replace(
        counts,
        records={
            whose: int(bulk.rows(f"SELECT count(*) FROM all_{side}")[0][0])
            for whose, side in zip(WHOSE, spec.sides, strict=True)
        },
        by_key=[count + more for count, more in zip(counts.by_key, by_key, strict=True)],
        linked=counts.linked + linked,
        found=rest.rows(FOUND.format(f"FROM read_parquet({quoted(str(found))})")),
    )
