"""
### Evaluate: the quarter, for the joint task force

Starts by itself when the quarter's three months have been reconciled. `evaluate` freezes both sides' records as known
at the quarter's end - once, so that a later re-run gives the same pages - and renders the edition.

**When it fails**: nothing half-made is left behind. To make a quarter whose months will not all come, trigger this DAG
by hand with the partition key (such as `2026-Q3`); the page then says what is missing.
"""

from airflow.sdk import PartitionedAssetTimetable, QuarterWindow, RollupMapper, StartOfQuarterMapper, dag

from amanah.airflow import assets, tasks
from amanah.airflow.defaults import dag_arguments
from amanah.airflow.plans import NodePlan, plans


def build(plan: NodePlan) -> None:
    """Make the DAG of one node."""
    quarter = RollupMapper(upstream_mapper=StartOfQuarterMapper(input_format="%Y-%m"), window=QuarterWindow())
    three_months = PartitionedAssetTimetable(assets=assets.reconciled(plan), default_partition_mapper=quarter)

    @dag(schedule=three_months, **dag_arguments(plan, "evaluate", __doc__))
    def evaluate() -> None:
        tasks.evaluate.override(inlets=[assets.reconciled(plan)], outlets=[assets.evaluated(plan)])(str(plan.file))

    evaluate()


for each in plans("evaluate"):
    build(each)
