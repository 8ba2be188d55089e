"""A real Airflow with the pipelines of a corridor's two nodes, as tests need it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from corridor import Corridor, settings_file
from post_office import PostOffice

from amanah.demo.house import PROJECT
from amanah.demo.services.airflow import ADMIN, AirflowServices
from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.airflow_settings import settings
from amanah.demo.services.ports import free_port
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor

SLOTS = 4


@contextmanager
def running(
    folder: Path, name: str, corridor: Corridor, postgres: Postgres, post_office: PostOffice, **extra: str
) -> Iterator[AirflowClient]:
    """Airflow below ``folder``, its database called ``name``; mail goes to ``post_office``.

    The pipelines run only when a test asks for it. ``extra`` is added to the environment.
    """
    mail = post_office.settings
    plain = {"disable_ssl": True, "disable_tls": True}
    smtp = json.dumps({"conn_type": "smtp", "host": mail.host, "port": mail.port, "extra": plain})
    postgres.create_database(name)
    for node in (corridor.idn, corridor.sau):
        node.settings = node.settings.model_copy(update={"runs_from": datetime.now(UTC).date() + timedelta(days=2)})
    env = settings(
        folder,
        database_url=postgres.url(name),
        port=free_port(),
        dags=PROJECT / "dags",
        plugins=PROJECT / "plugins",
        users={ADMIN: "admin"},
        extra={
            "AMANAH_NODES": f"{settings_file(corridor.idn)}:{settings_file(corridor.sau)}",
            "AIRFLOW_CONN_AMANAH_IDN_SMTP": smtp,
            "AIRFLOW_CONN_AMANAH_SAU_SMTP": smtp,
            **extra,
        },
    )
    with Supervisor(folder) as supervisor:
        services = AirflowServices(folder, env)
        services.start(supervisor)
        with services.client() as client:
            for party in ("idn", "sau"):
                client.make_pool(f"amanah_{party}_partner", SLOTS, "both runs at once")
            yield client
