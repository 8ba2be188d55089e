"""All links as they are told: our reference and theirs, with grade, score and reason, in the order of our records.

The bulk is known by numbers of rows alone. Its references are taken by place from the columns of both sides, a part of
the links at a time: a third of what it costs to join and sort them as texts, and of a large register only that part is
held as texts twice.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amanah.reconcile import settled
from amanah.reconcile.engine import Engine
from amanah.reconcile.outcome import LINKS
from amanah.reconcile.spec import Spec

_AT_ONCE = 1 << 20  # links
_FEW_VALUES = ["grade", "score", "why"]
_ROWS = ("ours_row", "theirs_row")


def links(engine: Engine, spec: Spec) -> pa.Table:
    """All links, from what linking made (`link` or `near`, and `settled`), in the columns of ``LINKS``."""
    return pa.concat_tables([LINKS.empty_table(), *_parts(engine, spec)])


def write_links(engine: Engine, spec: Spec, path: Path) -> None:
    """Write all `links` as a Parquet file, which stands there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with pq.ParquetWriter(part, LINKS, use_dictionary=_FEW_VALUES) as file:
        for some in _parts(engine, spec):
            file.write_table(some)
    part.replace(path)


def _parts(engine: Engine, spec: Spec) -> Iterator[pa.Table]:
    found = _of_the_rest(engine, spec)
    if spec.linkage.parent is None:
        found = pa.concat_tables([found, _of_the_settled(engine, spec)]).unify_dictionaries()
    found = found.combine_chunks()
    order = np.argsort(found["ours_row"].to_numpy(), kind="stable")
    refs = [engine.table(f"SELECT record_ref FROM all_{side}")["record_ref"].combine_chunks() for side in spec.sides]
    for start in range(0, len(order), _AT_ONCE):
        some = found.take(order[start : start + _AT_ONCE])
        columns = [ref.take(some[row]) for ref, row in zip(refs, _ROWS, strict=True)]
        yield pa.table([*columns, *(some[name] for name in LINKS.names[2:])], names=LINKS.names).cast(LINKS)


def _of_the_rest(engine: Engine, spec: Spec) -> pa.Table:
    ours, theirs = spec.sides
    found = engine.table(
        "SELECT ours.row_no AS ours_row, theirs.row_no AS theirs_row, grade, score, why FROM link\n"
        f"  JOIN {ours} ours ON ours.record_ref = {ours}_ref JOIN {theirs} theirs ON theirs.record_ref = {theirs}_ref"
    )
    return _with_words(found, *(found[name].combine_chunks().dictionary_encode() for name in ("grade", "why")))


def _of_the_settled(engine: Engine, spec: Spec) -> pa.Table:
    ours, theirs = spec.sides
    held = " + ".join(f"CASE WHEN same_{n} THEN {1 << n} ELSE 0 END" for n in range(len(spec.linkage.keys)))
    alike = "FROM settled WHERE alike"
    found = engine.table(
        f"SELECT {ours}_row AS ours_row, {theirs}_row AS theirs_row, 1.0::DOUBLE AS score, {held} AS held {alike}"
    )
    told = dict(engine.rows(f"SELECT DISTINCT {held}, {settled.why(spec)} {alike}"))
    grade = np.zeros(len(found), np.int32), ["certain"]
    why = (
        np.searchsorted(sorted(told), found["held"].to_numpy()).astype(np.int32),
        [told[each] for each in sorted(told)],
    )
    words = (pa.DictionaryArray.from_arrays(place, pa.array(texts, pa.string())) for place, texts in (grade, why))
    return _with_words(found.drop_columns(["held"]), *words)


def _with_words(found: pa.Table, grade: pa.DictionaryArray, why: pa.DictionaryArray) -> pa.Table:
    """``found`` with each text by its number, as `pa.Table.take` has least to do with."""
    rows = [found[name].cast(pa.int64()) for name in _ROWS]
    return pa.table([*rows, grade, found["score"], why], names=[*_ROWS, *LINKS.names[2:]])
