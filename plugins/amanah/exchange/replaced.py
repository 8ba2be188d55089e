"""Other content under a message id that was taken: noticed when the partner's folders are listed, and never taken.

A wire tells a little of each file without its being fetched, its *mark*: size and time over SFTP, the hash over HTTPS.
When a mark changed, the file is fetched aside and compared. The same content, put again, changes nothing. Other content
is an alarm: the first stands, as it was answered, and two people have to find out who made the second.
"""

import logging
from collections.abc import Mapping

from sqlalchemy import Connection, Row, select, update

from amanah.exchange import ledger, messages, package
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.transport import Transport, TransportError
from amanah.store.locks import hold
from amanah.store.tables import message
from schemas.envelope import MessageId

log = logging.getLogger(__name__)

REASON = "other content lies at the exchange point under a message id that was taken"


def look(endpoint: Endpoint, transport: Transport, stream: str, folder: str, marks: Mapping[str, str]) -> None:
    """Compare what lies in ``folder`` with what was fetched from it, as far as ``marks`` say that it changed."""
    query = select(message.c.message_id, message.c.mark).where(
        message.c.direction == messages.IN, message.c.stream == stream
    )
    with endpoint.database.engine.connect() as connection:
        known = {MessageId.parse(name).file_name: (name, mark) for name, mark in connection.execute(query)}
    for file_name, mark in marks.items():
        message_id, before = known.get(file_name, ("", mark))
        if before != mark:
            _compare(endpoint, transport, folder, message_id, mark)


def _compare(endpoint: Endpoint, transport: Transport, folder: str, message_id: str, mark: str) -> None:
    with endpoint.database.engine.begin() as connection:
        hold(connection, "compare")
        row = messages.find(connection, message_id)
        if row is None or row.mark == mark:
            return
        if row.mark is not None and _kind(row.mark) == _kind(mark):  # else there is nothing to compare with
            try:
                _judge(connection, endpoint, transport, folder, row)
            except TransportError as error:
                log.warning("%s is compared the next time: %s", message_id, error)
                return
        connection.execute(update(message).where(message.c.message_id == message_id).values(mark=mark))


def _judge(
    connection: Connection, endpoint: Endpoint, transport: Transport, folder: str, row: Row[tuple[object, ...]]
) -> None:
    file_name = MessageId.parse(row.message_id).file_name
    aside = endpoint.inbox(".compared")  # what a killed comparison leaves there, the next one replaces
    try:
        transport.get(folder, file_name, aside)
        found = package.sha256_of(aside)
    finally:
        aside.unlink(missing_ok=True)
    if found != row.package_sha256:
        log.warning("%s: %s", row.message_id, REASON)
        ledger.append(connection, str(row.message_id), "alarm", reason=REASON, found_sha256=found)


def _kind(mark: str) -> str:
    return mark.partition(" ")[0]
