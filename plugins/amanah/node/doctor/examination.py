"""The whole examination, in the order in which things build on each other; one that fails keeps none from the next."""

from collections.abc import Iterator
from datetime import UTC, datetime

from amanah.node.doctor import evaluation, keys, machine, services, terms
from amanah.node.doctor import wires as agreed_wires
from amanah.node.doctor.finding import Finding, State
from amanah.node.doctor.wires import Rooms, Ways
from amanah.node.node import Node
from amanah.sources import load as load_mapping
from schemas.agreement import Agreement, AgreementError
from schemas.envelope import STATUS_STREAM


def examine(node: Node, ways: Ways | None = None) -> list[Finding]:
    """Look at everything ``node`` is configured with, and is reached by ``ways`` (those of ``node.yaml``).

    No package is sent, nothing is applied; over SFTP a small file is stored in our own folder and removed again.
    """
    return list(_findings(node, ways or Ways.of(node.settings), datetime.now(UTC)))


def _findings(node: Node, ways: Ways, now: datetime) -> Iterator[Finding]:
    settings = node.settings
    agreement = None
    try:
        agreement = node.agreement
    except (AgreementError, OSError) as error:
        yield Finding("agreement", State.FAILED, str(error), "install the file that both sides signed")
    else:
        yield from terms.look_at(agreement, node.us, now)
        if node.us in agreement.parties:
            yield from keys.look_at(node.keys, now)
            yield from evaluation.look_at(settings, agreement, node.us, now)
    for name, source in settings.sources.items():
        try:
            load_mapping(source.mapping)
            yield Finding(f"source {name}", State.OK, f"mapping {source.mapping.name} can be read")
        except (ValueError, OSError) as error:
            yield Finding(f"source {name}", State.FAILED, str(error), "mend its mapping: docs/sources.md")
    yield from services.database(node.database, ledger_room=settings.ledger.room)
    if agreement is not None and node.us in agreement.parties:
        yield from agreed_wires.look_at(node.wires, ways, _rooms(agreement, node.us), now)
    yield services.mail(settings.mail)
    yield from machine.look_at(settings.store)


def _rooms(agreement: Agreement, us: str) -> Rooms:
    streams = (*agreement.streams, STATUS_STREAM)
    theirs, ours = ([f"/{agreement.id}/{party}/{stream}" for stream in streams] for party in (agreement.other(us), us))
    return Rooms(tuple(theirs), tuple(ours))
