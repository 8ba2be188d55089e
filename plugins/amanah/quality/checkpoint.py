"""The checkpoint of a batch: every check of it, the verdict in words, and the Data Docs it leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from amanah.quality import checks_of_size, checks_of_values, data_docs
from amanah.quality.against_history import History
from amanah.quality.batch import Batch
from amanah.quality.check import FIGURES, RECORDS, Check, Outcome
from amanah.quality.columns import frame
from amanah.quality.expectations import Expectations
from amanah.quality.judge import judge
from amanah.store.profiles import Profile


class BatchRefused(ValueError):
    """The batch fails what is expected of it; the text says which expectation, how far off, and what to do.

    ``checks`` are the names of the checks that stopped it, which a person may confirm.
    """

    def __init__(self, text: str, checks: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.checks = tuple(checks)


@dataclass(frozen=True)
class BatchVerdict:
    """Failed checks in words, per severity, the folder of the Data Docs, and what later batches are held against."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    data_docs: Path
    profile: Profile
    stopped_by: tuple[str, ...] = ()


def run(batch: Batch, expectations: Expectations, folder: Path) -> BatchVerdict:
    """Judge one batch and leave its Data Docs below ``folder/<source>``, one site per source.

    What is written is whether each check passed, and counts; what was found in the records is not.
    """
    expectations = expectations.of(batch.source)
    looked_at = frame(batch, expectations)
    history = History(batch, expectations, looked_at)
    figures = pd.DataFrame([checks_of_size.figures(batch) | history.figures()])
    checks = list(_checks(batch, expectations, looked_at, history))
    checks += checks_of_values.unjudged(expectations, looked_at, {check.name for check in checks})
    outcomes = judge(checks, {RECORDS: looked_at, FIGURES: figures})
    left_out = _left_out(expectations, checks)
    site = data_docs.write(batch.source, batch.period, outcomes, folder / batch.source, left_out=left_out)
    stopping = [outcome for outcome in outcomes if outcome.stops]
    said = {outcome.check.name for outcome in stopping}
    cautions = {each.check.name: each for each in outcomes if not each.passed and each.check.name not in said}
    return BatchVerdict(
        tuple(_in_words(outcome, batch, expectations) for outcome in stopping),
        tuple(_in_words(outcome, batch, expectations) for outcome in cautions.values()),
        site,
        history.now,
        tuple(dict.fromkeys(outcome.check.name for outcome in stopping)),
    )


def _checks(batch: Batch, expectations: Expectations, looked_at: pd.DataFrame, history: History) -> Iterator[Check]:
    enough = expectations.compare_with.records_at_least
    for demands, critical in ((expectations.error, True), (expectations.warning, False)):
        for check in (
            *checks_of_size.checks(batch, demands, enough=enough, critical=critical),
            *history.checks(demands, critical=critical),
            *checks_of_values.checks(demands, looked_at, critical=critical),
        ):
            confirmed = expectations.confirmation(batch.source, batch.period, check.name)
            yield replace(check, critical=False, expected=f"{check.expected} (confirmed)") if confirmed else check


def _left_out(expectations: Expectations, checks: Sequence[Check]) -> list[str]:
    """What was to be compared and could not be, for lack of earlier batches or of records."""
    demanded = ["volume"] if expectations.error.volume or expectations.warning.volume else []
    for demand in ("newest_within_days", "drift", "presence_drift", "median_shift", "median_between"):
        demanded += [f"{demand}.{field}" for field in expectations.fields_of(demand)]
    judged = tuple(f"{check.name}." for check in checks)
    return [name for name in demanded if not any(each.startswith(f"{name}.") for each in judged)]


def _in_words(outcome: Outcome, batch: Batch, expectations: Expectations) -> str:
    check = outcome.check
    said = f"{check.name}: expected {check.expected}; found: {outcome.seen}. {check.advice}"
    if not outcome.stops:
        return said
    return (
        f"{said} If it is right as it is, confirm {check.name} for {batch.source} {batch.period} under "
        f"{batch.stream.name}.confirmed in {expectations.file}, or with `amanah node confirm`, then run validate again."
    )
