"""The checks of how much of a batch there is, how new it is and how complete."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd

from amanah.quality.batch import Batch
from amanah.quality.check import FIGURES, Check, failing, limit, percent, records
from amanah.quality.columns import given
from amanah.quality.demands import Demands

REFUSED = "refused_share"
_REASONS_SAID = 5


def figures(batch: Batch) -> dict[str, float]:
    """What is worked out for these checks beside the records."""
    return {REFUSED: batch.refused / max(1, batch.refused + len(batch.records))}


def checks(batch: Batch, demands: Demands, *, enough: int, critical: bool) -> Iterator[Check]:
    """The checks that ``demands`` ask for. Fewer than ``enough`` records may be late corrections; their age is fine."""
    yield from _size(batch, demands, critical=critical)  # what was refused first: it explains what is not there
    if len(batch.records) >= enough:
        yield from _newest(batch, demands, critical=critical)
    yield from _not_after(batch, demands, critical=critical)
    yield from _completeness(demands, critical=critical)


def _size(batch: Batch, demands: Demands, *, critical: bool) -> Iterator[Check]:
    if demands.refused_share_at_most is not None:
        read = batch.refused + len(batch.records)
        most = max(demands.refused_share_at_most, demands.refused_always_allowed / max(1, read))
        yield Check(
            "refused_share_at_most",
            critical,
            f"at most {limit(demands.refused_share_at_most)} of what was read refused by the schema; "
            f"{records(demands.refused_always_allowed)} are always allowed",
            "ExpectColumnMaxToBeBetween",
            {"column": REFUSED, "max_value": most},
            lambda _result: _refused(batch, read, most),
            "Mend the source or its mapping, then run extract again.",
            FIGURES,
        )
    if demands.rows_at_least is not None:
        yield Check(
            *("rows_at_least", critical, f"at least {records(demands.rows_at_least)}"),
            *("ExpectTableRowCountToBeBetween", {"min_value": demands.rows_at_least}),
            lambda result: size(batch, int(result["observed_value"])),
            "Mend what the schema refused, then run extract again."
            if batch.refused
            else "Ask the source whether it has delivered the month, then run extract again.",
        )


def _newest(batch: Batch, demands: Demands, *, critical: bool) -> Iterator[Check]:
    end = batch.last_day
    for field, days in demands.newest_within_days.items():
        yield Check(
            f"newest_within_days.{field}",
            critical,
            f"the newest {field} at most {days} days before the end of {batch.period}",
            "ExpectColumnMaxToBeBetween",
            {"column": field, "min_value": end - timedelta(days=days)},
            lambda result: _age(result["observed_value"], end),
            "Ask whether the source is still kept up to date; an old copy is the usual reason.",
        )


def _not_after(batch: Batch, demands: Demands, *, critical: bool) -> Iterator[Check]:
    end = batch.last_day
    for field, share in demands.not_after_month.items():
        yield Check(
            f"not_after_month.{field}",
            critical,
            f"{limit(share)} of {field} not after the end of {batch.period}",
            *("ExpectColumnValuesToBeBetween", {"column": field, "max_value": end, "mostly": share}),
            failing("lie after it", share),
            "Look for day and month exchanged, another calendar or a wrong time zone in the mapping of the source.",
        )


def _completeness(demands: Demands, *, critical: bool) -> Iterator[Check]:
    for field, share in demands.present.items():
        yield Check(
            f"present.{field}",
            critical,
            f"{field} in {limit(share)} of the records, or said not to apply",
            *("ExpectColumnValuesToNotBeNull", {"column": given(field), "mostly": share}),
            failing("have none", share),
            "Ask the source what changed; a column renamed or no longer exported is the usual reason.",
        )


def size(batch: Batch, accepted: int) -> str:
    """How many records there are; where the schema refused some, of how many."""
    if batch.refused:
        return f"{accepted:,} accepted of {accepted + batch.refused:,} read"
    return f"the batch has {records(accepted)}"


def _age(newest: datetime | pd.Timestamp | None, end: datetime) -> str:
    if newest is None or pd.isna(newest):
        return "no record has a date"
    days = (end - pd.Timestamp(newest).to_pydatetime()).days
    return f"the newest is {days} days before it" if days > 0 else "the newest is in the month's last day or after it"


def _refused(batch: Batch, read: int, most: float) -> str:
    said = f"{batch.refused:,} of {records(read)} ({percent(batch.refused / max(1, read), most)})"
    usual = ", ".join(f"{reason} ({count:,})" for reason, count in Counter(batch.reasons).most_common(_REASONS_SAID))
    return f"{said}; most often {usual}" if usual else said
