"""
### Reconcile: what both sides say about the same worker

Starts by itself for a month when our records of it are published and both sides have accepted each other's.
`reconcile` links, compares and classifies, opens and closes cases. `notify` mails at once what may mean that a worker
is in danger, and queues what is new for each desk: that leaves at the desk's next morning.

**When it fails**
* `reconcile`: nothing was written (it is one transaction). Read the log, mend, clear the task.
* `notify`: the mail server could not be reached. The mails are queued in the database and leave with the next try,
  once. One that the server refused or that came back fails no run: see `amanah node mail list`.
"""

from airflow.sdk import PartitionedAssetTimetable, dag

from amanah.airflow import assets, tasks
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node = str(plan.file)
    both_sides = PartitionedAssetTimetable(assets=assets.published(plan) & assets.admitted(plan))

    @dag(schedule=both_sides, **dag_arguments(plan, "reconcile", __doc__))
    def reconcile() -> None:
        compared = tasks.reconcile.override(
            inlets=[assets.published(plan), assets.admitted(plan)], outlets=[assets.reconciled(plan)]
        )(node)
        compared >> tasks.notify(node)

    reconcile()


for each in plans("reconcile"):
    build(each)
