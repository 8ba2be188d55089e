"""deploy/postgres/databases.sh, run as the image runs it: two databases, and roles that do what they should."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def an_image(folder: Path, passwords: dict[str, str]) -> Iterator[Postgres]:
    """A server as the image has it, with the superuser ``postgres``, after the script."""
    if shutil.which("psql") is None:
        pytest.skip("NOT CHECKED: `psql` is not installed here; run this test where it is")
    with pytest.MonkeyPatch.context() as patched, Supervisor(folder) as supervisor:
        patched.setattr(service, "USER", "postgres")
        server = Postgres(supervisor.folder)
        server.start(supervisor)
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": server.password}
        subprocess.run(["sh", str(SCRIPT)], env={**os.environ, **login, **passwords}, check=True)
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with an_image(tmp_path_factory.mktemp("image"), PASSWORDS) as server:
        yield server


@pytest.fixture(scope="module")
def url(server: Postgres):
    return lambda role, password, name: f"postgresql+psycopg://{role}:{password}@127.0.0.1:{server.port}/{name}"


def secrets(folder: Path) -> dict[str, str]:
    """What the documented steps of a rehearsal write for the partner's database."""
    guide = (Path(__file__).parents[2] / "docs/production.md").read_text(encoding="utf-8")
    rehearsal = guide.partition("## 7. Rehearse with a partner\n")[2]
    steps = re.search(r"^```sh\n(.+?)^```", rehearsal, re.M | re.S)
    assert steps
    (folder / "var/node/keys").mkdir(parents=True)
    (folder / "var/node/keys/sftp.pub").touch()
    subprocess.run(["sh", "-eu", "-c", steps[1]], cwd=folder, check=True, capture_output=True)
    files = [folder / "var/partner" / name for name in ("secrets.env", "owner.env")]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    return dict(line.split("=", 1) for file in files for line in file.read_text(encoding="utf-8").splitlines())


def test_the_partner_of_a_rehearsal_works_with_a_role_that_owns_nothing(tmp_path: Path) -> None:
    given = secrets(tmp_path)
    passwords = {name: value for name, value in given.items() if name.endswith("_PASSWORD")}
    with an_image(tmp_path / "image", passwords) as server:
        owner, application = (
            Database(given[name].replace("@partner-postgres/", f"@127.0.0.1:{server.port}/"))
            for name in ("AMANAH_DATABASE_OWNER_URL", "AMANAH_DATABASE_URL")
        )
        owner.migrate(application=str(application.url.username))
        with application.engine.connect() as connection:
            assert not power_over_ledger(connection).could_rewrite
            names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        assert "airflow" not in names
        for database in (owner, application):
            database.engine.dispose()


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
