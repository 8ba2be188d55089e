"""
### Verify: once a week, whether the ledger still is what it was

`verify` reads the whole ledger, the table of messages and every kept package, and looks for the head that the last
run found: a ledger that was written anew since, in full and without a fault, does not hold it. That head stands in
Airflow's database, where the node's roles have no hand. `room` measures how much of its room the ledger has used.

**When it fails**
* `verify`: the log names each fault, where it is and what to do. Change nothing before a copy of the database and of
  the folder `store` has been taken: `docs/evidence.md`, When the ledger does not verify. The exchange goes on.
* `room`: the ledger uses more than 70 % of what `node.yaml` gives it, or will have used all of it within a year.
  Nothing is refused: see that the database's disk has room, then raise `ledger.room_mb`. Until then it is said weekly.
"""

from airflow.sdk import dag

from amanah.airflow import tasks
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node = str(plan.file)

    @dag(schedule="0 4 * * 1", **dag_arguments(plan, "verify", __doc__))
    def verify() -> None:
        tasks.verify(node)
        tasks.room(node)

    verify()


for each in plans("verify"):
    build(each)
