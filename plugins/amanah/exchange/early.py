"""A request for what is missing that comes before its turn is obeyed at once.

It may be what both sides wait for: what it asks for may hold the partner's stream up, in which our own request to them
waits. To obey it again when its turn has come changes nothing.
"""

import logging

from sqlalchemy import Connection, Row

from amanah.exchange import messages, resend, words
from amanah.exchange.codes import Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.opening import open_package
from amanah.exchange.room import private_room
from schemas.envelope import Kind, ResendRequest

log = logging.getLogger(__name__)


def obey(connection: Connection, endpoint: Endpoint, row: Row[tuple[object, ...]]) -> None:
    """Obey the status message ``row`` if it is such a request; the admission's lock is held."""
    messages.begin_try(endpoint.database, str(row.message_id))
    with private_room(endpoint.folder, "admitting") as room:
        try:
            if open_package(endpoint, row, None, room, in_turn=False).manifest.kind is Kind.RESEND_REQUEST:
                request = words.read(room, words.RESEND_PART, ResendRequest)
                resend.obey(connection, endpoint, request, carried_by=str(row.message_id))
        except Refused as refusal:  # judged when its turn has come
            log.info("%s comes before its turn and cannot be read yet: %s", row.message_id, refusal)
