"""The assets that join the pipelines: each event is one month of one node."""

from airflow.sdk import Asset

from amanah.airflow.plans import NodePlan


def published(plan: NodePlan) -> Asset:
    """Our records of a month lie at the exchange point."""
    return _asset(plan, "published")


def admitted(plan: NodePlan) -> Asset:
    """The partner's records of a month are applied and answered."""
    return _asset(plan, "admitted")


def reconciled(plan: NodePlan) -> Asset:
    """Both sides of a month have been compared."""
    return _asset(plan, "reconciled")


def evaluated(plan: NodePlan) -> Asset:
    """The evaluation of a quarter has been rendered."""
    return _asset(plan, "evaluated")


def _asset(plan: NodePlan, what: str) -> Asset:
    return Asset(
        name=f"{plan.prefix}.{what}", uri=f"x-amanah://{plan.agreement.id}/{plan.party}/{what}", group="amanah"
    )
