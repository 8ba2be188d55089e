"""After each task of ours: the figures of its node, through Airflow's own metrics.

They go wherever the deployment's ``[metrics]`` settings send Airflow's - StatsD, Datadog or OpenTelemetry - and where
none is set, nothing is even counted. Which figures there are stands in :mod:`amanah.node.figures`; ``docs/metrics.md``
is written from it.
"""

import logging
from typing import Any

from airflow.listeners import hookimpl
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

log = logging.getLogger(__name__)

OURS = "amanah.airflow.tasks"


class FiguresListener:
    """Writes the figures when a task of ours has ended, well or not."""

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        """Airflow calls this in the task's own process."""
        tell_figures(task_instance)

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any) -> None:
        """The same: what a failed delivery leaves waiting is what somebody should see."""
        tell_figures(task_instance)


def tell_figures(task_instance: Any) -> None:
    """Write the figures of what the task may have changed; a task that is not ours is left alone.

    Nothing that goes wrong here touches the task. A state that a person sets in the UI comes without the task itself
    and is passed over: nothing has changed in the node then.
    """
    task: Any = getattr(task_instance, "task", None)
    body: Any = getattr(task, "python_callable", None)
    if getattr(body, "__module__", "") != OURS or not _are_wanted():
        return
    try:
        _write(str(task.op_args[0]), body.__name__)
    except Exception as error:  # its text may quote what a database says of a row
        log.warning("the figures of the node could not be written: %s", type(error).__name__)


def _write(file: str, verb: str) -> None:
    from amanah.airflow.connections import open_node  # noqa: PLC0415 - every program of Airflow loads the plugin
    from amanah.node.figures import AFTER, as_metric, figures  # noqa: PLC0415

    node = open_node(file)
    whose = {"corridor": node.agreement.id, "party": node.us}
    tagged = _are_tagged()
    for figure in figures(node, AFTER.get(verb, ())):
        name, tags = as_metric(figure, whose, tagged=tagged)
        stats.gauge(name, figure.value, tags=tags)


def _are_wanted() -> bool:
    return any(conf.getboolean("metrics", name) for name in ("statsd_on", "statsd_datadog_enabled", "otel_on"))


def _are_tagged() -> bool:
    """Airflow takes the first of Datadog, StatsD and OpenTelemetry that is on; of these plain StatsD drops tags."""
    if conf.getboolean("metrics", "statsd_on") and not conf.getboolean("metrics", "statsd_datadog_enabled"):
        return bool(conf.getboolean("metrics", "statsd_influxdb_enabled"))
    return True
