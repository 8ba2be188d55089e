"""
### Notify: what the desks have to do today

Every morning at half past seven, where the party lives. `notify` takes what has passed its deadline to the supervisor,
mails again what may mean that a worker is in danger until somebody has acknowledged it, sends each desk a digest when
something is new for it, and on the first working day of the week each supervisor a summary. A run is for one day, its
partition (such as `2026-08-03`): running a day again tells nothing twice.

**When it fails**
* The mail server could not be reached, refused our sign-in or hung up: `amanah doctor`. The mails are queued in the
  database and leave with the next try, here or in `collect`, once.
* One mail that the server refused, or that came back, fails no run: the engineer is told of it. See
  `amanah node mail list`, put the address right, then `amanah node mail retry`.
"""

from airflow.sdk import CronPartitionTimetable, dag

from amanah.airflow import tasks
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans
from amanah.cases.people import DESK_OPENS


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    morning = CronPartitionTimetable(
        f"{DESK_OPENS.minute} {DESK_OPENS.hour} * * *", timezone=plan.time_zone, key_format="%Y-%m-%d"
    )

    @dag(schedule=morning, **dag_arguments(plan, "notify", __doc__))
    def notify() -> None:
        tasks.notify(str(plan.file))

    notify()


for each in plans("notify"):
    build(each)
