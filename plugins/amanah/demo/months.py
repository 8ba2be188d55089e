"""One month of the corridor, two ways: by the verbs alone, and by Airflow as a user would do it."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from amanah.demo.services.airflow_client import AirflowClient, AirflowError
from amanah.node import Node
from amanah.periods import first_day_after
from schemas.agreement import Agreement

Say = Callable[[str], None]

_TIMEOUT = 240.0  # seconds for one DAG run; a minute is usual on two cores
_READING = 120.0  # seconds for Airflow to read the DAG files; it is healthy before it has
_PIPELINES = ("publish", "collect", "reconcile", "evaluate")
_POLL = 0.5


class Verbs:
    """Both nodes' verbs without Airflow, each node in a process of its own, as if in its own country."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = list(files.values())
        spawning = multiprocessing.get_context("spawn")
        self._processes = ProcessPoolExecutor(len(files), mp_context=spawning, initializer=_end_with_parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._processes.shutdown(cancel_futures=True)

    def run(self, month: str) -> None:
        """Exchange, reconcile and notify ``month``; each step ends on both sides before the next begins."""
        for step in (_publish, _exchange, _conclude):
            list(self._processes.map(step, self._files, [month] * len(self._files)))


def _end_with_parent() -> None:
    """Let a worker end when the demonstration is killed; by itself it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)  # at once: every verb is safe to kill anywhere


def _publish(file: Path, month: str) -> None:
    node = Node.load(file)
    for source in node.settings.sources:
        node.extract(source, month)
        node.validate(source, month)
    for stream in node.agreement.streams:
        node.publish(stream, month)
    node.deliver()


def _exchange(file: Path, _month: str) -> None:
    node = Node.load(file)
    node.collect()
    node.admit()
    node.deliver()


def _conclude(file: Path, month: str) -> None:
    _exchange(file, month)
    node = Node.load(file)
    node.reconcile(month)
    node.notify(first_day_after(month))


def await_pipelines(client: AirflowClient, agreement: Agreement) -> None:
    """Wait until Airflow has read both nodes' pipelines.

    Raises:
        AirflowError: not in time; names the missing ones, and the files that could not be imported.
    """
    of_both = [f"{agreement.id}.{party.lower()}.{name}" for party in agreement.parties for name in _PIPELINES]
    client.wait_for_dags(of_both, _READING)


def certify(client: AirflowClient, agreement: Agreement, say: Say) -> None:
    """Let both sides send and fetch what each certifies of the month that was reconciled last."""
    for _round in ("each sends its certificate", "each fetches the other's"):
        _run_both(client, [f"{agreement.id}.{party.lower()}.collect" for party in agreement.parties], None, say)


def evaluate(client: AirflowClient, agreement: Agreement, quarter: str, say: Say, *, whole: bool) -> None:
    """Approve each side's draft of ``quarter``, and wait until both are published.

    Airflow starts the evaluation of a ``whole`` quarter by itself; that of one whose months do not all come is
    triggered, as a person would.
    """
    dag_ids = [f"{agreement.id}.{party.lower()}.evaluate" for party in agreement.parties]
    begin = _started if whole else AirflowClient.trigger
    runs = [(dag_id, begin(client, dag_id, quarter)) for dag_id in dag_ids]
    for dag_id, run_id in runs:
        client.decide(dag_id, run_id, {"approve": "Approve"}, _TIMEOUT, why="read in the demonstration")
    for dag_id, run_id in runs:
        _finish(client, dag_id, run_id, say)


def by_airflow(client: AirflowClient, agreement: Agreement, month: str, say: Say) -> None:
    """Trigger both nodes' pipelines for ``month`` and wait until reconciliation, started by its assets, has ended."""
    dags = {party: f"{agreement.id}.{party.lower()}" for party in agreement.parties}
    _run_both(client, [f"{prefix}.publish" for prefix in dags.values()], month, say)
    for _answers in ("the partner's records", "the partner's answers"):
        _run_both(client, [f"{prefix}.collect" for prefix in dags.values()], None, say)
    for prefix in dags.values():
        await_partition(client, f"{prefix}.reconcile", month, say)


def _run_both(client: AirflowClient, dag_ids: list[str], key: str | None, say: Say) -> None:
    started = [(dag_id, client.trigger(dag_id, key)) for dag_id in dag_ids]
    for dag_id, run_id in started:
        _finish(client, dag_id, run_id, say)


def await_partition(client: AirflowClient, dag_id: str, key: str, say: Say) -> None:
    """Wait for the run of ``dag_id`` that Airflow starts by itself for partition ``key``."""
    _finish(client, dag_id, _started(client, dag_id, key), say)


def _started(client: AirflowClient, dag_id: str, key: str) -> str:
    """The run of ``dag_id`` for ``key``, once Airflow has started it."""
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        started = [run["dag_run_id"] for run in client.runs(dag_id) if run["partition_key"] == key]
        if started:
            return str(started[0])
        time.sleep(_POLL)
    raise AirflowError(f"{dag_id} was not started for {key} within {_TIMEOUT:.0f} s; look at its assets in the UI")


def _finish(client: AirflowClient, dag_id: str, run_id: str, say: Say) -> None:
    state = client.wait(dag_id, run_id, timeout=_TIMEOUT)
    say(f"{dag_id}: {state}")
    if state != "success":
        raise AirflowError(f"run {run_id} of {dag_id} ended {state}; its task logs say why")
