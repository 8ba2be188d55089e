"""What a node must reach: its database, the exchange point, the mail server. Nothing is changed and nothing is sent."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paramiko
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from amanah.cases import outbox
from amanah.cases.outbox import MailServerUnavailable, MailSettings
from amanah.exchange.seal.keyring import SKEW
from amanah.exchange.sftp import SftpSettings, connect
from amanah.exchange.transport import TransportError
from amanah.node.doctor.finding import Finding, State
from amanah.store.database import Database, DatabaseRefused

_NEAR = timedelta(minutes=1)


def database(found: Database) -> Iterator[Finding]:
    """Whether the database answers, is of this version, and has the same time as we."""
    where = f"{found.url.host or 'this machine'}/{found.url.database}"
    try:
        is_newest = found.is_newest()
        with found.engine.connect() as connection:
            theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            apart = abs(datetime.now(UTC) - theirs)
    except (SQLAlchemyError, DatabaseRefused) as error:
        yield Finding(
            "database", State.UNREACHABLE, f"{where}: {type(error).__name__}", "is it up, and database right?"
        )
        return
    migrate = "run amanah node migrate"
    yield (
        Finding("database", State.OK, f"{where} answers and has this version's tables")
        if is_newest
        else Finding("database", State.FAILED, f"{where} has the tables of another version", migrate)
    )
    state = State.FAILED if apart > SKEW else State.WARNING if apart > _NEAR else State.OK
    said = f"{apart.total_seconds():.0f} s from the database's"
    yield Finding("clock", state, said, "" if state is State.OK else "set both by a time service (NTP)")


def exchange_point(settings: SftpSettings | None, folders: list[str]) -> Iterator[Finding]:
    """Whether the SSH key is kept well and the exchange point lets us in to ``folders``."""
    if settings is None:
        yield Finding("exchange point", State.WARNING, "node.yaml has no sftp", "needed unless Airflow has it")
        return
    yield _ssh_key(settings.private_key)
    where = f"{settings.host}:{settings.port}"
    try:
        with connect(settings) as wire:
            for folder in folders:
                wire.names(folder)
    except (TransportError, ValueError) as error:
        yield Finding("exchange point", State.UNREACHABLE, str(error), "host, account, host_key; or the partner's side")
    else:
        yield Finding("exchange point", State.OK, f"{where} lets us in, with the pinned host key")


def _ssh_key(file: Path) -> Finding:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        paramiko.PKey.from_path(file)
    except (OSError, paramiko.SSHException, ValueError) as error:
        do = "make one: ssh-keygen -t ed25519; docs/production.md, Keys"
        return Finding("SSH key", State.FAILED, f"{file}: {type(error).__name__}", do)
    if mode & 0o077:
        return Finding("SSH key", State.FAILED, f"{file} can be read by others", f"run: chmod 600 {file}")
    return Finding("SSH key", State.OK, f"{file} is readable by its owner only")


def mail(settings: MailSettings | None) -> Finding:
    """Whether the mail server takes us; no mail is sent."""
    if settings is None:
        return Finding("mail", State.WARNING, "node.yaml has no mail", "needed unless Airflow has it; no digest leaves")
    try:
        outbox.reach(settings)
    except MailServerUnavailable as error:
        return Finding("mail", State.UNREACHABLE, str(error), "host, port, starttls, username, password")
    return Finding("mail", State.OK, f"{settings.host}:{settings.port} lets us in")
