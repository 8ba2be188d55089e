"""The corridor as its engineer sees it: what the node knows of the exchange, the terms and the months, at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Certificate, KeyFault, Keys
from amanah.exchange.standing import Standing, standings
from amanah.exchange.watch import Concern
from amanah.node.doctor import State
from amanah.node.doctor.finding import ending
from amanah.node.doctor.keys import one
from amanah.node.node import Node
from amanah.store import findings, quarantine
from schemas.agreement import Agreement

MONTHS = 6  # of the trend


class Ends(StrEnum):
    """What comes to an end."""

    OUR_KEY = "our_key"
    PARTNERS_KEY = "partners_key"
    AGREEMENT = "agreement"
    ASSESSMENT = "assessment"


@dataclass(frozen=True)
class Ending:
    """Something that counts until ``at`` (None: without an end), how that stands, and why it cannot be used."""

    what: Ends
    name: str
    at: datetime | None
    state: State
    fault: str = ""


@dataclass(frozen=True)
class Month:
    """What was open at a month's end, of all streams: links, discrepancies, and those that may mean danger."""

    period: str
    linked: int
    differ: int
    danger: int


@dataclass(frozen=True)
class Corridor:
    """The corridor now. ``quarantine`` counts what waits, by source; every source of the node stands in it."""

    standings: tuple[Standing, ...]
    concerns: tuple[Concern, ...]
    quarantine: Mapping[str, int]
    endings: tuple[Ending, ...]
    months: tuple[Month, ...]


def look_at(node: Node, *, now: datetime | None = None) -> Corridor:
    """Look at the corridor of ``node``; nothing is reached but its database and its keys, and nothing is changed."""
    now = now or datetime.now(UTC)
    with node.database.engine.connect() as connection:
        waits = quarantine.waiting_by_source(connection)
        return Corridor(
            standings=tuple(standings(connection, node.endpoint, now=now)),
            concerns=tuple(node.concerns()),
            quarantine={source: waits.get(source, 0) for source in sorted({*node.settings.sources, *waits})},
            endings=(*_keys(node.keys, now), *_terms(node.agreement, now)),
            months=tuple(Month(*each) for each in findings.counted(connection, most=MONTHS)),
        )


def _keys(keys: Keys, now: datetime) -> Iterator[Ending]:
    sides: Mapping[Ends, Callable[[Keys], list[Certificate]]] = {
        Ends.OUR_KEY: keyring.ours,
        Ends.PARTNERS_KEY: keyring.partners,
    }
    for what, load in sides.items():
        try:
            found = load(keys)
        except KeyFault as fault:
            yield Ending(what, "", None, State.FAILED, str(fault))
            continue
        for key in found:
            others = [each for each in found if each is not key]
            yield Ending(what, key.fingerprint, key.ends, one(what, key, now, others=others).state)


def _terms(agreement: Agreement, now: datetime) -> Iterator[Ending]:
    days = {(Ends.AGREEMENT, agreement.id): agreement.in_force_until}
    days |= {(Ends.ASSESSMENT, paper.id): paper.review_by for paper in agreement.assessments}
    for (what, name), day in days.items():
        end = datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1)
        yield Ending(what, name, end, ending(name, name, end, now, "").state)
