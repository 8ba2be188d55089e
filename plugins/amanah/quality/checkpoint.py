"""The Great Expectations checkpoint on a batch, and the Data Docs it leaves.

Results are kept as BOOLEAN_ONLY: every richer format prints raw values - passport numbers - into Data Docs
(measured). How far off a batch is comes from the frame itself, as counts and shares.
"""

import logging
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from amanah.quality.expectations import Demands, Expectations
from schemas import codelists


class BatchRefused(ValueError):
    """The batch fails what is expected of it; the text says which expectation, how far off, and what to do."""


@dataclass(frozen=True)
class BatchVerdict:
    """Failed expectations in words, per severity, and the folder of the Data Docs (open its ``index.html``)."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    data_docs: Path


@dataclass(frozen=True)
class Batch:
    """What is checked: the accepted records of ``source`` for ``period``, and how many were refused before."""

    source: str
    period: str
    fields: tuple[str, ...]
    records: list[dict[str, object]]
    refused: int

    def frame(self) -> pd.DataFrame:
        """The records as the frame Great Expectations looks at; amounts as numbers."""
        frame = pd.DataFrame(self.records, columns=list(self.fields))
        if "wage_amount" in frame:
            frame["wage_amount"] = pd.to_numeric(frame["wage_amount"])
        return frame


def run(batch: Batch, expectations: Expectations, folder: Path) -> BatchVerdict:
    """Check one batch and keep result and Data Docs below ``folder/<source>``, one Data Docs site per source."""
    gx = _great_expectations()
    frame, room = batch.frame(), folder / batch.source
    room.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas and marshmallow inside the library; nothing an operator can act on
        context = gx.get_context(mode="file", project_root_dir=room)
        context.variables.progress_bars = {"globally": False}
        suite = context.suites.add_or_update(
            gx.ExpectationSuite(name=batch.source, expectations=_expectations(gx.expectations, expectations))
        )
        asset = context.data_sources.add_or_update_pandas(batch.source).add_dataframe_asset("batch")
        definition = context.validation_definitions.add_or_update(
            gx.ValidationDefinition(
                name=batch.source, data=asset.add_batch_definition_whole_dataframe("batch"), suite=suite
            )
        )
        checkpoint = context.checkpoints.add_or_update(
            gx.Checkpoint(
                name=batch.source,
                validation_definitions=[definition],
                result_format={"result_format": "BOOLEAN_ONLY"},
                actions=[gx.checkpoint.UpdateDataDocsAction(name="data_docs")],
            )
        )
        result = checkpoint.run(batch_parameters={"dataframe": frame}, run_id=gx.RunIdentifier(run_name=batch.period))
    failed = [item for outcome in result.run_results.values() for item in outcome.results if not item.success]
    critical = [item for item in failed if item.expectation_config.severity == "critical"]
    errors = [_in_words(item.expectation_config, frame) for item in critical]
    errors += _refused_share(batch, expectations.error)
    cautions = [_in_words(item.expectation_config, frame) for item in failed if item not in critical]
    return BatchVerdict(tuple(errors), tuple(cautions), room / "gx" / "uncommitted" / "data_docs" / "local_site")


def _great_expectations() -> Any:
    """Import the library when a batch is checked: it takes seconds, and most verbs never need it."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # nothing about a ministry's data is reported to anyone
    import great_expectations as gx  # noqa: PLC0415 - see above
    import great_expectations.expectations  # noqa: PLC0415

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return gx


def _expectations(gxe: Any, expectations: Expectations) -> list[Any]:
    return [
        *_of_severity(gxe, expectations.error, "critical"),
        *_of_severity(gxe, expectations.warning, "warning"),
    ]


def _of_severity(gxe: Any, demands: Demands, severity: str) -> list[Any]:
    made = []
    if demands.rows_at_least is not None:
        made.append(gxe.ExpectTableRowCountToBeBetween(min_value=demands.rows_at_least, severity=severity))
    for field, share in demands.present.items():
        made.append(gxe.ExpectColumnValuesToNotBeNull(column=field, mostly=share, severity=severity))
    for field in demands.unique:
        made.append(gxe.ExpectColumnValuesToBeUnique(column=field, severity=severity))
    for field, (low, high) in demands.within.items():
        made.append(gxe.ExpectColumnValuesToBeBetween(column=field, min_value=low, max_value=high, severity=severity))
    for field, name in demands.in_list.items():
        codes = list(codelists.load(name).codes)
        made.append(gxe.ExpectColumnValuesToBeInSet(column=field, value_set=codes, severity=severity))
    for field, (low, high) in demands.mean_between.items():
        made.append(gxe.ExpectColumnMeanToBeBetween(column=field, min_value=low, max_value=high, severity=severity))
    return made


def _in_words(config: Any, frame: pd.DataFrame) -> str:
    """Say what was expected and how far off the batch is, in counts and shares only."""
    wanted = {k: v for k, v in config.kwargs.items() if k not in {"batch_id", "column", "value_set"}}
    terms = ", ".join(f"{name} {value}" for name, value in wanted.items())
    column = config.kwargs.get("column")
    if column is None:
        return f"{config.type} ({terms}): the batch has {len(frame)} rows"
    present = int(frame[column].notna().sum())
    return (
        f"{config.type} of {column} ({terms}): {present} of {len(frame)} rows have a value, "
        f"{frame[column].dropna().nunique()} different"
    )


def _refused_share(batch: Batch, demands: Demands) -> list[str]:
    read = len(batch.records) + batch.refused
    if demands.refused_share_at_most is None or batch.refused <= demands.refused_always_allowed:
        return []
    if batch.refused / read <= demands.refused_share_at_most:
        return []
    limit = f"{demands.refused_share_at_most:.1%}"
    return [f"refused by the schema: {batch.refused} of {read} records, at most {limit} expected; see the quarantine"]
