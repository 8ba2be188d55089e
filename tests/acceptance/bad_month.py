"""A month that goes wrong: the ministry's records are not what was agreed, so the pipeline has to stop, and say so."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from deciding import decide
from demonstrations import Demonstration, until

from amanah.demo import ministry
from amanah.demo.ministry import Systems
from amanah.demo.ministry.systems import home

MONTH, PARTY, SOURCE = "2026-10", "IDN", "siskop2mi"
TASK = f"{SOURCE}.validate"
DAG_ID = f"idn-sau.{PARTY.lower()}.publish"


@dataclass(frozen=True)
class BadMonth:
    """What became of it.

    Attributes:
        state: how the run ended.
        tasks: the task instances, by task id, as Airflow's API gives them.
        asked: what Airflow asked before that.
        waited: what the engineer was told when it asked.
        mail: what the engineer was told in the end.
        values: what was wrong in the records; found nowhere but in the protected store.
    """

    state: str
    tasks: dict[str, dict[str, object]]
    asked: str
    waited: EmailMessage
    mail: EmailMessage
    values: frozenset[str]

    @classmethod
    def happen(cls, demonstration: Demonstration) -> "BadMonth":
        """Spoil the records of a source, run its month in Airflow, have the batch left out, and wait for what comes."""
        values = _spoil(demonstration)
        known = set((demonstration.folder / "mails").glob("*.eml"))
        with demonstration.client() as client:
            run = client.trigger(DAG_ID, MONTH)
            asked = decide(client, DAG_ID, run, {TASK: "Leave it out"})[TASK]
            state = client.wait(DAG_ID, run, timeout=180)
            tasks = {str(task["task_id"]): task for task in client.task_instances(DAG_ID, run)}

        def fresh() -> list[bytes]:
            return [file.read_bytes() for file in set((demonstration.folder / "mails").glob("*.eml")) - known]

        until(lambda: len(fresh()) > 1, "the mails to the engineer")
        mails = [message_from_bytes(content, policy=policy.default) for content in fresh()]
        [failed] = [mail for mail in mails if "failed" in str(mail["Subject"])]
        [waited] = [mail for mail in mails if mail is not failed]
        assert isinstance(failed, EmailMessage)
        assert isinstance(waited, EmailMessage)
        return cls(state, tasks, asked, waited, failed, values)


def _spoil(demonstration: Demonstration) -> frozenset[str]:
    """Let one system take in names nobody has and numbers no document has; the others have a usual month."""
    values, records = set(), []
    found = demonstration.corridor.changes(PARTY, "placement", "2026-09")
    for number, record in enumerate(found):
        spoiled: dict[str, object] = {}
        if home(PARTY, "placement", record).name == SOURCE:
            spoiled = {"name_latin": f"Kanariawati Tunggal{number:03d}", "passport_no": f"?{number:07d}Zz"}
        values |= {str(value) for value in spoiled.values()}
        moment = datetime(2026, 10, 5, number % 24, tzinfo=UTC)
        records.append({**record, **spoiled, "updated_at": moment})
    url = demonstration.database_url("ministry_idn").replace("postgresql://", "postgresql+psycopg://")
    systems = Systems(sql_url=url, drop=demonstration.folder / "ministry" / PARTY)
    ministry.advance(PARTY, MONTH, {"placement": records, "complaint": []}, systems)
    return frozenset(values)
