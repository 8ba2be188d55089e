"""The checks of the values in a batch: what repeats, what leads nowhere, what lies outside its range."""

from collections.abc import Callable, Collection, Iterator

import pandas as pd

from amanah.quality.check import Check, Result, failing, limit, off
from amanah.quality.columns import apart, in_currency, known, medians
from amanah.quality.demands import Demands
from amanah.quality.expectations import Expectations
from schemas import codelists


def checks(demands: Demands, looked_at: pd.DataFrame, *, critical: bool) -> Iterator[Check]:
    """The checks that ``demands`` ask for. A median is judged per currency that stands in enough records."""
    yield from _uniqueness(demands, critical=critical)
    yield from _references(demands, critical=critical)
    yield from _values(demands, looked_at, critical=critical)


def _uniqueness(demands: Demands, *, critical: bool) -> Iterator[Check]:
    advice = "Ask the source whether these are copies of one record or different ones with the same number."
    for field, share in demands.unique.items():
        yield Check(
            f"unique.{field}",
            critical,
            f"{limit(share)} of {field} in one record only",
            *("ExpectColumnValuesToBeUnique", {"column": field, "mostly": share}),
            failing("stand in more than one record", share),
            advice,
        )
    for fields in demands.unique_together:
        named = " and ".join(fields)
        yield Check(
            f"unique_together.{'+'.join(fields)}",
            critical,
            f"no two records with the same {named}",
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": list(fields), "ignore_row_if": "any_value_is_missing"},
            failing(f"share their {named} with another record"),
            advice,
        )


def _references(demands: Demands, *, critical: bool) -> Iterator[Check]:
    for field, share in demands.known.items():
        yield Check(
            f"known.{field}",
            critical,
            f"{limit(share)} of {field} lead to a record the node holds",
            *("ExpectColumnValuesToBeInSet", {"column": known(field), "value_set": [True], "mostly": share}),
            failing("lead nowhere", share),
            "Load the sources of the records they refer to first; if they are loaded, ask for what is missing.",
        )
    for field, others in demands.not_among.items():
        yield Check(
            f"not_among.{field}",
            critical,
            f"{field} not among the {others} of the same record",
            *("ExpectColumnValuesToBeInSet", {"column": apart(field, others), "value_set": [True]}),
            failing("stand there too"),
            "Look at the mapping of both fields; the source may give the present number in both.",
        )


def _values(demands: Demands, looked_at: pd.DataFrame, *, critical: bool) -> Iterator[Check]:
    for field, (low, high) in demands.within.items():
        yield Check(
            f"within.{field}",
            critical,
            f"{field} from {low:,g} to {high:,g}",
            *("ExpectColumnValuesToBeBetween", {"column": field, "min_value": low, "max_value": high}),
            failing("lie outside"),
            "Look for another unit or currency, or a lost decimal point, in the source.",
        )
    for field, name in demands.in_list.items():
        yield Check(
            f"in_list.{field}",
            critical,
            f"{field} from the code list {name!r}",
            *("ExpectColumnValuesToBeInSet", {"column": field, "value_set": list(codelists.load(name).codes)}),
            failing("are other codes"),
            "Add the new codes to the mapping of the source, or agree them with the partner for the code list.",
        )
    for field, ranges in demands.median_between.items():
        held = medians(looked_at, field)
        for currency in ranges.keys() & held.keys():
            low, high = ranges[currency]
            yield Check(
                f"median_between.{field}.{currency}",
                critical,
                f"the median {field} from {low:,g} to {high:,g} {currency}",
                "ExpectColumnMedianToBeBetween",
                {"column": in_currency(field, currency), "min_value": low, "max_value": high},
                _beyond(low, high),
                "Look for another unit or period (per year, per day) in the source.",
            )


def unjudged(expectations: Expectations, looked_at: pd.DataFrame, judged: Collection[str]) -> Iterator[Check]:
    """Warnings about each currency of many amounts that no check in ``judged`` looks at: no silence about them."""
    for field in expectations.fields_of("median_between"):
        for currency in medians(looked_at, field):
            if {f"{demand}.{field}.{currency}" for demand in ("median_between", "median_shift")} & set(judged):
                continue
            column = in_currency(field, currency)
            yield Check(
                *(f"unjudged_currency.{field}.{currency}", False),
                f"no {column}, for which there is neither a range nor enough earlier batches",
                *("ExpectColumnValuesToBeNull", {"column": column}),
                failing("are, and their amounts were not judged"),
                f"Give {currency} a range under median_between.{field} in the expectations file; if the amounts are in "
                "another currency, mend the mapping of the source.",
            )


def _beyond(low: float, high: float) -> Callable[[Result], str]:
    def say(result: Result) -> str:
        found = float(result["observed_value"])
        if low <= found <= high:
            return "it lies within"
        return off(found / (low if found < low else high), "below", "above")

    return say
