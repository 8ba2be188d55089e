"""Airflow in a process of its own, with a home of its own and no database: reading DAGs and plugins needs none."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from amanah.demo import ministry
from amanah.demo.house import PROJECT
from schemas.agreement import FOLDER

HERE = Path(__file__).parent
PARTIES = ("IDN", "SAU")
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def node_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two nodes as far as DAG files look at them: party, agreement, and the mappings of their sources."""
    made = []
    for party in PARTIES:
        file = tmp_path_factory.mktemp(party) / "node.yaml"
        sources = {m.name: {"mapping": str(ministry.mapping_path(m.name))} for m in ministry.mappings(party)}
        content = {"party": party, "agreement": str(FOLDER / "idn-sau.yaml"), "store": "store", "sources": sources}
        terms = ministry.consolidation_path(party)
        content |= {} if terms is None else {"consolidation": str(terms)}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        made.append(file)
    return made


@pytest.fixture(scope="session")
def in_airflow(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run one of the programs here with Airflow set up around it, and return the JSON on its last line."""

    def run(program: str, *arguments: str, nodes: list[Path], plugins: Path = PROJECT / "plugins") -> dict[str, Any]:
        home = tmp_path_factory.mktemp("airflow")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AMANAH"))},
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'no' / 'database'}",
            "AMANAH_NODES": os.pathsep.join(map(str, nodes)),
        }
        argv = [sys.executable, str(HERE / program), *arguments]
        done = subprocess.run(argv, env=environment, cwd=home, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return run


@pytest.fixture(scope="session")
def parsed(in_airflow: Run, node_files: list[Path]) -> dict[str, Any]:
    """What Airflow reads from our DAG files when two nodes are configured."""
    return in_airflow("parsed.py", str(PROJECT / "dags"), nodes=node_files)


@pytest.fixture(scope="session")
def dags(parsed: dict[str, Any]) -> dict[str, Any]:
    """The DAGs by id."""
    return parsed["dags"]
