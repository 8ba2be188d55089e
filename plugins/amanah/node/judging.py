"""What a batch is judged with: its records, and what the node knows beside them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from amanah.quality.batch import Batch
from amanah.quality.contract import Checked
from amanah.quality.expectations import Expectations
from amanah.store import findings, profiles, references
from schemas.agreement import Agreement
from schemas.streams import Stream


def to_judge(
    connection: Connection,
    checked: Checked,
    *,
    agreement: Agreement,
    expectations: Expectations,
    us: str,
    stream: Stream,
    source: str,
    period: str,
) -> Batch:
    """The batch of ``source`` for ``period``. Only what was known by then counts: an earlier month stays as it was."""
    linkage = agreement.streams[stream.name].linkage
    as_of = findings.first_open_period(connection, period)
    known: dict[str, set[str]] = {}
    for field in expectations.fields_of("known"):
        refs = {ref for record in checked.accepted for ref in _references(record, field)}
        parent = linkage.parent_stream if field == linkage.parent else None
        known[field] = references.known(connection, parent or stream.name, holder=us, refs=refs, as_of=as_of)
        if parent is None:
            known[field] |= {str(record["record_ref"]) for record in checked.accepted}
    return Batch(
        stream,
        source,
        period,
        checked.accepted,
        checked.refused,
        reasons=Counter(f"{failure.field or 'record'} {failure.code}" for failure in checked.failures),
        known=known,
        history=profiles.before(connection, source, period, months=expectations.compare_with.months),
    )


def _references(record: Mapping[str, object], field: str) -> Iterator[str]:
    value = record.get(field)
    yield from ([value] if isinstance(value, str) else value or ())  # type: ignore[misc] # a list of references
