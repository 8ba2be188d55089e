"""From Airflow's connections to a node: ``amanah_<party>_sftp``, ``_api``, ``_smtp``, ``_db`` and ``_keys``.

Secrets come from whatever secrets backend the deployment has; ``node.yaml`` then needs to hold none.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import paramiko
from airflow.providers.sftp.hooks.sftp import SFTPHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from pydantic import SecretStr, ValidationError

from amanah.cases.mail_server import MailSettings
from amanah.exchange.api.client import ApiTransport, connect
from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.sftp import SftpMisconfigured, SftpSettings, SftpTransport, wire
from amanah.exchange.sftp.connection import Login, login_of, open_channel
from amanah.exchange.wires import Opener, Wires
from amanah.node import Node, NodeSettings
from amanah.node.settings import KeySettings, SettingsError
from schemas import agreement as agreements


def open_node(file: str) -> Node:
    """Make the node of ``node.yaml`` at ``file``; a connection of Airflow wins over what stands there."""
    settings = NodeSettings.load(Path(file))
    prefix = prefix_of(settings.party)
    changes: dict[str, object] = {}
    database = find(f"{prefix}_db")
    if database is not None:
        changes["database"] = SecretStr(database.get_uri().replace("postgres://", "postgresql+psycopg://", 1))
    mail = find(f"{prefix}_smtp")
    if mail is not None:
        changes["mail"] = _mail(mail, settings)
    keys = find(f"{prefix}_keys")
    if keys is not None:
        changes["keys"] = _keys(keys, settings)
    return Node(settings.model_copy(update=changes))


@contextmanager
def wires(node: Node) -> Iterator[Wires]:
    """The agreed wires, each opened when it is needed; a connection of Airflow wins over what ``node.yaml`` says."""
    openers: dict[str, Opener] = node.openers()
    for name in node.wires:
        connection = find(f"{prefix_of(node.us)}_{name}")
        if connection is not None:
            openers[name] = partial(transport, node) if name == "sftp" else partial(_over_https, connection)
    with node.open_wires(openers) as opened:
        yield opened


@contextmanager
def _over_https(connection: Connection) -> Iterator[ApiTransport]:
    """Settings that cannot be used are told when the wire is needed: a fallback does not stop the first wire."""
    with connect(api_settings(connection)) as opened:
        yield opened


@contextmanager
def transport(node: Node, *, attempts: int | None = None) -> Iterator[SftpTransport]:
    """The exchange point through Airflow's SFTP connection, opened as the command line opens it.

    The hook says where it is and who we are; it does not open the connection itself: it would prefer slow ciphers (its
    ``ciphers`` are set when the handshake is over), compress what is compressed already, and let a host key in the
    worker's ``known_hosts`` stand above the pinned one. ``attempts`` wins over what the connection says.
    """
    hook = SFTPHook(ssh_conn_id=f"{prefix_of(node.us)}_sftp")
    settings, login, pinned = exchange_point(hook)
    if attempts is not None:
        settings = settings.model_copy(update={"attempts": attempts})

    def dial() -> AbstractContextManager[paramiko.Channel]:
        proxy = paramiko.ProxyCommand(hook.host_proxy_cmd) if hook.host_proxy_cmd else None
        return open_channel(settings, login, pinned, proxy)

    with wire(settings, dial) as opened:
        yield opened


def exchange_point(hook: SFTPHook) -> tuple[SftpSettings, Login, paramiko.PKey]:
    """Where the exchange point is, who we are there, and which key it must show.

    Raises:
        SftpMisconfigured: the connection pins no host key, allows another one, or names no key that can be used.
    """
    name = f"Airflow's connection {hook.ssh_conn_id}"
    if hook.host_key is None or hook.allow_host_key_change or hook.no_host_key_check:
        raise SftpMisconfigured(
            f"{name} must pin the exchange point's host key: set host_key, such as 'ssh-ed25519 AAAA...', in its extra "
            "fields, and neither no_host_key_check nor allow_host_key_change"
        )
    extra = Connection.get(str(hook.ssh_conn_id)).extra_dejson
    settings = SftpSettings(
        host=str(hook.remote_host),
        port=hook.port or 22,
        username=str(hook.username),
        private_key=Path(hook.key_file or ""),
        host_key=f"{hook.host_key.get_name()} {hook.host_key.get_base64()}",
        **{field: extra[field] for field in ("timeout", "attempts", "read_back") if field in extra},
    )
    if hook.pkey is not None:
        return settings, Login(settings.username, hook.pkey), hook.host_key
    if hook.key_file:
        return settings, login_of(settings), hook.host_key
    password = SecretStr(hook.password) if hook.password else None
    return settings, Login(settings.username, password=password), hook.host_key


def checked_wires(node: Node) -> list[tuple[str, str]]:
    """Each agreed wire that Airflow has a connection for, with the connection's name, once that has been looked at.

    Raises:
        SettingsError: there is none, or one to the HTTPS wire cannot be used.
        SftpMisconfigured: one pins no host key, allows another one, or names no key that can be used.
    """
    found: list[tuple[str, str]] = []
    for name in node.wires:
        connection_name = f"{prefix_of(node.us)}_{name}"
        connection = find(connection_name)
        if connection is not None:
            if name == "sftp":
                exchange_point(SFTPHook(ssh_conn_id=connection_name))
            else:
                api_settings(connection)
            found.append((name, connection_name))
    if not found:
        names = " nor ".join(f"{prefix_of(node.us)}_{each}" for each in node.wires)
        raise SettingsError(f"Airflow has no connection {names}: docs/production.md, section 3")
    return found


def prefix_of(party: str) -> str:
    """What the connections of ``party`` begin with: ``amanah_idn``."""
    return f"amanah_{party.lower()}"


def api_settings(connection: Connection) -> ApiSettings:
    """The HTTPS wire of an HTTP connection: login and password are client id and secret, the rest stands in extra.

    Raises ``SettingsError`` when it cannot be used.
    """
    host, extra = str(connection.host), connection.extra_dejson
    scheme, _, name = host.rpartition("://")
    port = f":{connection.port}" if connection.port else ""
    names = ("ca", "certificate", "certificate_key", "token_url", "scope", "audience", "proxy", "timeout_seconds")
    content = {
        "url": f"{scheme or connection.schema or 'https'}://{name.rstrip('/')}{port}",
        "client_id": connection.login,
        "client_secret": connection.password,
        **{each: extra[each] for each in names if each in extra},
    }
    try:
        return ApiSettings.model_validate(content)
    except ValidationError as error:
        raise SettingsError(_faults(connection, error)) from None


def find(name: str) -> Connection | None:
    """The connection of that name, wherever the deployment keeps it; None when there is none."""
    try:
        found: Connection = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return found


def _mail(connection: Connection, settings: NodeSettings) -> MailSettings:
    """The mail server of an SMTP connection, its extras read as Airflow's own SMTP hook reads them.

    The hook itself sends nothing of ours: it tries again whatever the server says, and sets no Message-ID. ``bounce``
    and ``ca`` in extra are ours. Raises ``SettingsError`` when the connection cannot be used.
    """
    extra, beside = connection.extra_dejson, settings.mail
    encrypted = not extra.get("disable_ssl", False)
    content = {
        "host": connection.host,
        "port": connection.port or (465 if encrypted else 587),
        "sender": extra.get("from_email") or (beside.sender if beside else _engineer(settings)),
        "bounce": extra.get("bounce") or (beside.bounce if beside else None),
        "ssl": encrypted,
        "starttls": not extra.get("disable_tls", False),
        "username": connection.login or None,
        "password": connection.password or None,
        **{name: extra[name] for name in ("ca", "timeout") if name in extra},
    }
    try:
        return MailSettings.model_validate(content)
    except ValidationError as error:
        raise SettingsError(_faults(connection, error)) from None


def _engineer(settings: NodeSettings) -> str:
    """Who the mails are from where nobody is named: the agreement's engineer of the party."""
    return agreements.load(settings.agreement).parties[settings.party].engineer


def _faults(connection: Connection, error: ValidationError) -> str:
    """What is wrong with a connection; the error's own text quotes the secret."""
    faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
    return f"Airflow's connection {connection.conn_id}: {'; '.join(faults)}"


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
