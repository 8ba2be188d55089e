"""The tree of hashes over what is held of one side's records: equal at the root exactly when all records are equal.

Of each record it knows reference, revision and fingerprint. A record lies in the branch that the first two bytes of the
SHA-256 of its reference name, so both sides put it in the same place without having spoken; ``docs/protocol.md`` says
how each hash is made. The work is done by PostgreSQL, in sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, text

from amanah.exchange.endpoint import Endpoint

BRANCH = 4  # hex digits that name a branch of records; half of them name the branch above it

# The newest revision that the partner was sent by then and did not refuse, as it looks there.
_OURS = """
    SELECT DISTINCT ON (record.record_ref) record.record_ref, record.revision, record.withdrawn, sent.fingerprint
    FROM {stream} AS record
    JOIN sent_record AS sent ON sent.stream = :stream AND sent.record_ref = record.record_ref
        AND sent.revision = record.revision AND NOT sent.rejected
        AND sent.message_id IN (SELECT message_id FROM message WHERE period <= :period)
    WHERE record.holder = :holder AND record.known_in <= :period
    ORDER BY record.record_ref, record.revision DESC, sent.sequence DESC
"""
_THEIRS = """
    SELECT DISTINCT ON (record_ref) record_ref, revision, withdrawn, fingerprint
    FROM {stream} WHERE holder = :holder AND known_in <= :period ORDER BY record_ref, revision DESC
"""
_LINES = """
    WITH newest AS ({newest}), line AS (
        SELECT left(encode(sha256(convert_to(record_ref, 'UTF8')), 'hex'), {branch}) AS branch, record_ref,
               record_ref || ' ' || revision || ' ' || fingerprint || E'\\n' AS line
        FROM newest WHERE NOT withdrawn
    )
"""
_BRANCHES = """
    SELECT branch, count(*) AS records,
           encode(sha256(convert_to(string_agg(line, '' ORDER BY record_ref COLLATE "C"), 'UTF8')), 'hex') AS hash
    FROM line GROUP BY branch ORDER BY branch
"""
_RECORDS = """
    SELECT record_ref, line FROM line WHERE branch = :branch ORDER BY record_ref COLLATE "C"
"""


@dataclass(frozen=True)
class HeldOf:
    """Which records a tree is over: those of ``holder`` in ``stream``, as both know them at the end of ``period``."""

    stream: str
    holder: str
    period: str


@dataclass(frozen=True)
class Tree:
    """``branches`` are the hashes over records, by the four digits that name a branch; empty ones are left out."""

    records: int
    branches: Mapping[str, str]

    @property
    def root(self) -> str:
        """The hash over everything."""
        return _over(self.below(""))

    def below(self, prefix: str) -> dict[str, str]:
        """The hashes directly below ``prefix`` (nothing, or two digits), by the two digits that follow it."""
        if len(prefix) == BRANCH // 2:
            return {name[BRANCH // 2 :]: found for name, found in self.branches.items() if name.startswith(prefix)}
        heads = sorted({name[: BRANCH // 2] for name in self.branches})
        return {head: _over(self.below(head)) for head in heads}


def grow(connection: Connection, endpoint: Endpoint, held: HeldOf) -> Tree:
    """The tree over ``held``."""
    rows = connection.execute(text(_lines(endpoint, held) + _BRANCHES), _asked(held)).all()
    return Tree(sum(row.records for row in rows), {row.branch: row.hash for row in rows})


def records_of(connection: Connection, endpoint: Endpoint, held: HeldOf, branch: str) -> dict[str, str]:
    """The lines of the records in ``branch``, by reference: reference, revision and fingerprint."""
    query = text(_lines(endpoint, held) + _RECORDS)
    found = connection.execute(query, {**_asked(held), "branch": branch})
    return {row.record_ref: row.line.rstrip("\n") for row in found}


def _lines(endpoint: Endpoint, held: HeldOf) -> str:
    stream = endpoint.agreement.stream(held.stream).name  # an agreed name, never one from outside
    newest = (_OURS if held.holder == endpoint.us else _THEIRS).format(stream=stream)
    return _LINES.format(newest=newest, branch=BRANCH)


def _asked(held: HeldOf) -> dict[str, str]:
    return {"stream": held.stream, "holder": held.holder, "period": held.period}


def _over(hashes: Mapping[str, str]) -> str:
    """The hash of a branch: over one line for each that is below it, in order."""
    return sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()
