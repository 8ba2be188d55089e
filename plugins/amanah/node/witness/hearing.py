"""Hearing a node's witnesses at the end of a month's reconciliation, about everything that was found.

What they say follows from both sides' records, the witness' records and the discrepancies as of the month, and from
nothing that an earlier run left behind. So it is the same after a run on what changed and after one on everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amanah.node import sides
from amanah.node.consolidation.terms import Consolidation, StreamTerms
from amanah.node.witness.newest import UPDATED_AT, newest
from amanah.reconcile.spec import Spec
from amanah.reconcile.witness import hear
from amanah.settings_file import SettingsError
from amanah.store import witnesses
from amanah.store.database import Database
from schemas.agreement import Agreement
from schemas.agreement_party import Route
from schemas.streams import STREAMS

_SAID = ("id", "witness", "says", "witness_ref", "joined_ref")
_IN_NEITHER = ("stream", "witness", "witness_ref", "area", "official")
_LACKING = "missing_here"  # for a desk, a person whom neither register has is one whom ours lacks


@dataclass(frozen=True)
class Heard:
    """What the witnesses of a node said.

    Attributes:
        said: in the columns of table ``testimony``.
        in_neither: in the columns of table ``witnessed``.
        summary: stream -> witness -> counts.
    """

    said: pa.Table
    in_neither: pa.Table
    summary: Mapping[str, Any]


def hear_all(
    database: Database,
    agreement: Agreement,
    terms: Consolidation,
    discrepancies: pa.Table,
    *,
    us: str,
    period: str,
) -> Heard:
    """Hear every witness that ``terms`` name about ``discrepancies`` of its stream (with the column ``stream``)."""
    said, in_neither = [_none(_SAID)], [_none(_IN_NEITHER)]
    summary = {}
    for stream, of_stream in terms.items():
        if not of_stream.witnesses:
            continue
        held = sides.current(database, agreement, stream, us=us, as_of=period)
        heard = hear(
            held["ours"],
            held["theirs"],
            discrepancies.filter(pc.equal(discrepancies["stream"], stream)),
            _testifying(database, agreement, of_stream, stream, us=us, period=period),
            stream=stream,
            agreement=agreement,
            us=us,
            period=period,
        )
        said.append(heard.testimony.select(_SAID))
        in_neither.append(_for_desks(heard.witnessed, stream, agreement.parties[us].routes))
        summary[stream] = heard.summary
    return Heard(pa.concat_tables(said), pa.concat_tables(in_neither), summary)


def check(terms: Consolidation, agreement: Agreement) -> None:
    """Raise ``SettingsError`` for a witness that could not be heard: its records have no keys of their own."""
    for stream, of_stream in terms.items():
        parent = agreement.streams[stream].linkage.parent_stream if stream in agreement.streams else None
        if parent is not None and of_stream.witnesses:
            raise SettingsError(
                f"consolidation, {stream}: {', '.join(of_stream.witnesses)} cannot be a witness, as {stream} records "
                f"are found through {parent} records; a witness of {parent} can"
            )


def _testifying(
    database: Database, agreement: Agreement, terms: StreamTerms, stream: str, *, us: str, period: str
) -> dict[str, pa.Table]:
    """The newest record of each person whom each witness knew at the end of ``period``."""
    fields = {*Spec(agreement, stream, us).fields, *terms.of_people}
    known = {
        witness: witnesses.current(database, stream, witness, as_of=period, fields=fields)
        for witness in terms.witnesses
    }
    return {
        witness: newest(table, terms, STREAMS[stream], witness=witness).drop_columns([UPDATED_AT])
        for witness, table in known.items()
    }


def _for_desks(found: pa.Table, stream: str, routes: tuple[Route, ...]) -> pa.Table:
    """The people in neither register, each with the desk that is to look for them."""
    areas = found["area"].to_pylist()
    desk = {area: _desk(routes, stream, area) for area in set(areas)}
    columns = {
        **{name: found[name] for name in found.column_names},
        "stream": pa.array([stream] * found.num_rows, pa.string()),
        "official": pa.array([desk[area] for area in areas], pa.string()),
    }
    return pa.table({name: columns[name] for name in _IN_NEITHER})


def _desk(routes: tuple[Route, ...], stream: str, area: str | None) -> str:
    """The last route takes everything."""
    return next(route.official for route in routes if route.takes(stream=stream, klass=_LACKING, area=area))


def _none(columns: tuple[str, ...]) -> pa.Table:
    return pa.schema([(name, pa.string()) for name in columns]).empty_table()
