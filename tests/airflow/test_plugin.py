"""Airflow loads one file of ours as a plugin; the library beside it is imported once, under its own name."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amanah.demo.house import PROJECT

pytestmark = pytest.mark.slow

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def plugged(in_airflow: Run, node_files: list[Path]) -> dict[str, Any]:
    return in_airflow("plugged.py", nodes=node_files)


def test_there_is_one_plugin_and_it_loads(plugged: dict[str, Any]) -> None:
    assert plugged["import_errors"] == {}
    assert plugged["plugins"] == ["amanah"]


def test_no_module_is_imported_twice_or_under_a_bare_name(plugged: dict[str, Any]) -> None:
    assert plugged["twice"] == {}
    assert plugged["bare"] == []


def test_only_a_scheduler_imports_beforehand_what_tasks_use(plugged: dict[str, Any]) -> None:
    assert plugged["warm"] == {"when loaded": False, "in another program": False, "in the scheduler": True}


def test_without_airflowignore_modules_would_take_the_names_of_others(
    in_airflow: Run, node_files: list[Path], tmp_path: Path
) -> None:
    """Why the file is there, and that the test above would notice."""
    copy = tmp_path / "plugins"
    shutil.copytree(PROJECT / "plugins", copy, ignore=shutil.ignore_patterns("__pycache__", ".airflowignore", "demo"))

    found = in_airflow("plugged.py", nodes=node_files, plugins=copy)

    assert {"sql", "package", "records"} <= set(found["bare"])
