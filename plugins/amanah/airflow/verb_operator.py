"""Our own kind of task: it calls one verb of a node, and leads to the page that explains what came of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import yaml
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.decorator import DecoratedOperator, Task, task_decorator_factory
from airflow.sdk.configuration import conf

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Page:
    """A page of the plugin below ``/amanah/<party>/``; the path may name the task's source, partition and edition."""

    name: str
    path: str


_DATA_DOCS = Page("Data Docs", "data_docs/{source}/gx/uncommitted/data_docs/local_site/index.html")
_MESSAGES = Page("Messages", "messages")
_WORKLIST = Page("Worklist", "worklist")

PAGES: Mapping[str, Page] = {
    "validate": _DATA_DOCS,
    "publish": _MESSAGES,
    "publish_snapshot": _MESSAGES,
    "deliver": _MESSAGES,
    "collect": _MESSAGES,
    "admit": _MESSAGES,
    "watch": Page("Corridor", "corridor"),
    "reconcile": _WORKLIST,
    "notify": _WORKLIST,
    "draft": Page("Draft", "draft/{partition}"),
    "publish_edition": Page("Edition", "editions/{partition}/{edition}"),
}


class PageLink(BaseOperatorLink):
    """The button in the Airflow UI. Airflow asks for its address when the task has ended, well or not, and keeps it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def name(self) -> str:
        """What the button says."""
        return self._page.name

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The page's address; that of all there is to open where an edition was not made.

        ``ti_key`` is the task instance itself: here, in its own process, Airflow has no smaller thing to give.
        """
        node, *others = operator.op_args
        party = yaml.safe_load(Path(node).read_text(encoding="utf-8"))["party"]
        top = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/amanah"
        names = {"source": others[0] if others else ""}
        if "{partition}" in self._page.path:
            names["partition"] = ti_key.get_template_context()["partition_key"]
        if "{edition}" in self._page.path:
            made = ti_key.xcom_pull(task_ids=operator.task_id) or {}
            pages = [name for name in made if name.endswith(".html")]
            if not pages:
                return f"{top}/"
            names["edition"] = pages[0]
        return f"{top}/{party}/{self._page.path.format(**names)}"


class VerbOperator(DecoratedOperator, PythonOperator):
    """A task that calls a verb; its first argument is the path of ``node.yaml``."""

    template_fields = PythonOperator.template_fields
    template_fields_renderers = PythonOperator.template_fields_renderers
    custom_operator_name = "@verb"

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **kwargs)
        page = PAGES.get(python_callable.__name__)
        self.operator_extra_links = (PageLink(page),) if page is not None else ()

    def get_openlineage_facets_on_complete(self, _task_instance: Any) -> Any:
        """The assets that the task read and announces. Airflow asks where the deployment tells OpenLineage, only."""
        return _lineage(self.inlets, self.outlets)

    def get_openlineage_facets_on_failure(self, _task_instance: Any) -> Any:
        """What the task read; it has announced nothing."""
        return _lineage(self.inlets, ())


def _lineage(inlets: Iterable[Any], outlets: Iterable[Any]) -> Any:
    """Assets as OpenLineage's datasets: namespace ``amanah://idn-sau``, name ``IDN/published``."""
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415 - an extra
    from openlineage.client.event_v2 import Dataset  # noqa: PLC0415

    def datasets(assets: Iterable[Any]) -> list[Any]:
        parts = [urlsplit(each.uri) for each in assets]
        return [Dataset(namespace=f"amanah://{part.netloc}", name=part.path.lstrip("/")) for part in parts]

    return OperatorLineage(inputs=datasets(inlets), outputs=datasets(outlets))


def verb(function: Callable[_P, _R]) -> Task[_P, _R]:
    """Make ``function`` a task, as ``@task`` does, with a link to the page of what it did."""
    return cast("Task[_P, _R]", task_decorator_factory(python_callable=function, decorated_operator_class=VerbOperator))
