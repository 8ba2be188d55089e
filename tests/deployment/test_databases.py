"""deploy/postgres/databases.sh, run as the image runs it: two databases, and roles that do what they should."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from amanah.demo.services import postgres as service
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import ledger
from amanah.store.database import Database, DatabaseRefused
from amanah.store.roles import power_over_ledger

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "deploy/postgres/databases.sh"
PASSWORDS = {"AIRFLOW_DB_PASSWORD": "a", "AMANAH_DB_PASSWORD": "b", "AMANAH_OWNER_PASSWORD": "c"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server as the image has it, with the superuser ``postgres``, after the script."""
    if shutil.which("psql") is None:
        pytest.skip("NOT CHECKED: `psql` is not installed here; run this test where it is")
    with pytest.MonkeyPatch.context() as patched, Supervisor(tmp_path_factory.mktemp("image")) as supervisor:
        patched.setattr(service, "USER", "postgres")
        server = Postgres(supervisor.folder)
        server.start(supervisor)
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": server.password}
        subprocess.run(["sh", str(SCRIPT)], env={**os.environ, **login, **PASSWORDS}, check=True)
        yield server


@pytest.fixture(scope="module")
def url(server: Postgres):
    return lambda role, password, name: f"postgresql+psycopg://{role}:{password}@127.0.0.1:{server.port}/{name}"


def test_the_owner_migrates_and_the_application_cannot_change_the_ledger(url) -> None:
    owner, application = Database(url("amanah_owner", "c", "amanah")), Database(url("amanah", "b", "amanah"))
    owner.migrate(application="amanah")

    with application.engine.begin() as connection:
        ledger.append(connection, "IDN-SAU-placement-000001", "built")
        assert not power_over_ledger(connection).could_rewrite
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"), application.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger"))
    for database in (owner, application):
        database.engine.dispose()


@pytest.mark.parametrize(
    ("role", "password", "name"),
    [("airflow", "a", "amanah"), ("amanah", "b", "airflow"), ("amanah_owner", "c", "airflow")],
)
def test_neither_database_opens_to_the_others_roles(url, role: str, password: str, name: str) -> None:
    engine = create_engine(url(role, password, name))
    with pytest.raises((OperationalError, ProgrammingError), match="permission denied for database"):
        engine.connect()
    engine.dispose()


def test_airflow_owns_its_own(url) -> None:
    engine = create_engine(url("airflow", "a", "airflow"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bookkeeping (x int)"))
    engine.dispose()
