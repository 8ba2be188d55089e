"""
### Publish: our records of a month, from the ministry's systems to the exchange point

`extract` each source, `validate` its batch (what fails its schema goes to quarantine), `publish` one package per
stream with what changed since the partner last took our records, `deliver` it. A stream with nothing to say sends a
nil message. No package waits for a witness, of which nothing leaves: it is read beside.

**When it fails**
* `extract`: the ministry's system is down or answers something new. It is tried again by itself when the link was
  lost; nothing is published without it, because a source that is down is not an empty one.
* `validate` waits for input: the batch is not what is expected of it. What it asks says which expectation and how far
  off; the Data Docs show the whole batch. Ask the source, then answer on the task's page; after seven days without an
  answer it fails. It fails at once when the answer was to leave the batch out: mend the source, then clear `extract`.
* `deliver`: the exchange point cannot be reached. The package keeps its id and is sent as it is once the link is back.

Clearing a task or running a month again is always safe: a batch is loaded once, and a month has one package.
"""

from airflow.sdk import CronPartitionTimetable, dag, task_group

from amanah.airflow import assets, tasks
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node = str(plan.file)
    month = CronPartitionTimetable(
        plan.agreement.schedule.publish, timezone=plan.time_zone, run_offset=-1, key_format="%Y-%m"
    )

    @dag(schedule=month, **dag_arguments(plan, "publish", __doc__))
    def publish() -> None:
        packages = {
            stream: tasks.publish.override(task_id=f"publish_{stream}")(node, stream)
            for stream in plan.agreement.streams
        }
        for source, stream in plan.sources.items():

            @task_group(group_id=source)
            def intake(source: str = source, stream: str = stream) -> None:
                checked = tasks.validate(node, source)
                tasks.extract(node, source) >> checked
                if source not in plan.witnesses:
                    checked >> packages[stream]

            intake()
        deliver = tasks.deliver.override(pool=plan.pool, outlets=[assets.published(plan)])(node)
        list(packages.values()) >> deliver

    publish()


for each in plans("publish"):
    build(each)
