"""Of which series an indicator can tell: who has said anything, and what the agreement lets each side share."""

from collections.abc import Mapping

from reports.figure import MATCHED
from reports.indicators import Indicator
from schemas.agreement import Agreement


def not_shared(indicator: Indicator, agreement: Agreement) -> dict[str, tuple[str, ...]]:
    """Of each side, the fields that the indicator needs and that the agreement does not let it share."""
    if indicator.stream is None or indicator.stream not in agreement.streams:
        return {}
    kept = {
        side: tuple(field for field in indicator.fields if field not in granted)
        for side in agreement.parties
        for granted in [agreement.granted(indicator.stream, sender=side)]
    }
    return {side: fields for side, fields in kept.items() if fields}


def known(indicator: Indicator, agreement: Agreement, absent: frozenset[tuple[str | None, str]]) -> Mapping[str, bool]:
    """Each series in its order, and whether anything can be known of it.

    A side without a field that is needed is not; the pairs are, as long as one side or the other has each field.
    """
    kept = not_shared(indicator, agreement)
    nobody_has = set.intersection(*(set(kept.get(side, ())) for side in agreement.parties))
    without = {*kept, *([MATCHED] if nobody_has else [])}
    return {
        series: (indicator.stream, series) not in absent and series not in without
        for series in (*agreement.parties, MATCHED)
    }
