"""What both sides hold, as reconciliation compares it: theirs, and of ours what they were told and did not refuse."""

from collections.abc import Mapping

import pyarrow as pa

from amanah.reconcile.spec import Spec
from amanah.reconcile.standing import SIDES
from amanah.store import records
from amanah.store.database import Database
from schemas.agreement import Agreement


def current(
    database: Database,
    agreement: Agreement,
    stream: str,
    *,
    us: str,
    as_of: str,
    refs: Mapping[str, pa.Array] | None = None,
) -> dict[str, pa.Table]:
    """The current records at the end of ``as_of``, by side (``ours``, ``theirs``), with the fields that are compared.

    With ``refs`` only those that it names, by side.
    """
    holders = zip(SIDES, (us, agreement.other(us)), strict=True)
    return {
        side: records.current(
            database,
            stream,
            holder=holder,
            as_of=as_of,
            shared=holder == us,
            fields=Spec(agreement, stream, us).fields,
            refs=None if refs is None else refs[side].to_pylist(),
        )
        for side, holder in holders
    }
