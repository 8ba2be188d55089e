"""Setting up the two nodes: keys, pinned certificates, ``node.yaml`` and the connections Airflow gives them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import SecretStr

from amanah.cases.people import Role
from amanah.demo import ministry
from amanah.demo.house import House
from amanah.demo.ministry import Systems
from amanah.demo.services import sftp_server
from amanah.demo.services.airflow import ADMIN
from amanah.demo.services.keys import make_keypair, pinned, public_key_file
from amanah.demo.services.postgres import Postgres
from amanah.exchange import seal
from amanah.node import Node, NodeSettings
from amanah.sources import SourceConnection
from schemas.agreement import Agreement

SHOWN = tuple(Role)  # there are pages for everybody


def systems(house: House, postgres: Postgres, party: str) -> Systems:
    """Where the ministry of ``party`` keeps its data."""
    return Systems(sql_url=postgres.url(f"ministry_{party.lower()}"), drop=house.ministry(party))


def exchange_point(house: House, agreement: Agreement) -> Path:
    """Make the exchange point's keys and configuration; return the configuration file."""
    users = {}
    for party in agreement.parties:
        make_keypair(house.node(party) / "keys" / "sftp")
        users[party] = public_key_file(house.node(party) / "keys" / "sftp")
    return sftp_server.exchange_point(house.exchange, house.sftp_port, agreement.id, users)


def node_database(postgres: Postgres, party: str) -> None:
    """Make a node's database with its two roles: one that owns the tables, one that works with them."""
    name = f"node_{party.lower()}"
    for role in (f"{name}_owner", name):
        postgres.create_role(role)
    postgres.create_database(name, owner=f"{name}_owner")


def nodes(house: House, agreement_file: Path, agreement: Agreement, postgres: Postgres) -> dict[str, Path]:
    """Write each party's keys and ``node.yaml``; return the files by party."""
    for party in agreement.parties:
        keys = house.node(party) / "keys"
        seal.generate(f"Amanah {party} (demonstration)", keys / f"{party}.key.pgp", keys / f"{party}.cert.pgp")
    for party in agreement.parties:
        other = agreement.other(party)
        certificate = house.node(other) / "keys" / f"{other}.cert.pgp"
        (house.node(party) / "keys" / certificate.name).write_bytes(certificate.read_bytes())
    return {party: _node_file(house, agreement_file, agreement, postgres, party) for party in agreement.parties}


def airflow_connections(house: House, agreement: Agreement, postgres: Postgres) -> dict[str, str]:
    """Each node's connections as the environment variables Airflow reads them from."""
    made: dict[str, str] = {}
    for party in agreement.parties:
        prefix = f"AIRFLOW_CONN_AMANAH_{party}"
        made[f"{prefix}_DB"] = _node_url(postgres, party, driver="postgres")
        made[f"{prefix}_SFTP"] = json.dumps(
            {
                "conn_type": "sftp",
                "host": "127.0.0.1",
                "port": house.sftp_port,
                "login": party.lower(),
                "extra": {
                    "key_file": str(house.node(party) / "keys" / "sftp"),
                    "host_key": pinned(house.exchange / ".host_key"),
                    "look_for_keys": "false",
                    "compress": "false",
                },
            }
        )
        made[f"{prefix}_SMTP"] = json.dumps(
            {
                "conn_type": "smtp",
                "host": "127.0.0.1",
                "port": house.mail_port,
                "extra": {
                    "disable_ssl": True,
                    "disable_tls": True,
                    "from_email": agreement.parties[party].engineer,
                },
            }
        )
    return made


def _node_file(house: House, agreement_file: Path, agreement: Agreement, postgres: Postgres, party: str) -> Path:
    content = {
        "party": party,
        # Until then the pipelines run only when asked; east of UTC tomorrow may have begun already.
        "runs_from": datetime.now(UTC).date() + timedelta(days=2),
        "agreement": str(agreement_file),
        "store": "store",
        "database": _node_url(postgres, party),
        # Not in the pipelines' environment: they work, and do not own the tables.
        "database_owner": f"env:AMANAH_{party}_DATABASE_OWNER",
        "keys": {"ours": f"keys/{party}.key.pgp", "partner": f"keys/{agreement.other(party)}.cert.pgp"},
        "sources": _sources(house, postgres, party),
        **_consolidation(party),
        "people": _people_file(house, agreement, party).name,
        "pages": f"http://127.0.0.1:{house.airflow_port}/amanah",
        "sftp": {
            "host": "127.0.0.1",
            "port": house.sftp_port,
            "username": party.lower(),
            "private_key": "keys/sftp",
            "host_key": pinned(house.exchange / ".host_key"),
        },
        "mail": {
            "host": "127.0.0.1",
            "port": house.mail_port,
            "sender": agreement.parties[party].engineer,
            "starttls": False,
        },
    }
    file = house.node(party) / "node.yaml"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    owner = SecretStr(postgres.url(f"node_{party.lower()}", role=f"node_{party.lower()}_owner"))
    Node(NodeSettings.load(file).model_copy(update={"database_owner": owner})).migrate()
    return file


def sign_ins(agreement: Agreement) -> dict[str, str]:
    """Who may sign in to Airflow besides its admin, and as what there: only an engineer needs a right of Airflow's."""
    roles = {Role.ENGINEER: "op"}
    return {name_of(party, role): roles.get(role, "") for party in agreement.parties for role in SHOWN}


def name_of(party: str, role: Role) -> str:
    """The sign-in name of the one person of ``party`` in ``role``."""
    return f"{party.lower()}.{role.value}"


def _people_file(house: House, agreement: Agreement, party: str) -> Path:
    """Write who works with the cases: one supervisor for all desks; the last desk is written to in English.

    One person of each role that pages are made for; Airflow's admin is an engineer of every node.
    """
    known = agreement.parties[party]
    supervisor = f"supervisor@{known.engineer.rpartition('@')[2]}"
    desks = {route.official: {"supervisor": supervisor} for route in known.routes}
    desks[known.routes[-1].official]["language"] = "en"
    people: dict[str, dict[str, object]] = {name_of(party, role): {"role": role.value} for role in SHOWN}
    for role in (Role.OFFICIAL, Role.SUPERVISOR):
        people[name_of(party, role)]["desks"] = list(desks)
    people[ADMIN] = {"role": Role.ENGINEER.value}
    file = house.node(party) / "people.yaml"
    file.write_text(yaml.safe_dump({"desks": desks, "people": people}, sort_keys=False), encoding="utf-8")
    return file


def _node_url(postgres: Postgres, party: str, driver: str = "postgresql+psycopg") -> str:
    name = f"node_{party.lower()}"
    return postgres.url(name, driver, role=name)


def _sources(house: House, postgres: Postgres, party: str) -> Mapping[str, object]:
    made = {}
    for mapping in ministry.mappings(party):
        connection = ministry.connection_to(
            mapping,
            systems(house, postgres, party),
            rest_url=f"http://127.0.0.1:{house.rest_ports[party]}",
            token=SecretStr(house.rest_token),
        )
        made[mapping.name] = {
            "mapping": str(ministry.mapping_path(mapping.name)),
            "url": connection.url,
            **_credentials(connection),
        }
    return made


def _credentials(connection: SourceConnection) -> Mapping[str, object]:
    """How the node gets in: a token, or an id and a secret with which it has one given."""
    if connection.token is not None:
        return {"token": connection.token.get_secret_value()}
    if connection.oauth2 is None:
        return {}
    client = connection.oauth2
    return {
        "oauth2": {
            "token_url": client.token_url,
            "client_id": client.client_id,
            "client_secret": client.client_secret.get_secret_value(),
        }
    }


def _consolidation(party: str) -> Mapping[str, object]:
    terms = ministry.consolidation_path(party)
    return {} if terms is None else {"consolidation": str(terms)}
