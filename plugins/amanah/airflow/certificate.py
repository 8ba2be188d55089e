"""Waiting for the partner's certificate of a quarter's last month, holding no slot between two looks."""

from datetime import timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue

FIRST_PAUSE = timedelta(seconds=20)  # between two looks; it doubles until LONGEST_PAUSE
LONGEST_PAUSE = timedelta(minutes=30)
LONGEST = timedelta(days=200)  # never reached: what is waited for ends at the agreed day


class WaitForCertificate(BaseSensorOperator):
    """Waits until the certificate is here, or the agreed time for it is over; then the page says that it is missing.

    A run that somebody started by hand does not wait: they want it now.
    """

    def __init__(self, *, node: str, **kwargs: Any) -> None:
        super().__init__(
            mode="reschedule",
            poke_interval=FIRST_PAUSE.total_seconds(),
            exponential_backoff=True,
            max_wait=LONGEST_PAUSE,
            timeout=LONGEST.total_seconds(),
            **kwargs,
        )
        self.node = node

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once; the result says whether the certificate is here."""
        from amanah.airflow.connections import open_node  # noqa: PLC0415 - DAG files are parsed often
        from amanah.airflow.tasks import partition_of  # noqa: PLC0415

        quarter = partition_of(context.get("partition_key"), "2026-Q3")
        editions = open_node(self.node).editions
        by_hand = context["dag_run"].run_type == "manual"
        here = "here" if editions.certified(quarter) else "missing"
        return PokeReturnValue(by_hand or not editions.waits(quarter), xcom_value=here)
