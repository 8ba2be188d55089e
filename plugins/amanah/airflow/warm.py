"""Imports that every task needs and that take seconds: done once in the process that tasks are forked from."""

import importlib

_USED_BY_TASKS = (
    "amanah.airflow.connections",
    "amanah.reconcile",
    "reports",
    "great_expectations.expectations",
)


def up() -> None:
    """Import what tasks use. Nothing is opened or started: a fork inherits modules safely, threads and files not."""
    for name in _USED_BY_TASKS:
        importlib.import_module(name)
