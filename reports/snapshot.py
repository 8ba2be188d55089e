"""A frozen snapshot: the folder of tables that one evaluation is computed from, checked and opened for queries.

Only the columns an evaluation needs are read: names, numbers of documents and employers never get here.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import pyarrow.parquet as pq
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from reports.meeting import Meeting
from reports.quarter import Quarter
from schemas.agreement import Agreement
from schemas.envelope import PERIOD, SHA256
from schemas.values import DECIMALS, MOST_DIGITS

TERMS = "snapshot.json"
LEDGER_HEAD = r"^[0-9a-f]{64}:[1-9][0-9]{0,17}$"  # HASH:POSITION, as `amanah ledger head` prints it

CELL_KEY = "cell_key"  # of each counted row: what noise is made from, drawn evenly from 0 up to below 2**32
_KEYED = {CELL_KEY: "UBIGINT"}
_REVISION = {"revision": "INTEGER", "known_in": "VARCHAR", "withdrawn": "BOOLEAN", "is_current": "BOOLEAN", **_KEYED}
_AMOUNT = f"DECIMAL({MOST_DIGITS}, {DECIMALS})"
_CONFIG = {"temp_directory": ""}  # records stay in memory: nothing of them is put on a disk on the way
SIDED: Mapping[str, Mapping[str, str]] = {
    "placement": {
        "record_ref": "VARCHAR",
        "sex": "VARCHAR",
        "occupation_isco": "VARCHAR",
        "area": "VARCHAR",
        "origin_agency_licence_no": "VARCHAR",
        "destination_agency_licence_no": "VARCHAR",
        "wage_amount": _AMOUNT,
        "wage_currency": "VARCHAR",
        "wage_period": "VARCHAR",
        "contract_start": "DATE",
        "contract_end": "DATE",
        "stage": "VARCHAR",
        "stage_date": "DATE",
        "requested_on": "DATE",
        "contract_endorsed_on": "DATE",
        "visa_issued_on": "DATE",
        "departed_on": "DATE",
        "arrived_on": "DATE",
        "completed_on": "DATE",
        "returned_on": "DATE",
        "died_on": "DATE",
        "worker_cost_amount": _AMOUNT,
        "worker_cost_currency": "VARCHAR",
        "recruitment_fee_amount": _AMOUNT,
        "recruitment_fee_currency": "VARCHAR",
        "insurance_from": "DATE",
        "insurance_until": "DATE",
        "wage_payments_due": "BIGINT",
        "wage_payments_seen": "BIGINT",
        **_REVISION,
    },
    "complaint": {
        "record_ref": "VARCHAR",
        "placement_ref": "VARCHAR",
        "kind": "VARCHAR",
        "channel": "VARCHAR",
        "reported_by": "VARCHAR",
        "received_on": "DATE",
        "stage": "VARCHAR",
        "stage_date": "DATE",
        "closed_on": "DATE",
        **_REVISION,
    },
}
COMMON: Mapping[str, Mapping[str, str]] = {
    "link": {"stream": "VARCHAR", "ours_ref": "VARCHAR", "theirs_ref": "VARCHAR", "grade": "VARCHAR"},
    "discrepancy": {
        "id": "VARCHAR",
        "stream": "VARCHAR",
        "class": "VARCHAR",
        "severity": "VARCHAR",
        "reason": "VARCHAR",
        "field": "VARCHAR",
        "ours_ref": "VARCHAR",
        "theirs_ref": "VARCHAR",
        "opened_in": "VARCHAR",
        "closed_in": "VARCHAR",
        **_KEYED,
    },
    "message": {
        "message_id": "VARCHAR",
        "direction": "VARCHAR",
        "sender": "VARCHAR",
        "stream": "VARCHAR",
        "kind": "VARCHAR",
        "period": "VARCHAR",
        "state": "VARCHAR",
        "created_at": "TIMESTAMPTZ",
        "records": "BIGINT",
        "rejected_records": "BIGINT",
        "verdict": "VARCHAR",
        **_KEYED,
    },
    "batch": {
        "source": "VARCHAR",
        "stream": "VARCHAR",
        "period": "VARCHAR",
        "read": "BIGINT",
        "accepted": "BIGINT",
        "quarantined": "BIGINT",
        "quality": "VARCHAR",
        **_KEYED,
    },
}
_ONCE: Mapping[str, tuple[tuple[str, str], ...]] = {  # by fault: the rows, and what no two of them may share
    "more than one current revision of a record": (
        ("placement WHERE is_current", "party, record_ref"),
        ("complaint WHERE is_current", "party, record_ref"),
    ),
    "a record with more than one certain or probable link": (
        ("link WHERE grade <> 'possible'", "stream, ours_ref"),
        ("link WHERE grade <> 'possible'", "stream, theirs_ref"),
    ),
}


class SnapshotError(ValueError):
    """The snapshot cannot be evaluated; the text names the file, what was expected and what to do."""


class Missing(BaseModel):
    """What was not there by the cut-off.

    A month's ``reconciliation``, a ``message`` of the partner, or its ``certificate`` of the quarter's last month.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Literal["reconciliation", "message", "certificate"]
    period: Annotated[str, Field(pattern=PERIOD)]
    stream: str | None = None
    sender: str | None = None


class Terms(BaseModel):
    """``snapshot.json``: what was frozen, by whom, and what is missing from it.

    ``version`` counts the editions of the quarter; a later one is a revision and says why, by language.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    agreement: str
    agreement_sha256: Annotated[str, Field(pattern=SHA256)]
    quarter: str
    frozen_by: str
    partner: str
    periods: tuple[Annotated[str, Field(pattern=PERIOD)], ...]
    missing: tuple[Missing, ...]
    frozen_at: AwareDatetime
    software: str
    ledger_head: Annotated[str, Field(pattern=LEDGER_HEAD)] | None = None
    version: Annotated[int, Field(ge=1)] = 1
    reason: Mapping[str, str] | None = None
    meeting: Meeting = Meeting()

    @field_validator("quarter")
    @classmethod
    def _is_a_quarter(cls, value: str) -> str:
        return str(Quarter.parse(value))


def read_terms(folder: Path, agreement: Agreement) -> Terms:
    """The terms of the snapshot ``folder``. Raises ``SnapshotError`` when they do not fit ``agreement``."""
    path = folder / TERMS
    try:
        terms = Terms.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise SnapshotError(f"{path}: not there; a snapshot folder holds {TERMS} beside its tables") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise SnapshotError(f"{path}: {faults}") from error
    if (terms.agreement, terms.agreement_sha256) != (agreement.id, agreement.sha256):
        raise SnapshotError(
            f"{path}: frozen under {terms.agreement} {terms.agreement_sha256[:12]}, but the agreement given is "
            f"{agreement.id} {agreement.sha256[:12]}; evaluate with the text it was frozen under"
        )
    if {terms.frozen_by, terms.partner} != set(agreement.parties):
        raise SnapshotError(f"{path}: frozen_by and partner must be {' and '.join(agreement.parties)}")
    if terms.periods != Quarter.parse(terms.quarter).periods:
        raise SnapshotError(f"{path}: periods must be the months of {terms.quarter}")
    return terms


def files(terms: Terms) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Each table file of the snapshot: file name to the stream or table it belongs to and the columns read from it."""
    sided = {
        f"{stream}_{party}.parquet": (stream, columns)
        for stream, columns in SIDED.items()
        for party in sorted((terms.frozen_by, terms.partner))
    }
    return sided | {f"{name}.parquet": (name, columns) for name, columns in COMMON.items()}


def fingerprints(folder: Path, terms: Terms) -> dict[str, str]:
    """SHA-256 of every file the evaluation reads."""
    names = sorted([TERMS, *files(terms)])
    return {name: _sha256_of(folder / name) for name in names}


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_tables(folder: Path, terms: Terms) -> Any:
    """A DuckDB connection with the tables of the snapshot; placement and complaint carry ``party``.

    The tables are read where they lie. Raises ``SnapshotError`` when a file or a column is missing or holds what it
    should not, or when a table contradicts itself.
    """
    connection = duckdb.connect(config=_CONFIG)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    selects: dict[str, list[str]] = {}
    for name, (table, columns) in files(terms).items():
        _check_columns(folder / name, columns)
        _check_values(connection, folder / name, columns)
        party = f"'{name.removesuffix('.parquet').rpartition('_')[2]}' AS party, " if table in SIDED else ""
        select = f"SELECT {party}{_casts(columns)} FROM {_file(folder / name)}"  # noqa: S608  # constants above
        selects.setdefault(table, []).append(select)
    for table, parts in selects.items():
        connection.execute(f"CREATE VIEW {table} AS {' UNION ALL '.join(parts)}")
    for fault, checks in _ONCE.items():
        if any(_repeats(connection, rows, key) for rows, key in checks):
            raise SnapshotError(f"{folder}: holds {fault}; figures would not add up. Freeze the snapshot again")
    return connection


def _check_values(connection: Any, path: Path, columns: Mapping[str, str]) -> None:
    """Each value of a column that is of another type than it should be must fit into that."""
    try:
        found = {row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM {_file(path)}").fetchall()}
        other = {column: kind for column, kind in columns.items() if found[column] != kind}
        if other:
            read = f"SELECT {_casts(other)} FROM {_file(path)}"  # noqa: S608  # constants above
            connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM ({read})").fetchall()  # noqa: S608
    except duckdb.Error as error:  # its text may hold a value of a record, so it goes no further
        kinds = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        raise SnapshotError(f"{path}: {type(error).__name__}; expected the columns {kinds}") from None


def _repeats(connection: Any, rows: str, key: str) -> bool:
    """Whether two ``rows`` share their ``key``: looked for by its hashes, which take eight bytes a row."""
    hashes = connection.execute(f"SELECT hash({key}) AS found FROM {rows}").fetchnumpy()["found"]  # noqa: S608
    hashes.sort()
    if not (hashes[1:] == hashes[:-1]).any():
        return False
    shared = f"SELECT 1 FROM {rows} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
    return connection.execute(shared).fetchone() is not None


def _casts(columns: Mapping[str, str]) -> str:
    return ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())


def _file(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}')"


def _check_columns(path: Path, columns: Mapping[str, str]) -> None:
    if not path.is_file():
        raise SnapshotError(f"{path}: not there; an empty table is a file without rows. Freeze the snapshot again")
    absent = [column for column in columns if column not in pq.read_schema(path).names]
    if absent:
        raise SnapshotError(f"{path}: lacks the column(s) {', '.join(absent)}")
