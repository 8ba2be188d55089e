"""What all our DAGs have in common: owner, retries that tell a lost link from bad data, and a mail on failure."""

from datetime import datetime, time, timedelta
from typing import Any

import pendulum
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from amanah.airflow.plans import NodePlan

RETRIES = 5

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[ConnectionError, TimeoutError],
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=5),
            reason="a system or the partner could not be reached",
        ),
        RetryRule(
            exception=[ValueError, LookupError], action=RetryAction.FAIL, reason="trying again does not mend data"
        ),
    ]
)


def dag_arguments(plan: NodePlan, verb: str, doc: str | None) -> dict[str, Any]:
    """The arguments every DAG of ``plan`` is made with; ``doc`` is the DAG file's own text."""
    owner = f"{plan.party} pipeline"
    return {
        "dag_id": plan.dag_id(verb),
        "start_date": pendulum.instance(datetime.combine(plan.runs_from, time()), tz=plan.time_zone),
        "catchup": False,  # earlier months only when somebody asks for them
        "max_active_runs": 1,
        "doc_md": doc,
        "tags": ["amanah", plan.agreement.id, plan.party, verb],
        "owner_links": {owner: f"mailto:{plan.engineer}"},
        "default_args": {
            "owner": owner,
            "retries": RETRIES,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(hours=1),
            "retry_policy": RETRY_POLICY,
            "on_failure_callback": _tell_engineer(plan),
        },
    }


def ask_engineer(plan: NodePlan) -> SmtpNotifier:
    """A mail that says which task waits for a decision, and where to give it."""
    return _mail(
        plan,
        "waits for a decision",
        '<p><a href="{{ ti.task.generate_link_to_ui(task_instance=ti) }}">Decide</a> whether it goes on.</p>',
    )


def _tell_engineer(plan: NodePlan) -> SmtpNotifier:
    """A mail that says which task failed and where to look; never why, an exception may quote data."""
    return _mail(
        plan,
        "failed",
        '<p>It was try {{ ti.try_number }}. <a href="{{ ti.log_url }}">Open the log</a>. '
        "The DAG's own page says what a failure means and what to do first.</p>",
    )


def _mail(plan: NodePlan, what: str, then: str) -> SmtpNotifier:
    task = "<p>Task <b>{{ ti.task_id }}</b> of <b>{{ ti.dag_id }}</b>, run {{ run_id }}"
    return SmtpNotifier(
        smtp_conn_id=f"{plan.connection_prefix}_smtp",
        from_email=plan.engineer,
        to=plan.engineer,
        subject="[amanah] {{ ti.dag_id }}: {{ ti.task_id }} " + what,
        html_content=f"{task}, {what}.</p>{then}",
    )
