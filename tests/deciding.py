"""Answering what tasks ask in a real Airflow, no faster than a person could."""

import time
from collections.abc import Mapping

from amanah.demo.services.airflow_client import AirflowClient

PATIENCE = 240
BEATS = 2


def decide(airflow: AirflowClient, dag: str, run: str, answers: Mapping[str, str], why: str = "") -> dict[str, str]:
    """Once every task of ``answers`` waits for input, give its answer; return what each asked, in words.

    Airflow 3.3 tries a task again, and asks again, that goes on before its scheduler has noted that it had paused. That
    takes a second; here the scheduler's heart beats twice first.
    """
    deadline = time.monotonic() + PATIENCE
    states: dict[str, str] = {}
    while any(states.get(task) != "awaiting_input" for task in answers):
        assert time.monotonic() < deadline, states
        time.sleep(0.1)
        states = {each["task_id"]: each["state"] for each in airflow.task_instances(dag, run)}
    seen = {airflow.heartbeat()}
    while len(seen) <= BEATS:
        assert time.monotonic() < deadline, "the scheduler is down"
        time.sleep(0.1)
        seen.add(airflow.heartbeat())
    asked = {task: airflow.question(dag, run, task) for task in answers}
    for task, answer in answers.items():
        airflow.answer(dag, run, task, answer, **({"why": why} if why else {}))
    return {task: f"{question['subject']}\n{question['body']}" for task, question in asked.items()}
