"""The weekly look at the ledger, run by a real Airflow: what it found last week is what it compares with."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from builders import a_placement
from corridor import Corridor, settings_file
from post_office import PostOffice
from sqlalchemy import text

from amanah.demo.house import PROJECT
from amanah.demo.services.postgres import Postgres
from amanah.exchange import ledger
from amanah.node.settings import LedgerSettings
from amanah.store.database import Database

pytestmark = pytest.mark.slow

DAG = "idn-sau.idn.verify"
Run = Callable[[date], tuple[bool, str]]


@pytest.fixture
def run(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Run:
    """Run the pipeline as of a day; whether it went well, and its log."""
    corridor.send(a_placement())
    corridor.exchange()
    postgres.create_database("airflow_that_verifies")
    url, mail = postgres.url("airflow_that_verifies"), post_office.settings
    plain = {"disable_ssl": True, "disable_tls": True}
    smtp = {"conn_type": "smtp", "host": mail.host, "port": mail.port, "extra": plain}
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AMANAH"))},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url,
        "AIRFLOW_CONN_AMANAH_IDN_SMTP": json.dumps(smtp),
        "AMANAH_NODES": str(settings_file(corridor.idn)),
    }
    airflow = str(Path(sys.executable).with_name("airflow"))
    subprocess.run([airflow, "db", "migrate"], env=env, check=True, capture_output=True)

    def once(day: date) -> tuple[bool, str]:
        argv = [airflow, "dags", "test", DAG, day.isoformat()]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=180, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    return once


def test_a_ledger_written_anew_since_last_week_is_found_out_and_mailed(
    run: Run, corridor: Corridor, postgres: Postgres, post_office: PostOffice
) -> None:
    well, said = run(date(2026, 8, 3))
    assert well, said
    assert "6 entries, 2 messages and 2 packages hold" in said

    write_anew(corridor, postgres)
    well, said = run(date(2026, 8, 10))

    assert not well
    assert "entry 6: is not the one that was noted: the chain was written anew" in said
    [mail] = post_office.taken
    assert "verify failed" in str(mail["Subject"])


def test_little_room_is_a_failure_that_says_what_to_do(corridor: Corridor, tmp_path: Path) -> None:
    corridor.idn.settings = corridor.idn.settings.model_copy(update={"ledger": LedgerSettings(room_mb=1)})
    with corridor.idn.database.engine.begin() as connection:
        for _ in range(1000):
            ledger.append(connection, "IDN-SAU-placement-000001", "alarm", reason="x" * 100)
    measure = f"from amanah.airflow import tasks; tasks.room.function({str(settings_file(corridor.idn))!r})"
    env = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow")}

    done = subprocess.run([sys.executable, "-c", measure], env=env, capture_output=True, text=True, check=False)

    said = done.stderr.splitlines()[-1]
    assert re.search(r"AirflowFailException: the ledger uses \d+% of the 1 MB that node.yaml gives it", said)
    assert said.endswith("see that its disk has room, then raise ledger.room_mb")


def write_anew(corridor: Corridor, postgres: Postgres) -> None:
    """A chain without a fault in it, in which the last entry came a second later."""
    owner = Database(postgres.url(str(corridor.idn.database.url.database)))
    with owner.engine.begin() as connection:
        last = list(ledger.entries(connection))[-1]
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
        later = {"at": last.at.replace(microsecond=(last.at.microsecond + 1) % 1_000_000), "position": last.position}
        connection.execute(text("UPDATE ledger SET at = :at WHERE position = :position"), later)
        changed = list(ledger.entries(connection))[-1]
        connection.execute(
            text("UPDATE ledger SET hash = :hash WHERE position = :position"),
            {"hash": changed.seal, "position": last.position},
        )
        connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER ALL"))
    owner.engine.dispose()
