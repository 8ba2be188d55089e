"""Evidence: a folder that somebody with only a shell, ``gpg`` and ``sha256sum`` can check, by the recipe in it.

It holds ids, counts, codes, hashes and signatures, and nothing about a person. Sealed packages are in it only when they
are asked for, and those open for their receiver only.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysequoia
from sqlalchemy import Connection, Row, bindparam, select, text

from amanah import __version__
from amanah.exchange import ledger
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.ledger import Head
from amanah.exchange.ledger.check import package_path
from amanah.exchange.messages import State
from amanah.exchange.package import sha256_of
from amanah.exchange.seal.signature import our_certificates, partner_certificates, sign_file
from amanah.store import tables

RECIPE = Path(__file__).parent / "templates" / "RECIPE.txt"
_PAGE = 200

# Each message that is asked for, the answers to them and what they answer; with the manifest that came before.
# An answer that had to be given anew was carried by several messages: the ledger names them all.
_MESSAGES = text(
    """
    WITH chained AS (
        SELECT *, lag(manifest_sha256) OVER (PARTITION BY direction, stream, environment ORDER BY sequence) AS before
        FROM message
    ), asked AS (
        SELECT message_id, answered_by FROM message
        WHERE (CAST(:period AS text) IS NOT NULL AND period = :period)
            OR message_id = :message OR answered_by = :message
            OR message_id IN (SELECT detail ->> 'answer_to' FROM ledger WHERE message_id = :message)
    )
    SELECT message_id, direction, kind, period, state, package_sha256, manifest_sha256, before, verdict, answered_by,
        manifest, receipt,
        (SELECT min(position) FROM ledger WHERE ledger.message_id = chained.message_id) AS first_entry
    FROM chained
    WHERE message_id IN (
        SELECT message_id FROM asked UNION SELECT answered_by FROM asked
        UNION SELECT detail ->> 'by' FROM ledger JOIN asked USING (message_id)
        WHERE event IN (:answered, :answered_anew)
    )
    ORDER BY direction, stream, sequence
    """
).bindparams(
    bindparam("period"),
    bindparam("message"),
    bindparam("answered", State.ANSWERED.value),
    bindparam("answered_anew", ledger.ANSWERED_ANEW),
)
_LINE = ("message_id", "direction", "kind", "period", "state", "package_sha256", "manifest_sha256", "before", "verdict",
         "answered_by")  # fmt: skip


class NoEvidence(LookupError):
    """There is nothing to show, or nowhere to write it; the text says what to do."""


@dataclass(frozen=True)
class Written:
    """What a folder of evidence holds."""

    folder: Path
    entries: int
    head: Head
    messages: int
    receipts: int
    packages: int
    certified: int
    without_receipt: tuple[str, ...]


def write(
    endpoint: Endpoint,
    folder: Path,
    *,
    period: str | None = None,
    message_id: str | None = None,
    with_packages: bool = False,
    told: Callable[[int], None] = lambda _count: None,
) -> Written:
    """Write the evidence of one month, or of one message, to ``folder``, which must not exist yet.

    The chain in it runs from the first entry about these messages to the head, whatever the entries are about: with
    a hole in it nobody could compute it. The folder appears when it is complete and signed.

    Raises ``NoEvidence`` when there is no such message, or ``folder`` exists.
    """
    if folder.exists():
        raise NoEvidence(f"{folder} exists; evidence is never written over: choose another name")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        written = _write(endpoint, unfinished, period, message_id, with_packages=with_packages, told=told)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Written(folder, **written)


def _write(
    endpoint: Endpoint,
    folder: Path,
    period: str | None,
    message_id: str | None,
    *,
    with_packages: bool,
    told: Callable[[int], None],
) -> dict[str, Any]:
    for name in ("certificates", "manifests", "receipts", *(("packages",) if with_packages else ())):
        (folder / name).mkdir()
    shutil.copyfile(RECIPE, folder / "RECIPE.txt")
    fingerprints = _certificates(endpoint, folder / "certificates")
    counts: dict[str, Any] = {"messages": 0, "receipts": 0, "packages": 0}
    bare: list[str] = []
    first = None
    with endpoint.database.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with (folder / "messages.txt").open("w", encoding="ascii") as file:
            for row in _messages(connection, period, message_id):
                file.write(" ".join(str(getattr(row, name) or "-") for name in _LINE) + "\n")
                counts["messages"] += 1
                counts["receipts"] += _papers(row, folder)
                counts["packages"] += with_packages and _package(endpoint, row, folder / "packages")
                first = min(first or row.first_entry, row.first_entry)
                if row.answered_by is not None and row.receipt is None:
                    bare.append(row.message_id)
        if first is None:
            raise NoEvidence(f"there is no message of {period or message_id}; `amanah ledger find` shows what there is")
        certified = _certified(connection, folder / "certified", period)
        entries, before, head = _chain(connection, folder / "chain.txt", first, told)
    (folder / "evidence.txt").write_text(f"{endpoint.us} {endpoint.partner} {first} {before}\n", encoding="ascii")
    result = {**counts, "certified": certified, "entries": entries, "head": head, "without_receipt": tuple(bare)}
    (folder / "SUMMARY.txt").write_text(
        _summary(endpoint, period or str(message_id), fingerprints, result), encoding="utf-8"
    )
    _sign(endpoint, folder)
    return result


def _messages(connection: Connection, period: str | None, message_id: str | None) -> Iterator[Row[Any]]:
    asked = {"period": period, "message": message_id}
    yield from connection.execute(_MESSAGES, asked, execution_options={"yield_per": _PAGE})


def _papers(row: Row[Any], folder: Path) -> bool:
    """Write a message's manifest and the receipt of its answer; whether there was a receipt."""
    if row.manifest is not None:
        (folder / "manifests" / f"{row.message_id}.json").write_bytes(row.manifest.encode())
    if row.receipt is None:
        return False
    (folder / "receipts" / f"{row.answered_by}.asc").write_bytes(row.receipt.encode())
    return True


def _package(endpoint: Endpoint, row: Row[Any], folder: Path) -> bool:
    kept = package_path(endpoint, row.direction, row.message_id)
    if kept.exists():
        shutil.copyfile(kept, folder / kept.name)
    return kept.exists()


def _certified(connection: Connection, folder: Path, period: str | None) -> int:
    """Write what both sides signed that they held at the month's end; how many of the two papers there are."""
    folder.mkdir()
    found = connection.execute(select(tables.certificate).where(tables.certificate.c.period == period)).all()
    for row in found:
        (folder / f"{row.party}.asc").write_bytes(row.signed.encode())
    return len(found)


def _chain(connection: Connection, path: Path, first: int, told: Callable[[int], None]) -> tuple[int, str, Head]:
    """Write the entries from ``first`` on; return how many, the hash before them, and the head."""
    count, before, head = 0, ledger.BEFORE_THE_FIRST, Head(ledger.BEFORE_THE_FIRST, 0)
    with path.open("w", encoding="ascii") as file:
        for entry in ledger.entries(connection, since=first):
            before = before if count else entry.previous_hash
            file.write(f"{entry.hash} {entry.line}")
            count, head = count + 1, Head(entry.hash, entry.position)
            told(count)
    return count, before, head


def _certificates(endpoint: Endpoint, folder: Path) -> list[tuple[str, str]]:
    """Write both sides' certificates; return party and fingerprint of each."""
    found: list[tuple[str, pysequoia.Cert]] = [
        (endpoint.us, certificate) for certificate in our_certificates(endpoint.keys)
    ]
    found += [(endpoint.partner, certificate) for certificate in partner_certificates(endpoint.keys)]
    for party, certificate in found:
        (folder / f"{party}-{certificate.fingerprint}.pgp").write_bytes(bytes(certificate))
    return [(party, str(certificate.fingerprint)) for party, certificate in found]


def _summary(endpoint: Endpoint, about: str, fingerprints: list[tuple[str, str]], result: dict[str, Any]) -> str:
    lines = [
        f"Evidence of the exchange of records, {endpoint.agreement.id}: {about}",
        "",
        f"made by            the node of {endpoint.us}, amanah {__version__}",
        f"made at            {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"agreement          sha256 {endpoint.agreement.sha256}",
        *(f"certificate {party}    {fingerprint}" for party, fingerprint in fingerprints),
        f"messages           {result['messages']}",
        f"receipts           {result['receipts']}",
        f"sealed packages    {result['packages']}",
        f"certificates       {result['certified']} of what both held at the month's end",
        f"ledger entries     {result['entries']}",
        f"head of the ledger {result['head']}",
        "",
        *(f"without a receipt  {each}" for each in result["without_receipt"]),
        "It holds no record and nothing about a person. How to check it: RECIPE.txt.",
    ]
    return "".join(f"{line}\n" for line in lines)


def _sign(endpoint: Endpoint, folder: Path) -> None:
    sums = folder / "SHA256SUMS"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = "".join(f"{sha256_of(path)}  {path.relative_to(folder)}\n" for path in files)
    sums.write_text(content, encoding="ascii")
    sign_file(sums, folder / "SHA256SUMS.asc", endpoint.keys)
