"""Collection: the partner's packages come from the exchange point into the inbox, each once, unopened."""

import logging

from amanah.exchange import again, messages, package, replaced
from amanah.exchange.arrivals import awaited
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.transport import Transport, TransportError
from amanah.store.locks import hold
from schemas.envelope import MessageId

log = logging.getLogger(__name__)

MOST_FAILURES = 3  # fetches failed without one between them that succeeds; then it is not the file but the link


def collect(endpoint: Endpoint, transport: Transport) -> list[str]:
    """Fetch every package of the partner that is not here yet; return their message ids.

    A file that cannot be fetched does not keep the others from coming: it is left for the next time. Raises
    ``TransportError`` when the exchange point cannot be reached, or when nothing could be fetched of what is there.
    """
    fetched: list[str] = []
    failed: list[TransportError] = []
    in_a_row = 0
    for stream in awaited(endpoint):
        marks = transport.marks(stream.folder)
        for name in filter(stream.is_new, marks):
            message_id = MessageId.parse(name.removesuffix(".tar.pgp"))
            try:
                if _fetch(endpoint, transport, stream.folder, message_id, marks[name]):
                    fetched.append(str(message_id))
                in_a_row = 0
            except TransportError as error:
                failed, in_a_row = [*failed, error], in_a_row + 1
                if in_a_row == MOST_FAILURES:
                    raise
                log.warning("%s is left for the next time: %s", name, error)
        replaced.look(endpoint, transport, stream.stream, stream.folder, marks)
    if failed and not fetched:
        raise failed[0]
    return fetched


def _fetch(endpoint: Endpoint, transport: Transport, folder: str, message_id: MessageId, mark: str) -> bool:
    with endpoint.database.engine.begin() as connection:
        hold(connection, "collect")
        row = messages.find(connection, str(message_id))
        if row is not None and not again.is_wanted(endpoint, row.message_id, row.state):
            return False
        target = endpoint.inbox(message_id.file_name)
        transport.get(folder, message_id.file_name, target)
        came = {"package_sha256": package.sha256_of(target), "mark": mark}
        if row is None:
            messages.add_received(connection, message_id, environment=endpoint.agreement.environment, **came)
        else:
            messages.add_again(connection, str(message_id), **came)
    return True
