"""A task that asks a person: it waits in Airflow's UI, holding no slot, and goes on with what was decided.

What is asked holds counts and codes only. The same decision on the command line serves as well: clear the task then.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, cast

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.bases.decorator import Task, task_decorator_factory
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time.hitl import upsert_hitl_detail

from amanah.airflow.defaults import ask_engineer
from amanah.airflow.verb_operator import VerbOperator

if TYPE_CHECKING:
    from amanah.airflow.plans import NodePlan
    from amanah.quality.checkpoint import BatchRefused

_P = ParamSpec("_P")
_R = TypeVar("_R")

LOAD, LEAVE = "Load it as it is", "Leave it out"
PATIENCE = timedelta(days=7)  # after which the task fails, as it does when the answer is LEAVE
PATIENCE_FOR_AN_EDITION = timedelta(days=30)  # after which it counts as rejected
_WHY = Param("", type="string", title="Why: what the source says about it", minLength=1, maxLength=500)


class BatchOperator(VerbOperator):
    """``validate``: a batch that is not what is expected of it is not loaded until a person says that it is right."""

    custom_operator_name = "@batch"

    def execute(self, context: Any) -> Any:
        """Check and load the batch; ask, and wait for the answer, when it is refused."""
        from amanah.quality.checkpoint import BatchRefused  # noqa: PLC0415 - DAG files are parsed often

        try:
            return super().execute(context)
        except BatchRefused as refused:
            self._ask(context, refused)

    def answered(self, context: Any, event: Mapping[str, Any], checks: Sequence[str]) -> Any:
        """Go on with the answer: load the batch with its ``checks`` confirmed, or fail as it was refused.

        A batch that has changed meanwhile is judged as it is now, and fails where another check stops it: nobody was
        asked about that one.
        """
        from amanah.airflow.connections import open_node  # noqa: PLC0415

        if event.get("chosen_options") != [LOAD]:
            return super().execute(context)
        who = event["responded_by_user"] or {}
        node, source = self.op_args
        open_node(node).confirm_batch(
            source,
            context["partition_key"],
            checks,
            by=str(who.get("name") or who.get("id") or "unknown to Airflow"),
            why=str((event.get("params_input") or {}).get("why") or "no reason given"),
        )
        return super().execute(context)

    def _ask(self, context: Any, refused: "BatchRefused") -> NoReturn:
        _, source = self.op_args
        period = context["partition_key"]
        upsert_hitl_detail(
            ti_id=context["ti"].id,
            options=[LOAD, LEAVE],
            subject=f"{source} {period}: the batch is not what is expected of it. Load it all the same?",
            body=_in_markdown(str(refused)),
            params={"why": _WHY.serialize()},
        )
        self._tell_engineer(context["ti"], f"{source} {period}")
        raise TaskAwaitingInput(method_name="answered", kwargs={"checks": list(refused.checks)}, timeout=PATIENCE)

    def _tell_engineer(self, ti: Any, batch: str) -> None:
        """Mail that a batch waits; a mail server that is down does not keep it from waiting."""
        from amanah.airflow.connections import open_node  # noqa: PLC0415
        from amanah.cases.mail_server import MailServerUnavailable  # noqa: PLC0415
        from amanah.cases.notice import Line  # noqa: PLC0415

        node, _ = self.op_args
        top = conf.get("api", "base_url", fallback="").rstrip("/")
        page = f"{top}/dags/{ti.dag_id}/runs/{ti.run_id}/tasks/{ti.task_id}/required_actions"
        line = Line(
            key=f"waits|{batch}",
            what="waits for a decision",
            about=f"batch {batch}",
            since=datetime.now(UTC),
            do=f"look at the Data Docs, ask the source, then decide at {page}",
        )
        try:
            open_node(node).tell_engineer([line])
        except MailServerUnavailable:
            self.log.warning("the mail that %s waits for a decision is queued", batch)


def approval(plan: "NodePlan", counted_by: str) -> ApprovalOperator:
    """The task that asks whether a snapshot is to be sent; ``counted_by`` is the task that counts its records."""
    records = f"{{{{ '{{:,}}'.format(ti.xcom_pull(task_ids='{counted_by}')) }}}}"
    return ApprovalOperator(
        task_id="approve",
        doc_md="Ask a person whether it is to be sent, for up to seven days; without approval nothing is.",
        subject=f"{plan.party}: send all of {{{{ params.stream }}}} to the partner once more?",
        body=(
            f"* {records} records, as they were known at the end of {{{{ params.month }}}}\n"
            "* The partner makes its copy equal to them: what is not among them is withdrawn there.\n"
            "* Approve when the partner's engineer has said that they wait for it."
        ),
        notifiers=[ask_engineer(plan)],
        response_timeout=PATIENCE,
        defaults=ApprovalOperator.REJECT,
    )


class EditionApproval(ApprovalOperator):
    """Asks whether a draft is to be published, and keeps what was decided with the edition."""

    def __init__(self, *, node: str, frozen_by: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.node, self.frozen_by = node, frozen_by

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Keep the answer, then go on or skip what comes after."""
        from amanah.airflow.connections import open_node  # noqa: PLC0415 - DAG files are parsed often
        from amanah.node.edition.editions import Frozen  # noqa: PLC0415

        if "error" not in event:
            who = event.get("responded_by_user") or {}
            open_node(self.node).editions.decide(
                Frozen(**context["ti"].xcom_pull(task_ids=self.frozen_by)),
                approved=event["chosen_options"] == [self.APPROVE],
                by=str(who.get("name") or who.get("id") or "nobody in time"),
                why=str((event.get("params_input") or {}).get("why") or "no reason given"),
            )
        return super().execute_complete(context, event)


def edition_approval(plan: "NodePlan", frozen_by: str) -> EditionApproval:
    """The task that asks whether an edition is to be published; ``frozen_by`` is the task that froze it."""
    frozen = f"ti.xcom_pull(task_ids='{frozen_by}')"
    top = conf.get("api", "base_url", fallback="").rstrip("/")
    return EditionApproval(
        task_id="approve",
        node=str(plan.file),
        frozen_by=frozen_by,
        doc_md="Ask a person whether it is to be published, for up to thirty days; without approval nothing is.",
        subject=f"{plan.party}: publish version {{{{ {frozen}['version'] }}}} of {{{{ partition_key }}}}?",
        body=(
            f"* [Read the draft]({top}/amanah/{plan.party}/draft/{{{{ partition_key }}}}) as a supervisor, an engineer "
            "or a member of the task force.\n"
            f"* {{{{ {frozen}['missing'] }}}} things were missing when it was frozen; the draft names them.\n"
            "* Approved, it is signed, put where readers look, and the members are told. Rejected, nothing is "
            "published, and it is frozen anew when it is made again; say why."
        ),
        params={"why": Param("", type="string", title="Why; needed to reject", maxLength=500)},
        notifiers=[ask_engineer(plan)],
        response_timeout=PATIENCE_FOR_AN_EDITION,
        defaults=ApprovalOperator.REJECT,
    )


def _in_markdown(said: str) -> str:
    """The verdict as a list; each of its lines is one check."""
    title, *lines = said.splitlines()
    return "\n".join([title, "", *(f"* {line.strip()}" for line in lines)])


def batch(function: Callable[_P, _R]) -> Task[_P, _R]:
    """Make ``function``, whose arguments are a node and a source, a task that asks where its batch is refused."""
    made = task_decorator_factory(python_callable=function, decorated_operator_class=BatchOperator)
    return cast("Task[_P, _R]", made)
