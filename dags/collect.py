"""
### Collect: what the partner sent, checked, applied and answered

A scheduled run first waits (`wait`, holding no slot) until packages of the partner came or the next run is due; what
comes is handled within two minutes. A run started by hand does not wait. `collect` fetches packages that are not here
yet, `admit` opens, checks and applies each in its sequence and writes the answer, `deliver` sends the answers.
`complete_months` then names the months that have arrived in full; each is announced once to the reconciliation.
`watch`, whatever became of the others, mails the engineer what is late or needs a person: a message not delivered,
answered or admitted in the agreed time, a gap, a stream that holds, a month that has not come, an alarm. It does so
when something begins and once a day while it lasts; `amanah node overdue` shows the same. Should the run itself hang,
so that it never comes to `watch`, its deadline - an hour after the next run was due at the latest - has the triggerer
send that mail, with the run that hangs in it.

**When it fails**
* `wait`: a connection to the exchange point is not set up as it must be, or the triggerer is down. The rest of the run
  goes on without it, on schedule instead of at once.
* `collect` or `deliver`: the exchange point cannot be reached; tried again by itself, nothing is lost.
* A package that cannot be taken does not fail the run: the partner gets a signed answer that says why. Look for
  `rejected` in the messages, and for `held` when one of its packages is missing.
* A message of ours that the partner rejected as a whole does not fail the run either: its answer says why. Mend it,
  then trigger `publish` for that month again; it is sent under the next number, and the month can be reconciled.
* A stream that holds after a refusal, where the agreement says so: look at the refused message, then let it go on
  with `amanah node pass`.
* The engineer is mailed that the pipeline `hangs`: a task holds its slot and does not end, or no slot is free. The
  run's page shows which; clear it, or mark the run failed. Where the scheduler or the triggerer is down nothing is
  mailed: a monitor outside of Airflow asks for that, as `docs/production.md` says.
* `watch`: the mail server cannot be reached; the mail stays queued.
"""

from typing import Any

from airflow.sdk import chain, dag, task

from amanah.airflow import assets, tasks
from amanah.airflow.arrivals import WaitForPackages
from amanah.airflow.deadlines import run_hangs
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans
from amanah.airflow.verb_operator import verb


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node = str(plan.file)
    admitted = assets.admitted(plan)
    schedule = plan.agreement.schedule.collect

    # Two runs at most: one that waits must not keep back one that somebody started by hand.
    @dag(
        schedule=schedule,
        deadline=run_hangs(plan),
        **dag_arguments(plan, "collect", __doc__) | {"max_active_runs": 2},
    )
    def collect() -> None:
        @task.short_circuit
        def any_complete(months: Any) -> bool:
            """Go on only when there is a month to announce."""
            return bool(months)

        @verb
        def announce(months: Any, outlet_events: Any = None) -> None:
            """Announce each complete month to the reconciliation."""
            outlet_events[admitted].add_partitions(months)

        waited = WaitForPackages(
            task_id="wait",
            node=node,
            schedule=schedule,
            time_zone=plan.time_zone,
            doc_md="Wait, in a scheduled run, until packages of the partner came or the next run is due.",
        )
        fetched = tasks.collect.override(pool=plan.pool, trigger_rule="all_done")(node)
        answered = tasks.deliver.override(pool=plan.pool)(node)
        months = tasks.complete_months(node)
        chain(
            waited,
            fetched,
            tasks.admit(node),
            answered,
            months,
            any_complete(months),
            announce.override(outlets=[admitted])(months),
        )
        answered >> tasks.watch.override(trigger_rule="all_done")(node)

    collect()


for each in plans("collect"):
    build(each)
