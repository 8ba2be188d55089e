"""The services of a node's own: its database and the mail server. Nothing is changed and nothing is sent."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from amanah.cases import mail_server
from amanah.cases.mail_server import MailServerUnavailable, MailSettings
from amanah.node.doctor import ledger
from amanah.node.doctor.clock import apart
from amanah.node.doctor.finding import Finding, State
from amanah.store.database import Database, DatabaseRefused


def database(found: Database, *, ledger_room: int) -> Iterator[Finding]:
    """Whether the database answers, is of this version, and has the same time as we; and how the ledger stands.

    ``ledger_room`` is in bytes.
    """
    where = f"{found.url.host or 'this machine'}/{found.url.database}"
    try:
        is_newest = found.is_newest()
        with found.engine.connect() as connection:
            theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            off = abs(datetime.now(UTC) - theirs)
            of_ledger = list(ledger.look_at(connection, allowed=ledger_room)) if is_newest else []
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
    yield apart("clock", "the database's", off)
    yield from of_ledger


def mail(settings: MailSettings | None) -> Finding:
    """Whether the mail server takes us; no mail is sent."""
    if settings is None:
        return Finding("mail", State.WARNING, "node.yaml has no mail", "needed unless Airflow has it; no digest leaves")
    try:
        mail_server.reach(settings)
    except MailServerUnavailable as error:
        return Finding("mail", State.UNREACHABLE, str(error), "host, port, starttls, username, password")
    return Finding("mail", State.OK, f"{settings.host}:{settings.port} lets us in")
