"""From Airflow's connections to a node: ``amanah_<party>_sftp``, ``_smtp``, ``_db`` and ``_keys``.

Secrets come from whatever secrets backend the deployment has; ``node.yaml`` then needs to hold none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow.providers.sftp.hooks.sftp import SFTPHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from pydantic import SecretStr

from amanah.cases.outbox import MailSettings
from amanah.exchange.sftp import SftpTransport
from amanah.node import Node, NodeSettings
from amanah.node.settings import KeySettings, SettingsError


def open_node(file: str) -> Node:
    """Make the node of ``node.yaml`` at ``file``; a connection of Airflow wins over what stands there."""
    settings = NodeSettings.load(Path(file))
    prefix = f"amanah_{settings.party.lower()}"
    changes: dict[str, object] = {}
    database = _connection(f"{prefix}_db")
    if database is not None:
        changes["database"] = SecretStr(database.get_uri().replace("postgres://", "postgresql+psycopg://", 1))
    mail = _connection(f"{prefix}_smtp")
    if mail is not None:
        changes["mail"] = _mail(mail, settings)
    keys = _connection(f"{prefix}_keys")
    if keys is not None:
        changes["keys"] = _keys(keys, settings)
    return Node(settings.model_copy(update=changes))


@contextmanager
def transport(node: Node) -> Iterator[SftpTransport]:
    """The exchange point through Airflow's SFTP hook: one managed connection, host key pinned in the connection."""
    hook = SFTPHook(ssh_conn_id=f"amanah_{node.us.lower()}_sftp")
    with hook.get_managed_conn() as client:
        yield SftpTransport(client)


def _connection(name: str) -> Connection | None:
    try:
        found: Connection = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return found


def _mail(connection: Connection, settings: NodeSettings) -> MailSettings:
    extra = connection.extra_dejson
    sender = extra.get("from_email") or (settings.mail.sender if settings.mail else None)
    return MailSettings(
        host=str(connection.host),
        port=connection.port or 587,
        sender=str(sender),
        starttls=not extra.get("disable_tls", False),
        username=connection.login or None,
        password=SecretStr(connection.password) if connection.password else None,
    )


def _keys(connection: Connection, settings: NodeSettings) -> KeySettings:
    """Our secret keys from the connection's extra ``secret_keys``, armored, one or a list; passphrase: its password.

    They stay in memory: no file is written. The partner's certificates are no secret and stay in ``node.yaml``.
    """
    found = connection.extra_dejson.get("secret_keys")
    armored = [found] if isinstance(found, str) else found
    if not isinstance(armored, list) or not all(isinstance(each, str) for each in armored) or not armored:
        raise SettingsError(
            f"connection {connection.conn_id}: extra has no secret_keys; expected the text that "
            "gpg --armor --export-secret-keys writes, or a list of such texts"
        )
    return KeySettings(
        ours=tuple(SecretStr(each) for each in armored),
        partner=settings.keys.partner,
        passphrase=SecretStr(connection.password) if connection.password else None,
    )
