"""The checks that hold a batch against the batches of the same source before it: volume, drift of codes, of wages."""

from collections.abc import Callable, Iterator, Mapping
from math import ceil, floor
from statistics import median

import pandas as pd

from amanah.quality import drift
from amanah.quality.batch import Batch
from amanah.quality.check import FIGURES, Check, Result, limit, off, percent, records
from amanah.quality.checks_of_size import size
from amanah.quality.columns import in_currency, medians, profile
from amanah.quality.demands import Demands
from amanah.quality.expectations import Expectations

Counts = Mapping[str, int]


class History:
    """A batch in counts beside those of the batches before it; empty while there are too few of them."""

    def __init__(self, batch: Batch, expectations: Expectations, looked_at: pd.DataFrame) -> None:
        self.before = batch.compared_with(expectations.compare_with)
        self.now = profile(expectations, looked_at)
        self.enough = expectations.compare_with.records_at_least
        self._batch, self._looked_at = batch, looked_at

    def figures(self) -> dict[str, float]:
        """The drift of every field that can be judged, by the name of its check."""
        return {name: drift.distance(*pair) for name, pair in self._drifting().items()}

    def checks(self, demands: Demands, *, critical: bool) -> Iterator[Check]:
        """The checks that ``demands`` ask for and that there is enough to judge by."""
        if not self.before:
            return
        yield from self._volume(demands, critical=critical)
        drifting = self._drifting()
        for demand in ("drift", "presence_drift"):
            for field, share in getattr(demands, demand).items():
                name = f"{demand}.{field}"
                if name in drifting:
                    yield self._drift(name, share, *drifting[name], critical=critical)
        for field, share in demands.median_shift.items():
            yield from self._shift(field, share, critical=critical)

    def _volume(self, demands: Demands, *, critical: bool) -> Iterator[Check]:
        if demands.volume is None:
            return
        usual = round(median(each.records for each in self.before))  # which one odd month does not move
        spared = demands.volume.always_allowed
        low = max(0, min(ceil(usual * demands.volume.at_least), usual - spared))
        high = max(floor(usual * demands.volume.at_most), usual + spared)
        yield Check(
            "volume",
            critical,
            f"{low:,} to {high:,} records: {demands.volume.at_least:g} to {demands.volume.at_most:g} times the median "
            f"of the {len(self.before)} batches before, {usual:,}",
            *("ExpectTableRowCountToBeBetween", {"min_value": low, "max_value": high}),
            _of_usual(self._batch, usual),
            "Ask the source whether the month is complete; if it is not, run extract again once it is.",
        )

    def _drifting(self) -> dict[str, tuple[Counts, Counts]]:
        """The counts now and before of each field in which there are enough records on both sides."""
        pairs = {
            f"drift.{field}": (now, drift.pooled(each.counts.get(field, {}) for each in self.before))
            for field, now in self.now.counts.items()
        }
        for field, count in self.now.presence.items():
            held = [each for each in self.before if field in each.presence]
            split = (_split(each.presence[field], each.records) for each in held)
            pairs[f"presence_drift.{field}"] = (_split(count, self.now.records), drift.pooled(split))
        return {name: pair for name, pair in pairs.items() if min(map(_total, pair)) >= self.enough}

    def _drift(self, name: str, share: float, now: Counts, before: Counts, *, critical: bool) -> Check:
        kind, field = name.split(".")
        chance = min(1.0, ceil(drift.by_chance(now, before) * 1000) / 1000)  # as it is said
        most = min(1.0, share + chance)
        what = f"{field} spread" if kind == "drift" else f"{field} given as often"
        return Check(
            name,
            critical,
            f"{what} as in the {len(self.before)} batches before: at most {limit(share)} of the records would have "
            f"to change it, and {percent(chance)} for chance",
            *("ExpectColumnMaxToBeBetween", {"column": name, "max_value": most}),
            lambda result: f"{percent(float(result['observed_value']), most)} of {records(_total(now))} would",
            "Ask the source what changed: new rules, a new office, or codes that are now mapped differently.",
            FIGURES,
        )

    def _shift(self, field: str, share: float, *, critical: bool) -> Iterator[Check]:
        for currency in medians(self._looked_at, field):
            held = [each.medians[field][currency][1] for each in self.before if currency in each.medians.get(field, {})]
            if not held:
                continue
            usual = float(median(held))
            yield Check(
                f"median_shift.{field}.{currency}",
                critical,
                f"the median {field} in {currency} within {limit(share)} of that of the {len(held)} batches before",
                "ExpectColumnMedianToBeBetween",
                {
                    "column": in_currency(field, currency),
                    "min_value": usual * (1 - share),
                    "max_value": usual * (1 + share),
                },
                _moved(usual, share),
                "Ask the source what changed; a new minimum wage, or another unit or period, is the usual reason.",
            )


def _of_usual(batch: Batch, usual: int) -> Callable[[Result], str]:
    def say(result: Result) -> str:
        found = int(result["observed_value"])
        return size(batch, found) + (f", {percent(found / usual)} of the median" if usual else "")

    return say


def _moved(usual: float, allowed: float) -> Callable[[Result], str]:
    def say(result: Result) -> str:
        ratio = float(result["observed_value"]) / usual if usual else 1.0
        return "it did not move" if not round(ratio - 1, 3) else off(ratio, "lower", "higher", allowed=allowed)

    return say


def _split(with_it: int, of: int) -> dict[str, int]:
    return {"given": with_it, "absent": of - with_it}


def _total(counts: Counts) -> int:
    return sum(counts.values())
