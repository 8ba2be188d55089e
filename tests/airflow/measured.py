"""Ends a task as Airflow's task runner does, as far as its listeners and metrics are concerned.

``python measured.py NODE.YAML``: the task ``deliver`` of that node, with whatever ``[metrics]`` settings there are.
"""

import sys
from types import SimpleNamespace

from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

from amanah.airflow import tasks
from amanah.airflow.metrics import FiguresListener


def main() -> None:
    """Tell the listener of the end."""
    stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
    task = SimpleNamespace(python_callable=tasks.deliver.function, op_args=[sys.argv[1]])
    FiguresListener().on_task_instance_success(task_instance=SimpleNamespace(task=task))


if __name__ == "__main__":
    main()
