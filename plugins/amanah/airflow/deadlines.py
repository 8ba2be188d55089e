"""The deadline of a run that waits for the partner's answers: when the run itself hangs, the engineer is told too.

What is late is found by ``watch``, the last task of ``collect``. A run that hangs - a task that
does not end, every slot taken - never comes to it, and does not fail either. Then Airflow's scheduler misses the run's
end and has its triggerer call what stands here, which needs no slot: it mails what ``watch`` would have mailed, and
that the pipeline hangs.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pendulum
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from croniter import croniter

from amanah.airflow.plans import NodePlan

GRACE = timedelta(hours=1)  # a first exchange, or a slow wire, may take longer than the pause between two runs
_RUNS_LOOKED_AT = 200


def run_hangs(plan: NodePlan) -> DeadlineAlert:
    """The deadline of a run of ``collect``: ``GRACE`` after the next run was due at the latest."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=longest_pause(plan.agreement.schedule.collect, plan.time_zone) + GRACE,
        callback=AsyncCallback(tell_engineer, kwargs={"node": str(plan.file)}),
    )


async def tell_engineer(node: str, context: dict[str, Any]) -> int:
    """Mail the engineer of ``node`` what is late or needs a person, and which pipeline hangs; return the mails sent.

    Raises ``RuntimeError`` with the kind of what went wrong; its text may quote data, and Airflow logs it.
    """
    try:
        return await asyncio.to_thread(_tell, node, str(context["dag_run"]["dag_id"]))
    except Exception as error:
        raise RuntimeError(f"the engineer could not be told of it: {type(error).__name__}") from None


def _tell(node: str, dag_id: str) -> int:
    from amanah.airflow.connections import open_node  # noqa: PLC0415 - DAG files are parsed often
    from amanah.cases.notice import Line  # noqa: PLC0415

    hangs = Line(
        key=f"hangs|{dag_id}",
        what="hangs",
        about=f"pipeline {dag_id}",
        since=datetime.now(UTC),
        do="see in Airflow which task of the run has not ended and why; clear it, or mark the run failed",
    )
    return open_node(node).tell_engineer([hangs]).mails


def longest_pause(schedule: str, time_zone: str) -> timedelta:
    """The longest time between two runs of ``schedule``, of those that come next."""
    runs = croniter(schedule, pendulum.now(time_zone))
    moments: list[datetime] = [runs.get_next(datetime) for _ in range(_RUNS_LOOKED_AT)]
    return max(later - earlier for earlier, later in pairwise(moments))
