"""The Data Docs of a source: a site of Great Expectations with pages of our own, one page for each batch judged.

Results are written as BOOLEAN_ONLY: every richer format prints raw values - passport numbers - into the pages
(measured). Beside each stands what was found, in counts. The pages need no script and no other host.
"""

import json
import shutil
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amanah.quality.check import Outcome
from amanah.quality.judge import expectation, great_expectations

SITE = "local_site"
FOLDER = Path("gx", "uncommitted", "data_docs", SITE)
_RESULTS = "uncommitted/validations"
_PAGES = "amanah.quality.data_docs_pages"


class DataDocsUnwritten(RuntimeError):
    """Great Expectations has not written a page it was asked for; its own log says why."""


def write(source: str, period: str, outcomes: Sequence[Outcome], room: Path, *, left_out: Sequence[str] = ()) -> Path:
    """Add the page of a batch to the site of ``source`` in ``room``; return the site (open its ``index.html``).

    ``left_out`` names the checks that could not be made. Raises ``DataDocsUnwritten`` when there is no page then.
    """
    gx = great_expectations()
    room.mkdir(parents=True, exist_ok=True)
    _forget(room / "gx")
    site = room / FOLDER
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of marshmallow inside the library; nothing an operator can act on
        context = gx.get_context(mode="file", project_root_dir=room)
        context.variables.progress_bars = {"globally": False}
        context.update_data_docs_site(SITE, _site())
        expectations = [expectation(gx, outcome.check, number) for number, outcome in enumerate(outcomes)]
        context.suites.add_or_update(gx.ExpectationSuite(name=source, expectations=expectations))
        suite, batch = _identifiers(gx, source, period)
        meta = {"run_id": batch.run_id, "left_out": list(left_out), "result_format": {"result_format": "BOOLEAN_ONLY"}}
        _keep(context, batch, _result(gx, source, outcomes, expectations, meta))
        context.build_data_docs(resource_identifiers=[suite, batch, *_without_page(context, site)])
    shutil.rmtree(site / "static", ignore_errors=True)  # fonts and pictures of the library's own pages
    page = _page(site, batch)
    if not _is_whole(page) or page.parent.name not in (site / "index.html").read_text(encoding="utf-8"):
        raise DataDocsUnwritten(f"{source} {period}: no Data Docs in {site}; see the log of Great Expectations")
    return site


def _forget(project: Path) -> None:
    """Remove what is written anew for each batch, and results written by halves.

    Left by a killed process, they would stop every later batch or be complained about each time.
    """
    shutil.rmtree(project / "expectations", ignore_errors=True)
    for written in ("great_expectations.yml", "uncommitted/config_variables.yml", f"{_RESULTS}/.ge_store_backend_id"):
        (project / written).unlink(missing_ok=True)
    for result in (project / _RESULTS).rglob("*.json"):
        try:
            json.loads(result.read_bytes())
        except ValueError:
            result.unlink()


def _without_page(context: Any, site: Path) -> list[Any]:
    """The results whose page is absent or half: a process was killed between the two."""
    return [each for each in context.validation_results_store.list_keys() if not _is_whole(_page(site, each))]


def _page(site: Path, batch: Any) -> Path:
    return site.joinpath("validations", *batch.to_tuple()).with_suffix(".html")


def _is_whole(page: Path) -> bool:
    return page.is_file() and page.read_bytes().endswith(b"</html>")


def _identifiers(gx: Any, source: str, period: str) -> tuple[Any, Any]:
    from great_expectations.data_context.types.resource_identifiers import (  # noqa: PLC0415 - takes seconds
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    suite = ExpectationSuiteIdentifier(name=source)
    run = gx.RunIdentifier(run_name=period, run_time=datetime.now(UTC))  # without a time it reads one from the name
    return suite, ValidationResultIdentifier(expectation_suite_identifier=suite, run_id=run, batch_identifier="batch")


def _keep(context: Any, batch: Any, result: Any) -> None:
    context.validation_results_store.set(batch, result)


def _result(
    gx: Any, source: str, outcomes: Sequence[Outcome], expectations: Sequence[Any], meta: dict[str, Any]
) -> Any:
    """The outcomes as Great Expectations keeps them, without anything it found in the records."""
    passed = sum(outcome.passed for outcome in outcomes)
    return gx.core.ExpectationSuiteValidationResult(
        success=not any(outcome.stops for outcome in outcomes),
        results=[
            gx.core.ExpectationValidationResult(
                success=outcome.passed,
                expectation_config=judged.configuration,
                result={},
                meta={"seen": outcome.seen, "advice": outcome.check.advice},
            )
            for outcome, judged in zip(outcomes, expectations, strict=True)
        ],
        suite_name=source,
        statistics={
            "evaluated_expectations": len(outcomes),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(outcomes) - passed,
            "success_percent": 100 * passed / max(1, len(outcomes)),
        },
        meta=meta,
    )


def _site() -> dict[str, Any]:
    def pages(renderer: str) -> dict[str, Any]:
        return {
            "renderer": {"module_name": _PAGES, "class_name": renderer},
            "view": {"module_name": _PAGES, "class_name": "View"},
        }

    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(FOLDER.relative_to("gx")) + "/",
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", **pages("Index")},
        "site_section_builders": {
            "expectations": {"class_name": "DefaultSiteSectionBuilder", **pages("Expected")},
            "validations": {"class_name": "DefaultSiteSectionBuilder", **pages("Judged")},
            "profiling": "None",
        },
    }
