"""What came and is spoilt or gone here is fetched again; nobody has to ask for it.

A disk may damage or lose a package after it came. The exchange point still has it: the package is let go of, the next
collection fetches it, and the message waits meanwhile. An answer that cannot be read gets the same chance, since nobody
answers it and nobody would send it again. Refused or set aside is only what is unreadable as the exchange point has it.
"""

from sqlalchemy import Connection, Row, func, select

from amanah.exchange import ledger, package
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.store.tables import ledger as entries
from schemas.envelope import STATUS_STREAM, MessageId

MOST_TIMES = 3  # of one message; then it is not the copy here that is at fault
LET_GO, FETCHED = "let go", "fetched again"  # in the ledger
_UNREADABLE = frozenset({Code.NOT_A_PACKAGE, Code.CANNOT_OPEN, Code.OTHER_SEAL, Code.MALFORMED})
_NOT_TAKEN = frozenset({State.RECEIVED, State.HELD})


def is_wanted(endpoint: Endpoint, message_id: str, state: str) -> bool:
    """Whether a message of the partner's is not taken yet, and its package is not here any more."""
    return state in _NOT_TAKEN and not endpoint.inbox(MessageId.parse(message_id).file_name).exists()


def let_go(connection: Connection, endpoint: Endpoint, row: Row[tuple[object, ...]], refusal: Refused) -> bool:
    """Let go of a package that cannot be opened, so that it is fetched again; whether that was done.

    Not where it is what came and nobody but its sender can mend it; nor where it was fetched often enough.
    """
    here = endpoint.inbox(MessageId.parse(row.message_id).file_name)
    spoilt_here = package.sha256_of(here) != row.package_sha256
    unheard = row.stream == STATUS_STREAM and refusal.code in _UNREADABLE
    if not (spoilt_here or unheard):
        return False
    query = select(func.count()).where(entries.c.message_id == row.message_id, entries.c.event == LET_GO)
    if connection.execute(query).scalar_one() >= MOST_TIMES:
        return False
    here.unlink()  # killed before the entry is there: it is gone, and so fetched again all the same
    ledger.append(connection, str(row.message_id), LET_GO, reason=str(refusal))
    return True
