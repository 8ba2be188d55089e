"""What was exchanged, for who looks into it: messages that fit, those that spoke of one record, one message whole."""

from collections.abc import Sequence

from amanah.cases import looks
from amanah.exchange.ledger import search
from amanah.exchange.ledger import whole as whole_message
from amanah.exchange.ledger.search import Life, Wanted
from amanah.exchange.ledger.whole import Whole
from amanah.node.node import Node

MOST = 50  # messages of one answer


class NoSuchMessage(LookupError):
    """The node knows no message of that id."""


def found(node: Node, wanted: Wanted) -> tuple[list[Life], bool]:
    """The newest messages that fit, at most ``MOST``; and whether there are more."""
    with node.database.engine.connect() as connection:
        lives = list(search.find(connection, wanted, parties=_parties(node), limit=MOST + 1, newest=True))
    return lives[:MOST], len(lives) > MOST


def of_record(node: Node, record_ref: str, *, by: str, role: str) -> tuple[list[Life], bool]:
    """The messages that said something of a record, the oldest first. That ``by`` searched is kept, for what is not."""
    with node.database.engine.begin() as connection:
        looks.note(connection, "-", by=by, role=role, why="search by a record's reference")
        wanted = Wanted(record=record_ref)
        lives = list(search.find(connection, wanted, parties=_parties(node), limit=MOST + 1))
    return lives[:MOST], len(lives) > MOST


def whole(node: Node, message_id: str) -> Whole:
    """One message whole. Raises ``NoSuchMessage``."""
    with node.database.engine.connect() as connection:
        known = whole_message.whole(connection, node.endpoint, message_id)
    if known is None:
        raise NoSuchMessage(message_id[:80])
    return known


def _parties(node: Node) -> Sequence[str]:
    return list(node.agreement.parties)
