"""Setting the node up: keys, exchange point, HTTPS, ``node.yaml``, and the folder for whoever will talk to it."""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysequoia
import yaml
from pydantic import SecretStr

from amanah.demo import setup
from amanah.demo.services import sftp_server
from amanah.demo.services.api_server import api_service
from amanah.demo.services.keys import make_keypair, pinned, public_key_file
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Service
from amanah.demo.services.sftp_server import sftp_service
from amanah.demo.services.tls import make_certificate
from amanah.exchange import seal
from amanah.exchange.api import client_secret
from amanah.node import Node, NodeSettings
from amanah.partner.serve.place import Place
from schemas.agreement import Agreement

WORTHLESS = "worthless, made for a test"


@dataclass(frozen=True)
class Given:
    """Keys that are not made here: the node's secret key, the partner's certificate, its public SSH key."""

    key: Path | None = None
    partner_certificate: Path | None = None
    partner_ssh_key: Path | None = None


def keys(place: Place, partner: str, given: Given) -> None:
    """Have the node's and the partner's keys where they belong."""
    ours, theirs = place.node / "keys", place.for_partner
    for folder in (ours, theirs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    us = place.party
    if given.key is not None:
        _write(ours / f"{us}.key.pgp", given.key.read_bytes(), mode=0o600)
        certificate = pysequoia.Tsk.from_bytes(given.key.read_bytes()).extract_certificate()
        _write(theirs / f"{us}.cert.pgp", bytes(certificate))
    elif not (ours / f"{us}.key.pgp").exists():
        seal.generate(f"Amanah {us} ({WORTHLESS})", ours / f"{us}.key.pgp", theirs / f"{us}.cert.pgp")
    if given.partner_certificate is not None:
        _write(theirs / f"{partner}.cert.pgp", given.partner_certificate.read_bytes())
    elif not (theirs / f"{partner}.cert.pgp").exists():
        made = theirs / f"{partner}.key.pgp", theirs / f"{partner}.cert.pgp"
        seal.generate(f"Amanah {partner} ({WORTHLESS})", *made)
    _write(ours / f"{partner}.cert.pgp", (theirs / f"{partner}.cert.pgp").read_bytes())
    make_keypair(ours / "sftp")
    if given.partner_ssh_key is not None:
        _write(public_key_file(theirs / "sftp"), given.partner_ssh_key.read_bytes())
    else:
        make_keypair(theirs / "sftp")


def exchange_point(place: Place, partner: str) -> tuple[Service, Service]:
    """The exchange point over SFTP and over HTTPS, both over the same folders."""
    users = {
        place.party: public_key_file(place.node / "keys" / "sftp"),
        partner: public_key_file(place.for_partner / "sftp"),
    }
    config = sftp_server.exchange_point(place.exchange, place.sftp_port, place.corridor, users)
    (place.for_partner / "known_hosts").write_text(
        f"[127.0.0.1]:{place.sftp_port} {pinned(place.exchange / '.host_key')}\n", encoding="utf-8"
    )
    make_certificate(place.exchange / "tls.key", place.exchange / "tls.pem")
    shutil.copyfile(place.exchange / "tls.pem", place.for_partner / "ca.pem")
    api = api_service(_api_settings(place, partner), place.api_port)
    return sftp_service(config, place.sftp_port), api


def client_id(party: str) -> str:
    """What the HTTPS service calls a party's node."""
    return f"{party.lower()}-node"


def _api_settings(place: Place, partner: str) -> Path:
    """The service's settings; secrets are made once and lie in two files of their owners."""
    file = place.exchange / "api.yaml"
    if file.exists():
        return file
    clients = {}
    for party, folder in ((place.party, place.node), (partner, place.for_partner)):
        secret, hashed = client_secret.make()
        _write(folder / "secret", f"{secret}\n".encode(), mode=0o600)
        netrc = f"machine localhost login {client_id(party)} password {secret}\n"
        _write(folder / "secret.netrc", netrc.encode(), mode=0o600)
        clients[client_id(party)] = {"corridor": place.corridor, "party": party, "secrets": [hashed]}
    content = {
        "root": "files",
        "state": "api-state",
        "url": place.api_url,
        "port": place.api_port,
        "tls": {"certificate": "tls.pem", "key": "tls.key"},
        "tokens": {"signing_keys": [secrets.token_hex(32)]},
        "corridors": {place.corridor: {"parties": [place.party, partner]}},
        "clients": clients,
    }
    _write(file, yaml.safe_dump(content, sort_keys=False).encode(), mode=0o600)
    return file


def node(place: Place, agreement_file: Path, agreement: Agreement, postgres: Postgres) -> Node:
    """Write ``node.yaml``, bring the database up to date, and give the node."""
    us, partner = place.party, agreement.other(place.party)
    name = f"node_{us.lower()}"
    content = {
        "party": us,
        "agreement": str(agreement_file.resolve()),
        "store": "store",
        "database": postgres.url(name, role=name),
        "keys": {"ours": f"keys/{us}.key.pgp", "partner": f"keys/{partner}.cert.pgp"},
        **_wires(place, us, "keys/sftp", place.exchange / "tls.pem", place.node),
    }
    file = place.node / "node.yaml"
    _write(file, yaml.safe_dump(content, sort_keys=False).encode(), mode=0o600)
    owner = SecretStr(postgres.url(name, role=f"{name}_owner"))
    Node(NodeSettings.load(file).model_copy(update={"database_owner": owner})).migrate()
    return Node.load(file)


def node_database(place: Place, postgres: Postgres) -> None:
    """Make the node's database, as the demonstration's nodes have it."""
    setup.node_database(postgres, place.party)


def for_partner(place: Place, agreement_file: Path, partner: str) -> Path:
    """Write what ``amanah partner check`` needs to talk to the node; return its settings file."""
    folder = place.for_partner
    shutil.copyfile(agreement_file, folder / "agreement.yaml")
    content = {
        "party": partner,
        "agreement": "agreement.yaml",
        "keys": {"ours": f"{partner}.key.pgp", "partner": f"{place.party}.cert.pgp"},
        **_wires(place, partner, "sftp", Path("ca.pem"), folder),
    }
    file = folder / "partner.yaml"
    _write(file, yaml.safe_dump(content, sort_keys=False).encode(), mode=0o600)
    return file


def _wires(place: Place, party: str, ssh_key: str, ca: Path, secret_in: Path) -> Mapping[str, Any]:
    return {
        "sftp": {
            "host": "127.0.0.1",
            "port": place.sftp_port,
            "username": party.lower(),
            "private_key": ssh_key,
            "host_key": pinned(place.exchange / ".host_key"),
        },
        "api": {
            "url": place.api_url,
            "client_id": client_id(party),
            "client_secret": (secret_in / "secret").read_text(encoding="utf-8").strip(),
            "ca": str(ca),
        },
    }


def _write(file: Path, content: bytes, *, mode: int = 0o644) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as opened:
        os.fchmod(opened.fileno(), mode)
        opened.write(content)
