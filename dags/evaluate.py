"""
### Evaluate: the quarter, for the joint task force

Starts by itself when the quarter's three months have been reconciled. `wait`, holding no slot, looks for the partner's
certificate of the last month, at most until the day that the agreement sets (`deadlines.evaluation_days` after the
quarter), or, where the quarter was concluded later, for the agreed time of an answer; the page says when it is
missing. `freeze` freezes both sides' records as known at the quarter's end - once for each version, so that a later
re-run gives the same pages - and `draft` renders them. `approve` waits for a person, on its own page, for up to thirty
days; the draft is one click away. Then `publish_edition` renders, signs and puts the edition where readers look, and
`tell_members` mails the members of our delegation a summary with the link, once for each version. Rejected, nothing is
published, and the reason is kept; what is made after that is frozen anew under the same number.

To revise a published quarter, trigger this DAG with the partition key (such as `2026-Q3`) and the reason, by
language: the next version says what changed, beside the one before it.

**When it fails**
* `wait`: the node's database cannot be reached. To go on without the certificate, mark the task as a success.
* `freeze`: what is frozen is frozen whole or not at all. Where the decisions for the meeting have a fault, the error
  names the entry. To make a quarter whose months will not all come, trigger this DAG by hand with the partition key;
  it does not wait then, and the page says what is missing.
* `publish_edition`: the published place cannot be reached, or a member's certificate has expired. What is signed stays
  signed; clear the task.
* `tell_members`: the mail server cannot be reached. The mails are queued and leave with the next try, once.
"""

from airflow.sdk import Param, PartitionedAssetTimetable, QuarterWindow, RollupMapper, StartOfQuarterMapper, chain, dag

from amanah.airflow import assets, tasks
from amanah.airflow.asking import edition_approval
from amanah.airflow.certificate import WaitForCertificate
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    node = str(plan.file)
    quarter = RollupMapper(upstream_mapper=StartOfQuarterMapper(input_format="%Y-%m"), window=QuarterWindow())
    three_months = PartitionedAssetTimetable(assets=assets.reconciled(plan), default_partition_mapper=quarter)
    reason = Param({}, type="object", title="Why it is revised, by language; empty to make it, or make it again")

    # A quarter that waits for its certificate or its approval does not keep back another.
    @dag(
        schedule=three_months,
        params={"reason": reason},
        **dag_arguments(plan, "evaluate", __doc__) | {"max_active_runs": 4},
    )
    def evaluate() -> None:
        waited = WaitForCertificate(
            task_id="wait",
            node=node,
            doc_md="Wait for the partner's certificate of the quarter's last month, at most until the agreed day.",
        )
        frozen = tasks.freeze.override(inlets=[assets.reconciled(plan)])(node)
        chain(
            waited,
            frozen,
            tasks.draft(node, frozen),
            edition_approval(plan, frozen_by="freeze"),
            tasks.publish_edition.override(outlets=[assets.evaluated(plan)])(node, frozen),
            tasks.tell_members(node, frozen),
        )

    evaluate()


for each in plans("evaluate"):
    build(each)
