"""Reads the DAG files as Airflow's DAG processor does, and prints what it found as JSON.

A program of its own: Airflow keeps what it finds in the environment when it is first imported, and no other test
should have that. ``conftest.py`` runs it and describes the output; the names of tests here say what matters in it.
"""

import json
import pkgutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction

REACHED: list[str] = []
LATER = ("pandas", "duckdb", "great_expectations", "pyarrow", "paramiko", "psycopg", "pysequoia")
LATER_OF_OURS = ("amanah.node", "amanah.exchange", "amanah.store", "amanah.reconcile", "amanah.sources", "reports")
# What really goes wrong here; imported only after it has been noted what the DAG files import.
GOES_WRONG = (
    "builtins.ConnectionError",
    "builtins.ConnectionResetError",
    "builtins.TimeoutError",
    "amanah.sources.errors.SourceUnavailable",
    "amanah.exchange.transport.TransportError",
    "amanah.cases.mail_server.MailServerUnavailable",
    "builtins.ValueError",
    "builtins.LookupError",
    "amanah.quality.checkpoint.BatchRefused",
    "amanah.node.intake.NotExtracted",
    "amanah.sources.errors.SourceError",
    "amanah.sources.errors.MappingError",
    "amanah.node.settings.SettingsError",
    "amanah.exchange.sftp.SftpMisconfigured",
    "amanah.exchange.sftp.NameTaken",
    "amanah.reconcile.errors.ReconcileError",
    "builtins.MemoryError",
    "amanah.store.database.DatabaseRefused",
    "paramiko.SSHException",
)


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note every attempt to reach something: a network, a database file, another program."""
    if event in ("socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"):
        REACHED.append(f"{event} {arguments[1:] if event == 'socket.connect' else arguments}")


def main() -> None:
    """Read the folder named on the command line and print what is there."""
    sys.addaudithook(watch)
    bag = DagBag(dag_folder=sys.argv[1])
    loaded = [name for name in (*LATER, *LATER_OF_OURS) if name in sys.modules]
    reached = list(REACHED)
    found = {
        "import_errors": bag.import_errors,
        "loaded": loaded,
        "reached": reached,
        "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()},
    }
    print("\n" + json.dumps(found, default=str))


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "owner_links": dag.owner_links,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "start": dag.start_date.isoformat(),
        "file": Path(dag.fileloc).name,
        "deadline": [alert.interval.total_seconds() / 60 for alert in dag.deadline or []],
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
        **_schedule(dag),
    }


def _task(task: Any) -> dict[str, Any]:
    return {
        "doc": task.doc_md,
        "owner": task.owner,
        "pool": task.pool,
        "retries": task.retries,
        "backoff": task.retry_exponential_backoff,
        "upstream": sorted(task.upstream_task_ids),
        "links": sorted(link.name for link in task.operator_extra_links),
        "outlets": [asset.name for asset in task.outlets],
        "on_failure": [
            {"kind": type(callback).__name__, "connection": callback.smtp_conn_id, "to": callback.to}
            for callback in task.on_failure_callback
        ],
        "verdicts": _verdicts(task.retry_policy),
    }


def _verdicts(policy: Any) -> dict[str, str]:
    kinds = [pkgutil.resolve_name(name) for name in GOES_WRONG]
    return {kind.__name__: policy.evaluate(kind("x"), 1, 5).action.value for kind in kinds}


def _schedule(dag: Any) -> dict[str, Any]:
    """The assets it waits for, and which partitions its runs have, as the scheduler works them out."""
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    found: dict[str, Any] = {"waits_for": sorted(asset.name for _, asset in timetable.asset_condition.iter_assets())}
    if "publish" in dag.dag_id:
        moment = datetime(2030, 1, 1, 3, tzinfo=UTC)
        ever = TimeRestriction(earliest=moment.replace(year=2029, month=12, day=31), latest=None, catchup=True)
        run = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=ever)
        found["run"] = {"at": run.run_after.isoformat(), "key": run.partition_key}
        months = timetable.iter_partition_dagrun_infos(
            earliest=datetime(2026, 7, 1, tzinfo=UTC), latest=datetime(2026, 9, 30, tzinfo=UTC)
        )
        found["backfill"] = [info.partition_key for info in months]
    if dag.dag_id.endswith("notify"):
        ever = TimeRestriction(earliest=datetime(2030, 1, 1, 12, tzinfo=UTC), latest=None, catchup=True)
        run = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=ever)
        found["run"] = {"at": run.run_after.isoformat(), "key": run.partition_key}
    if dag.dag_id.endswith("evaluate"):
        mapper = timetable.default_partition_mapper
        found["quarter_of"] = {month: mapper.to_downstream(month) for month in ("2026-07", "2026-12")}
        found["months_of"] = sorted(mapper.to_upstream("2026-Q3"))
    return found


if __name__ == "__main__":
    main()
