"""Giving our certificate of a month, taking the partner's, and holding one against the other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from amanah.exchange import ledger, words
from amanah.exchange.building import build_certificate
from amanah.exchange.certificate import difference, paper
from amanah.exchange.certificate.tree import HeldOf, grow
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.seal.signature import SignatureError
from amanah.store.tables import certificate as given
from schemas.envelope import Certificate, HeldTree

_MIRRORED = {"missing_there": "missing_here", "missing_here": "missing_there"}


def give(
    connection: Connection,
    endpoint: Endpoint,
    period: str,
    *,
    links: Mapping[str, int],
    discrepancies: Mapping[str, Mapping[str, int]],
) -> str | None:
    """Build our certificate of ``period``; None when the same was given before.

    ``links`` is the stream -> how many records are linked, ``discrepancies`` the stream -> class -> how many, as we
    see them.
    """
    made = Certificate(
        period=period,
        agreement_sha256=endpoint.agreement.sha256,
        trees=tuple(_trees(connection, endpoint, period)),
        links=links,
        discrepancies={stream: _as_first_party(endpoint, kinds) for stream, kinds in discrepancies.items()},
    )
    said = paper.text(made)
    before = _said(connection, period, endpoint.us)
    if before == said:
        return None
    signed = paper.sign(made, endpoint.keys)
    carried_by = build_certificate(connection, endpoint, made, signed)
    _keep(connection, period, endpoint.us, said, signed, carried_by)
    _compare(connection, endpoint, period, carried_by)
    return carried_by


def take(connection: Connection, endpoint: Endpoint, room: Path, *, carried_by: str) -> None:
    """Keep the partner's certificate in ``room`` and hold ours against it. One that is not signed raises an alarm."""
    certificate = words.read(room, words.CERTIFICATE_PART, Certificate)
    try:
        signed = paper.take(_signed(room), certificate, endpoint.keys)
    except SignatureError as error:
        ledger.append(connection, carried_by, "alarm", reason=f"a certificate that proves nothing: {error}")
        return
    _keep(connection, certificate.period, endpoint.partner, paper.text(certificate), signed, carried_by)
    _compare(connection, endpoint, certificate.period, carried_by)


def given_at(connection: Connection, period: str, party: str) -> datetime | None:
    """When the signed certificate of ``party`` for ``period`` was given, or came here; None where there is none."""
    query = select(given.c.at).where(given.c.period == period, given.c.party == party)
    at: datetime | None = connection.execute(query).scalar_one_or_none()
    return at


def _signed(room: Path) -> bytes:
    if not (room / paper.PART).exists():
        raise SignatureError("there is no signed text")
    return (room / paper.PART).read_bytes()


def _trees(connection: Connection, endpoint: Endpoint, period: str) -> list[HeldTree]:
    held = [
        HeldOf(stream, party, period) for stream in endpoint.agreement.streams for party in endpoint.agreement.parties
    ]
    grown = [(each, grow(connection, endpoint, each)) for each in held]
    return [HeldTree(stream=each.stream, holder=each.holder, records=t.records, root=t.root) for each, t in grown]


def _as_first_party(endpoint: Endpoint, kinds: Mapping[str, int]) -> dict[str, int]:
    if endpoint.us == next(iter(endpoint.agreement.parties)):
        return dict(kinds)
    return {_MIRRORED.get(kind, kind): count for kind, count in kinds.items()}


def _said(connection: Connection, period: str, party: str) -> str | None:
    query = select(given.c.said).where(given.c.period == period, given.c.party == party)
    said: str | None = connection.execute(query).scalar_one_or_none()
    return said


def _keep(connection: Connection, period: str, party: str, said: str, signed: str, carried_by: str) -> None:
    values = {"period": period, "party": party, "said": said, "signed": signed, "carried_by": carried_by}
    statement = insert(given).values({**values, "at": datetime.now(UTC)})
    connection.execute(statement.on_conflict_do_update(constraint=given.primary_key, set_=dict(statement.excluded)))


def _compare(connection: Connection, endpoint: Endpoint, period: str, carried_by: str) -> None:
    """Once both are there: they agree, or an alarm says in what they do not and the difference is looked for."""
    ours, theirs = (_said(connection, period, party) for party in (endpoint.us, endpoint.partner))
    if ours is None or theirs is None:
        return
    if ours == theirs:
        ledger.append(connection, carried_by, "certified", period=period)
        return
    apart = {line.split()[0] for line in set(ours.splitlines()) ^ set(theirs.splitlines())}
    reason = f"certificates of {period} differ in {', '.join(sorted(apart))}"
    ledger.append(connection, carried_by, "alarm", reason=reason)
    if "held" in apart:
        difference.begin(connection, endpoint, period, ours=ours, theirs=theirs)
