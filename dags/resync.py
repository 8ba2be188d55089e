"""
### Resync: the whole of a stream to the partner once more, when a person says so

For when the partner's copy has come apart from ours and no message can mend it: it asked for messages that are no
longer kept (an alarm says so), or its database was lost. Trigger it with the stream, and the month up to whose end
everything is to be sent. `measure_snapshot` counts what that is, and `approve` waits for a person, on its own
page, for up to seven days. Then `publish_snapshot` builds one message with every record, and `deliver` sends it; the
partner makes its copy equal to it. Without approval nothing is sent.

`amanah node publish --snapshot` builds the same message at once, for whoever is at the terminal.

**When it fails**
* `measure_snapshot`: the stream or the month is not one of the agreement's. Nothing was sent.
* `deliver`: the exchange point cannot be reached. The package keeps its id and leaves with the next delivery.
"""

from airflow.sdk import Param, chain, dag

from amanah.airflow import tasks
from amanah.airflow.asking import approval
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans
from schemas.envelope import PERIOD


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node, stream, month = str(plan.file), "{{ params.stream }}", "{{ params.month }}"
    streams = list(plan.agreement.streams)
    chosen = {
        "stream": Param(streams[0], enum=streams, title="Stream"),
        "month": Param(type="string", pattern=PERIOD, title="Month, such as 2026-07"),
    }

    @dag(schedule=None, params=chosen, **dag_arguments(plan, "resync", __doc__))
    def resync() -> None:
        chain(
            tasks.measure_snapshot(node, stream, month),
            approval(plan, counted_by="measure_snapshot"),
            tasks.publish_snapshot(node, stream, month),
            tasks.deliver.override(pool=plan.pool)(node),
        )

    resync()


for each in plans("resync"):
    build(each)
