"""The frozen snapshot: both sides as known at a quarter's end, as Parquet files that the evaluation reads.

Frozen once and never changed: a page rendered from it next year has the same bytes.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from amanah import __version__
from amanah.exchange import ledger
from amanah.exchange.certificate.certify import given_at
from amanah.exchange.endpoint import Endpoint
from amanah.node.cell_keys import keyed
from amanah.node.findings import find
from amanah.periods import months_of
from amanah.store import findings as kept
from amanah.store import records
from reports.meeting import Meeting
from reports.snapshot import CELL_KEY, SIDED
from schemas.streams import STREAMS

_NOTHING = Meeting()
_MESSAGES = """
    SELECT message_id, direction, sender, stream, kind, period, state, created_at, answered_at, records,
           rejected_records, verdict
    FROM message WHERE period <= $1 AND stream <> 'status' ORDER BY message_id
"""
# Only what passed its checkpoint is loaded, so every batch here has passed.
_BATCHES = """
    SELECT source, stream, period, read, accepted, quarantined, 'passed' AS quality
    FROM batch WHERE period <= $1 ORDER BY source, period
"""
_AGES = """
    SELECT id, min(opened_in) AS opened_in FROM discrepancy
    WHERE opened_in <= $1 AND (closed_in IS NULL OR closed_in > $1) GROUP BY id
"""
_CLOSED = """
    SELECT id, stream, class, severity, reason, field, ours_ref, theirs_ref, area, opened_in, closed_in
    FROM discrepancy WHERE closed_in <= $1 ORDER BY id, opened_in
"""


def freeze(
    endpoint: Endpoint,
    quarter: str,
    folder: Path,
    noise_key: bytes | None = None,
    *,
    version: int = 1,
    reason: Mapping[str, str] | None = None,
    meeting: Meeting = _NOTHING,
) -> str:
    """Write the snapshot of ``quarter`` into ``folder`` unless it is there already; return its SHA-256.

    What has not arrived is named in ``snapshot.json``, so that the evaluation can say it. There stand too which
    ``version`` of the edition it is for, the ``reason`` of a revision, and what the ``meeting`` is about.
    ``noise_key`` is the secret that both sides hold where the agreement asks for noise; without it every cell key is 0.
    """
    about = folder / "snapshot.json"
    if not about.exists():
        unfinished = folder.with_name(f".{folder.name}.part")
        unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        tables = _tables(endpoint, months_of(quarter)[-1], noise_key)
        for name, table in tables.items():
            pq.write_table(table, unfinished / f"{name}.parquet")
        terms = _about(endpoint, quarter) | {
            "version": version,
            "reason": None if reason is None else dict(reason),
            "meeting": meeting.model_dump(mode="json"),
        }
        text = json.dumps(terms, indent=2, ensure_ascii=False) + "\n"
        (unfinished / about.name).write_text(text, encoding="utf-8")
        unfinished.replace(folder)
    return digest(folder)


def _tables(endpoint: Endpoint, cutoff: str, noise_key: bytes | None) -> Mapping[str, pa.Table]:
    database, agreement = endpoint.database, endpoint.agreement
    tables = {}
    for stream, party in product(agreement.streams, agreement.parties):
        known = records.history(database, stream, holder=party, as_of=cutoff, shared=party == endpoint.us)
        read = known.select([column for column in SIDED[stream] if column != CELL_KEY])
        shared = only_shared(read, STREAMS[stream].fields, agreement.granted(stream, sender=party))
        tables[f"{stream}_{party}"] = keyed(shared, f"{stream} {party}", ["record_ref"], noise_key)
    findings = find(database, agreement, us=endpoint.us, period=cutoff)
    tables["link"] = findings.links
    found = _aged(findings.discrepancies, database.arrow(_AGES, (cutoff,)), cutoff, endpoint)
    tables["discrepancy"] = keyed(found, "discrepancy", ["id"], noise_key)
    tables["message"] = keyed(database.arrow(_MESSAGES, (cutoff,)), "message", ["message_id"], noise_key)
    tables["batch"] = keyed(database.arrow(_BATCHES, (cutoff,)), "batch", ["source", "stream", "period"], noise_key)
    return tables


def only_shared(known: pa.Table, fields: Collection[str], granted: Collection[str]) -> pa.Table:
    """``known`` without the values of ``fields`` that may not leave, so that both sides count from the same records."""
    for place, column in enumerate(known.schema):
        if column.name in fields and column.name not in granted:
            known = known.set_column(place, column, pa.nulls(known.num_rows, column.type))
    return known


def _aged(found: pa.Table, ages: pa.Table, cutoff: str, endpoint: Endpoint) -> pa.Table:
    """Open discrepancies with the period they opened in, followed by those that closed; values stay behind."""
    opened = dict(zip(ages["id"].to_pylist(), ages["opened_in"].to_pylist(), strict=True))
    periods = pa.array([opened.get(number, cutoff) for number in found["id"].to_pylist()], pa.string())
    still = found.drop_columns(["ours", "theirs"]).append_column("opened_in", periods)
    still = still.append_column("closed_in", pa.nulls(still.num_rows, pa.string()))
    closed = endpoint.database.arrow(_CLOSED, (cutoff,)).select(still.column_names)
    return pa.concat_tables([still, closed.cast(still.schema)])


def _about(endpoint: Endpoint, quarter: str) -> dict[str, object]:
    periods = months_of(quarter)
    with endpoint.database.engine.connect() as connection:
        head = ledger.head(connection)
    return {
        "agreement": endpoint.agreement.id,
        "agreement_sha256": endpoint.agreement.sha256,
        "quarter": quarter,
        "frozen_by": endpoint.us,
        "partner": endpoint.partner,
        "periods": list(periods),
        "missing": _missing(endpoint, periods),
        "frozen_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"amanah {__version__}",
        "ledger_head": str(head) if head is not None else None,
    }


def _missing(endpoint: Endpoint, periods: tuple[str, ...]) -> list[dict[str, str]]:
    with endpoint.database.engine.connect() as connection:
        done = kept.reconciled_periods(connection)
    arrived = endpoint.database.arrow(_MESSAGES, (periods[-1],))
    answered = arrived.filter(
        pc.and_kleene(pc.equal(arrived["direction"], "in"), pc.equal(arrived["verdict"], "accepted"))
    )
    here = set(zip(answered["stream"].to_pylist(), answered["period"].to_pylist(), strict=True))
    missing = [{"what": "reconciliation", "period": period} for period in periods if period not in done]
    missing += [
        {"what": "message", "period": period, "stream": stream, "sender": endpoint.partner}
        for period in periods
        for stream in endpoint.agreement.streams
        if (stream, period) not in here
    ]
    with endpoint.database.engine.connect() as connection:
        if given_at(connection, periods[-1], endpoint.partner) is None:
            missing.append({"what": "certificate", "period": periods[-1], "sender": endpoint.partner})
    return missing


def digest(folder: Path) -> str:
    """One hash over all files of the snapshot, by name."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
