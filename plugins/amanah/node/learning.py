"""By which parameters a month's probable links are judged: those learned from the first month of its quarter.

What linking learns hangs on the records it learns from. Both nodes have to judge by the same, whatever each of them has
kept or reconciled before; so it is learned from what both have exchanged by the end of one month that both can name.
And for two months of three, what was not touched by a change need not be looked at again.
"""

import duckdb
from sqlalchemy import Connection

from amanah import __version__
from amanah.cases import decisions
from amanah.exchange import messages
from amanah.node import sides
from amanah.periods import months_of, quarter_of
from amanah.reconcile import Known, Parameters, reconcile
from amanah.reconcile.probable.parameters import MODEL
from amanah.reconcile.standing import SIDES
from amanah.store import positions
from amanah.store.database import Database
from amanah.store.positions import Terms
from schemas.agreement import Agreement

LINKER = f"amanah {__version__}, model {MODEL}, DuckDB {duckdb.__version__}"
"""What found a position: another release may judge otherwise, or hash otherwise."""


def month_of_learning(connection: Connection, stream: str, period: str) -> str:
    """The first month of the quarter of ``period``, or that in which both sides first told of records, if later.

    From a month without records on one side nothing is learned by which those of another could be judged.
    """
    told = [messages.first_told(connection, direction, stream) or period for direction in (messages.IN, messages.OUT)]
    return min(period, max(months_of(quarter_of(period))[0], *told))


def parameters(
    database: Database, agreement: Agreement, *, us: str, stream: str, period: str, anew: bool
) -> Parameters | None:
    """The parameters for ``period``; None when the month is itself the one to learn from, or nothing is to be learned.

    Args:
        database: the node's.
        agreement: what both sides agreed.
        us: our party.
        stream: stream that stands for itself.
        period: month to be reconciled.
        anew: whether to learn from the month again if it was learned from before.
    """
    if not agreement.streams[stream].linkage.probable:
        return None
    with database.engine.connect() as connection:
        terms = Terms(month_of_learning(connection, stream, period), agreement.sha256, LINKER)
        kept = None if anew and terms.period == period else positions.parameters(connection, stream, terms)
    if kept is not None:
        return Parameters.from_json(kept)
    if terms.period == period:
        return None
    with database.engine.connect() as connection:
        known = Known(decisions.in_force(connection, stream, terms.period))
    held = sides.current(database, agreement, stream, us=us, as_of=terms.period)
    found = reconcile(
        *(held[side] for side in SIDES), stream=stream, agreement=agreement, us=us, period=terms.period, known=known
    ).parameters
    if found is not None:
        with database.engine.begin() as connection:
            positions.keep_parameters(connection, stream, terms, found.to_json())
    return found
