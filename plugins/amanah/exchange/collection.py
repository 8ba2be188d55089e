"""Collection: the partner's packages come from the exchange point into the inbox, each once, unopened."""

from amanah.exchange import messages, package
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.transport import Transport
from amanah.store.locks import hold
from schemas.envelope import MessageId


def collect(endpoint: Endpoint, transport: Transport) -> list[str]:
    """Fetch every package of the partner that is not here yet; return their message ids."""
    fetched = []
    for stream in endpoint.streams:
        folder = f"/{endpoint.agreement.id}/{endpoint.partner}/{stream}"
        for name in transport.names(folder):
            message_id = _message_id(endpoint, stream, name)
            if message_id is not None and _fetch(endpoint, transport, folder, message_id):
                fetched.append(str(message_id))
    return fetched


def _message_id(endpoint: Endpoint, stream: str, name: str) -> MessageId | None:
    """The id a file name stands for; None for a file that is no message of the partner to us in this stream."""
    stem = name.removesuffix(".tar.pgp")
    try:
        found = MessageId.parse(stem)
    except ValueError:
        return None
    ours = (found.sender, found.receiver, found.stream) == (endpoint.partner, endpoint.us, stream)
    return found if ours and name == found.file_name else None


def _fetch(endpoint: Endpoint, transport: Transport, folder: str, message_id: MessageId) -> bool:
    with endpoint.database.engine.begin() as connection:
        hold(connection, "collect")
        if messages.find(connection, str(message_id)) is not None:
            return False
        target = endpoint.inbox(message_id.file_name)
        transport.get(folder, message_id.file_name, target)
        messages.add_received(
            connection,
            message_id,
            environment=endpoint.agreement.environment,
            package_sha256=package.sha256_of(target),
        )
    return True
