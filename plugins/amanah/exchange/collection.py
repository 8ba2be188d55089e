"""Collection: the partner's packages come from the exchange point into the inbox, each once, unopened."""

import logging
from contextlib import closing

from amanah.exchange import again, messages, package, replaced
from amanah.exchange.arrivals import awaited
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.transport import ToGet, Transport, TransportError, get_each
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
    with endpoint.database.engine.begin() as turn:
        hold(turn, "collect")  # two at once would fetch the same
        for stream in awaited(endpoint):
            marks = transport.marks(stream.folder)
            new = [each for each in map(_message_id, filter(stream.is_new, marks)) if _is_wanted(endpoint, each)]
            files = [ToGet(stream.folder, each.file_name, endpoint.inbox(each.file_name)) for each in new]
            with closing(get_each(transport, files)) as outcomes:
                for message_id, error in zip(new, outcomes, strict=True):
                    if error is None:
                        _note_received(endpoint, message_id, marks[message_id.file_name])
                        fetched.append(str(message_id))
                        in_a_row = 0
                        continue
                    if not isinstance(error, TransportError):
                        raise error
                    failed, in_a_row = [*failed, error], in_a_row + 1
                    if in_a_row == MOST_FAILURES:
                        raise error
                    log.warning("%s is left for the next time: %s", message_id.file_name, error)
            replaced.look(endpoint, transport, stream.stream, stream.folder, marks)
    if failed and not fetched:
        raise failed[0]
    return fetched


def _message_id(file_name: str) -> MessageId:
    return MessageId.parse(file_name.removesuffix(".tar.pgp"))


def _is_wanted(endpoint: Endpoint, message_id: MessageId) -> bool:
    """Whether it never came, or came and has to come again."""
    with endpoint.database.engine.connect() as connection:
        row = messages.find(connection, str(message_id))
    return row is None or again.is_wanted(endpoint, row.message_id, row.state)


def _note_received(endpoint: Endpoint, message_id: MessageId, mark: str) -> None:
    came = {"package_sha256": package.sha256_of(endpoint.inbox(message_id.file_name)), "mark": mark}
    with endpoint.database.engine.begin() as connection:
        if messages.find(connection, str(message_id)) is None:
            messages.add_received(connection, message_id, environment=endpoint.agreement.environment, **came)
        else:
            messages.add_again(connection, str(message_id), **came)
