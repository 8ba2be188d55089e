"""What of a stream changed since it was last reconciled: by month, and by message for what came in between.

A record counts as changed when a revision of it became known in a later month, when it stood in a message that the
last run had not heard of in full, or when it is to be sent again: the partner turned out not to hold it as we believed.
Too many are no harm: a record that did not change is only looked at again.
"""

from collections.abc import Mapping

import pyarrow as pa
from sqlalchemy import Connection, select

from amanah.exchange import messages
from amanah.node import sides
from amanah.reconcile.standing import Changed
from amanah.store.database import Database
from amanah.store.positions import Left
from amanah.store.tables import message
from schemas.agreement import Agreement

_KNOWN_SINCE = "SELECT record_ref AS ref FROM {table} WHERE holder = $1 AND known_in > $2 AND known_in <= $3"
_SENT = "SELECT record_ref AS ref FROM sent_record WHERE message_id = ANY($1)"
_UNSENT = "SELECT record_ref AS ref FROM unsent WHERE stream = $1 AND known_in <= $2"
_RECEIVED = "SELECT record_ref AS ref FROM {table} WHERE holder = $1 AND known_in >= $2 AND origin = ANY($3)"


def heard(connection: Connection, stream: str, period: str) -> frozenset[str]:
    """Ids of the messages of ``stream`` until ``period`` that are answered: nothing more becomes of their records."""
    by_then = message.c.period.is_(None) | (message.c.period <= period)  # what could not be read is of no month
    answered = message.c.stream == stream, message.c.answered_at.is_not(None), by_then
    return frozenset(connection.execute(select(message.c.message_id).where(*answered)).scalars())


def since(
    left: Left, database: Database, agreement: Agreement, stream: str, *, us: str, period: str
) -> Mapping[str, Changed]:
    """What changed on the sides ``ours`` and ``theirs`` since a run ``left`` off, until the end of ``period``."""
    last, them = left.terms.period, agreement.other(us)
    with database.engine.connect() as connection:
        of_stream = select(message.c.message_id, message.c.direction, message.c.period).where(
            message.c.stream == stream
        )
        unheard = [each for each in connection.execute(of_stream) if each.message_id not in left.heard]
    # What came later than the month it is of is known in a later one, so only a message that arrived while the last
    # run was reading can hold records that seem older.
    early = [each for each in unheard if each.direction == messages.IN and each.period and each.period <= last]
    told = {
        "ours": [
            database.arrow(_KNOWN_SINCE.format(table=stream), (us, last, period)),
            database.arrow(_SENT, ([each.message_id for each in unheard if each.direction == messages.OUT],)),
            database.arrow(_UNSENT, (stream, period)),
        ],
        "theirs": [database.arrow(_KNOWN_SINCE.format(table=stream), (them, last, period))],
    }
    if early:
        first = min(each.period for each in early)
        told["theirs"].append(
            database.arrow(_RECEIVED.format(table=stream), (them, first, [each.message_id for each in early]))
        )
    refs = {side: pa.concat_tables(tables)["ref"].combine_chunks().unique() for side, tables in told.items()}
    now = sides.current(database, agreement, stream, us=us, as_of=period, refs=refs)
    return {side: Changed(refs[side], now[side]) for side in refs}
