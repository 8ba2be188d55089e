"""The demonstration from nothing: services, two ministries, two nodes, up to nine months, and what came of it."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from amanah.demo import corridor, ministry, months, setup, summary
from amanah.demo.house import PROJECT, House
from amanah.demo.services.airflow import ADMIN, AirflowServices
from amanah.demo.services.airflow_settings import settings
from amanah.demo.services.mail_catcher import mail_service
from amanah.demo.services.metrics_catcher import metrics_service
from amanah.demo.services.metrics_catcher import settings as metrics_settings
from amanah.demo.services.ports import listens
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Service, Supervisor, base_environment
from amanah.demo.services.sftp_server import sftp_service
from amanah.periods import quarter_of
from schemas import agreement as agreements
from schemas.agreement import Agreement

AGREEMENT = agreements.FOLDER / "idn-sau.yaml"
SEED = 7
MONTHS = len(corridor.THREE_QUARTERS)
_BY_AIRFLOW = 3  # the last quarter's; those before it by the verbs alone, to save time


@dataclass(frozen=True)
class Stage:
    """What the parts of a demonstration share."""

    house: House
    agreement: Agreement
    postgres: Postgres
    supervisor: Supervisor
    say: Callable[[str], None]


def run(folder: Path, *, records: int, months_played: int = MONTHS, keep: bool = False) -> None:
    """Run the demonstration in ``folder``; with ``keep`` the services stay up afterwards (``down`` ends them).

    ``months_played`` is how many months there are, the last ones of the three quarters. With fewer than a quarter's the
    evaluation says which are missing.
    """
    began, say = time.monotonic(), _progress()
    agreement = agreements.load(AGREEMENT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Supervisor(folder, detached=keep) as supervisor:
        house = House.build(folder.resolve(), list(agreement.parties))
        postgres = Postgres(house.folder, house.postgres_port)
        say("starting PostgreSQL, the exchange point, the mail catcher and two ministries")
        stage = Stage(house, agreement, postgres, supervisor, say)
        files, airflow = _open(stage)
        say(f"making a synthetic corridor of {records:,} placements a side")
        played = corridor.THREE_QUARTERS[-months_played:]
        made = corridor.generate(records=records, seed=SEED, months=played, agreement=agreement)
        early, late = played[:-_BY_AIRFLOW], played[-_BY_AIRFLOW:]
        with months.Verbs(files) as verbs:
            for month in early:
                _advance(stage, made, month)
                verbs.run(month)
                say(f"{month}: exchanged, reconciled and notified by the verbs")
        airflow.start(supervisor)
        say(f"Airflow is up at {airflow.base_url}")
        with airflow.client() as client:
            months.await_pipelines(client, agreement)
            for party in agreement.parties:
                client.make_pool(f"amanah_{party.lower()}_partner", 1, "keeps the exchange point from being flooded")
            for month in late:
                say(f"{month}: by Airflow")
                _advance(stage, made, month)
                months.by_airflow(client, agreement, month, say)
            months.certify(client, agreement, say)
            months.evaluate(client, agreement, quarter_of(late[-1]), say, whole=len(late) == _BY_AIRFLOW)
        summary.show(house, files, airflow, kept=keep, seconds=time.monotonic() - began)


def _open(stage: Stage) -> tuple[Mapping[str, Path], AirflowServices]:
    """Start everything; Airflow's own database is made while the rest goes on."""
    house, postgres, supervisor = stage.house, stage.postgres, stage.supervisor
    postgres.start(supervisor)
    parties = [party.lower() for party in stage.agreement.parties]
    for name in ("airflow", *(f"ministry_{party}" for party in parties)):
        postgres.create_database(name)
    for party in stage.agreement.parties:
        setup.node_database(postgres, party)
    config = setup.exchange_point(house, stage.agreement)
    rest = [_rest_service(stage, party) for party in stage.agreement.parties]
    catchers = [mail_service(house.mails, house.mail_port), metrics_service(house.metrics, house.metrics_port)]
    supervisor.launch(sftp_service(config, house.sftp_port), *catchers, *rest)
    files = setup.nodes(house, AGREEMENT, stage.agreement, postgres)
    env = settings(
        house.folder,
        database_url=postgres.url("airflow"),
        port=house.airflow_port,
        dags=PROJECT / "dags",
        plugins=PROJECT / "plugins",
        users={ADMIN: "admin", **setup.sign_ins(stage.agreement)},
        extra={
            "AMANAH_NODES": os.pathsep.join(map(str, files.values())),
            **metrics_settings(house.metrics_port),
            **setup.airflow_connections(house, stage.agreement, postgres),
        },
    )
    airflow = AirflowServices(house.folder, env)
    airflow.begin(supervisor)
    return files, airflow


def _rest_service(stage: Stage, party: str) -> Service:
    port = stage.house.rest_ports[party]
    url = setup.systems(stage.house, stage.postgres, party).sql_url
    argv = [sys.executable, "-m", "amanah.demo.ministry.rest", "--port", str(port)]
    argv += ["--database-env", "MINISTRY_DATABASE", "--token-env", "MINISTRY_TOKEN"]
    env = {**base_environment(), "MINISTRY_DATABASE": url, "MINISTRY_TOKEN": stage.house.rest_token}
    return Service(f"ministry-{party.lower()}", argv, env, ready=lambda: listens(port))


def _advance(stage: Stage, made: corridor.Corridor, month: str) -> None:
    for party in stage.agreement.parties:
        changes = {stream: made.changes(party, stream, month) for stream in stage.agreement.streams}
        abroad = made.abroad(month) if party == made.origin else []
        ministry.advance(party, month, changes, setup.systems(stage.house, stage.postgres, party), abroad)


def _progress() -> Callable[[str], None]:
    console, began = Console(highlight=False), time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.0f} s[/dim]  {text}", soft_wrap=True)

    return say
