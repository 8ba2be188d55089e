"""Answering what tasks ask in a real Airflow, no faster than a person could."""

from collections.abc import Mapping

from amanah.demo.services.airflow_client import AirflowClient

PATIENCE = 240


def decide(airflow: AirflowClient, dag: str, run: str, answers: Mapping[str, str], why: str = "") -> dict[str, str]:
    """Once every task of ``answers`` waits for input, give its answer; return what each asked, in words."""
    asked = airflow.decide(dag, run, answers, PATIENCE, **({"why": why} if why else {}))
    return {task: f"{question['subject']}\n{question['body']}" for task, question in asked.items()}
