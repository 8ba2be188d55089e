"""Great Expectations judges a batch, in memory. Nothing is written here, and no raw value comes out of here.

The results are SUMMARY: they hold samples of raw values, from which only counts and figures are taken. An expectation
that cannot be judged fails and says the kind of error only, since its text may quote a record.
"""

import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pandas as pd

from amanah.quality.check import Check, Outcome, Result

_SUITE = "batch"
_KIND = re.compile(r"^(?:\w+\.)*(\w+Error)\b", re.MULTILINE)  # in a traceback the first is the cause


def great_expectations() -> Any:
    """Import the library when a batch is checked: it takes seconds, and most verbs never need it."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # nothing about a ministry's data is reported to anyone
    with _without("pyspark"):
        import great_expectations as gx  # noqa: PLC0415 - see above
        import great_expectations.expectations  # noqa: PLC0415

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return gx


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let nothing imported here find ``package``.

    Where Spark is installed, Great Expectations loads all of it; and pyspark ends a process whose main module has no
    file, as workers' have none (``pyspark.sql.connect.utils.check_dependencies`` takes it for a doctest).
    """
    kept = sys.modules.get(package)
    modules: dict[str, Any] = sys.modules
    modules[package] = None  # how Python says that there is no such module
    try:
        yield
    finally:
        del sys.modules[package]
        if kept is not None:
            sys.modules[package] = kept


def judge(checks: Sequence[Check], frames: Mapping[str, pd.DataFrame]) -> list[Outcome]:
    """Judge ``checks`` on the frames they name; the outcomes are in the order of the checks."""
    gx = great_expectations()
    results: dict[int, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas and marshmallow inside the library; nothing an operator can act on
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        for name, frame in frames.items():
            wanted = [expectation(gx, check, number) for number, check in enumerate(checks) if check.frame == name]
            asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
            batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
            judged = batch.validate(gx.ExpectationSuite(name=_SUITE, expectations=wanted), result_format="SUMMARY")
            results |= {result.expectation_config.meta["number"]: result for result in judged.results}
    return [_outcome(check, results[number]) for number, check in enumerate(checks)]


def expectation(gx: Any, check: Check, number: int) -> Any:
    """The expectation of ``check``, described in its words."""
    return getattr(gx.expectations, check.expectation)(
        **check.terms,
        severity="critical" if check.critical else "warning",
        description=check.expected,
        meta={"check": check.name, "number": number},
    )


def _outcome(check: Check, result: Any) -> Outcome:
    raised = _raised(result.exception_info)
    if raised:
        stopping = replace(check, critical=True)
        return Outcome(stopping, passed=False, seen=f"it could not be judged ({', '.join(raised)})")
    found: Result = result.result
    return Outcome(check, passed=bool(result.success), seen=check.seen(found))


def _raised(info: Mapping[str, Any]) -> list[str]:
    """The kinds of the errors that came up; the library keeps one entry, or one for each of its own steps."""
    entries = [info] if "raised_exception" in info else list(info.values())
    traces = [str(entry.get("exception_traceback")) for entry in entries if entry.get("raised_exception", True)]
    return sorted({found[1] if (found := _KIND.search(trace)) else "an error" for trace in traces})
