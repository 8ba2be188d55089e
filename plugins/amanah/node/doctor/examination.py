"""The whole examination, in the order in which things build on each other; one that fails keeps none from the next."""

from collections.abc import Iterator
from datetime import UTC, datetime

from amanah.node.doctor import keys, machine, services, terms
from amanah.node.doctor.finding import Finding, State
from amanah.node.node import Node
from amanah.sources import load as load_mapping
from schemas.agreement import AgreementError


def examine(node: Node, now: datetime | None = None) -> list[Finding]:
    """Look at everything ``node`` is configured with. Nothing is changed, sent or applied."""
    return list(_findings(node, now or datetime.now(UTC)))


def _findings(node: Node, now: datetime) -> Iterator[Finding]:
    settings = node.settings
    folders: list[str] = []
    try:
        agreement = node.agreement
    except (AgreementError, OSError) as error:
        yield Finding("agreement", State.FAILED, str(error), "install the file that both sides signed")
    else:
        yield from terms.look_at(agreement, node.us, now)
        if node.us in agreement.parties:
            yield from keys.look_at(node.keys, now)
            folders = [f"/{agreement.id}/{node.us}/{stream}" for stream in agreement.streams]
            folders += [f"/{agreement.id}/{agreement.other(node.us)}/{stream}" for stream in agreement.streams]
    for name, source in settings.sources.items():
        try:
            load_mapping(source.mapping)
            yield Finding(f"source {name}", State.OK, f"mapping {source.mapping.name} can be read")
        except (ValueError, OSError) as error:
            yield Finding(f"source {name}", State.FAILED, str(error), "mend its mapping: docs/sources.md")
    yield from services.database(node.database)
    yield from services.exchange_point(settings.sftp, folders)
    yield services.mail(settings.mail)
    yield from machine.look_at(settings.store)
