"""The pages of the Data Docs. Great Expectations decides when each is made, and loads these classes by their names.

A renderer turns what the library keeps into the words of a template; the view fills the template.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent / "templates"
_DEPTH_OF_A_BATCH = 4  # validations/<source>/<period>/<moment>/batch.html


@dataclass(frozen=True)
class Page:
    """A template and what it is filled with."""

    template: str
    words: dict[str, Any]


class Judged:
    """The page of one batch."""

    def render(self, result: Any) -> Page:
        """Sort the outcomes: what stops the publish, what is only pointed out, what is as expected."""
        outcomes = [
            {
                "passed": each.success,
                "critical": each.expectation_config.severity == "critical",
                "name": each.expectation_config.meta["check"],
                "expected": each.expectation_config.description,
                "seen": each.meta["seen"],
                "advice": each.meta["advice"],
            }
            for each in result.results
        ]
        run, failed = result.meta["run_id"], [each for each in outcomes if not each["passed"]]
        stopping = [each for each in failed if each["critical"]]
        return Page(
            "batch.html.j2",
            {
                "source": result.suite_name,
                "period": run["run_name"],
                "judged_at": datetime.fromisoformat(run["run_time"]),
                "stopping": stopping,
                "cautions": _but_those(failed, stopping),
                "passed": _but_those(outcomes, failed),
                "checks": len(outcomes),
                "left_out": result.meta["left_out"],
                "up": "../" * _DEPTH_OF_A_BATCH,
            },
        )


def _but_those(outcomes: list[dict[str, Any]], shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One outcome for each check that is not in ``shown``; of two limits, an error's and a warning's, the closer."""
    names = {each["name"] for each in shown}
    return list({each["name"]: each for each in outcomes if each["name"] not in names}.values())


class Expected:
    """The page of what was expected of the newest batch."""

    def render(self, suite: Any) -> Page:
        """List the expectations, those that stop the publish first."""
        expected = [
            {
                "critical": each.severity == "critical",
                "name": each.meta["check"],
                "expected": each.description,
            }
            for each in suite.expectations
        ]
        return Page("expected.html.j2", {"source": suite.name, "expected": expected, "up": "../"})


class Index:
    """The first page of a source: every batch judged, newest first."""

    def render(self, links: dict[str, Any]) -> Page:
        """List the batches with their verdicts."""
        batches = [
            {
                "source": link["expectation_suite_name"],
                "period": link["run_name"],
                "judged_at": link["run_time"],
                "loaded": link["validation_success"],
                "href": link["filepath"],
            }
            for link in links.get("validations_links", [])
        ]
        expected = [link["filepath"] for link in links.get("expectations_links", [])]
        return Page("index.html.j2", {"batches": batches, "expected": expected, "up": ""})


class View:
    """Fills the template of a page."""

    def __init__(self) -> None:
        self._templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)

    def render(self, page: Page, **_of_the_library: Any) -> str:
        """The page as HTML: one file with its style in it."""
        style = (_FOLDER / "style.css").read_text(encoding="utf-8")
        return self._templates.get_template(page.template).render(**page.words, style=style)
