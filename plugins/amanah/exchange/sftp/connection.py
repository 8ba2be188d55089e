"""How the SSH connection below SFTP is opened: pinned host key, chosen ciphers, no compression, patience with limits.

What goes over it belongs to ``sftp_conversation``. The measured traps of paramiko are closed here: TCP_NODELAY is off,
AES in counter mode comes before AES-GCM, and a peer that stops reading blocks a writer for ever.
"""

import logging
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import paramiko
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from amanah.exchange.sftp.conversation import WINDOW

log = logging.getLogger(__name__)

# The fastest first; without the CBC modes and 3DES, which paramiko would take as well.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
KEEPALIVE = 15  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before another attempt to connect


Wire = socket.socket | paramiko.ProxyCommand


class SftpSettings(BaseModel):
    """How to reach the exchange point. ``host_key`` is the pinned key as ``ssh-ed25519 AAAA...``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 22
    username: str
    private_key: Path
    host_key: str
    timeout: Annotated[float, Field(gt=0, description="seconds without an answer after which the link is lost")] = 60
    attempts: Annotated[int, Field(ge=1, le=20, description="how often to try to connect")] = 4
    read_back: Annotated[bool, Field(description="read every upload back and compare, not only those resumed")] = False


class SftpMisconfigured(ValueError):
    """Trying again cannot help: the settings, or what the exchange point is, must be put right by a person."""


@dataclass(frozen=True)
class Login:
    """Who we are there: by a key, else by a password."""

    username: str
    key: paramiko.PKey | None = None
    password: SecretStr | None = None


def login_of(settings: SftpSettings) -> Login:
    """The login by the private key that ``settings`` name."""
    try:
        key = paramiko.PKey.from_path(settings.private_key)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        raise SftpMisconfigured(
            f"sftp.private_key {settings.private_key} cannot be used: {type(error).__name__}: {error}"
        ) from error
    return Login(settings.username, key)


def pinned_key(text: str) -> paramiko.PKey:
    """The public key that ``text`` spells."""
    entry = None
    with suppress(paramiko.SSHException):
        entry = paramiko.hostkeys.HostKeyEntry.from_line(f"host {text}")
    if entry is None or entry.key is None:
        raise SftpMisconfigured("sftp.host_key is not a public key; expected e.g. 'ssh-ed25519 AAAA...'")
    return entry.key


@contextmanager
def open_channel(
    settings: SftpSettings, login: Login, pinned: paramiko.PKey, proxy: Wire | None = None
) -> Iterator[paramiko.Channel]:
    """Connect, make sure of the host, sign in, start SFTP.

    A server that cannot be reached is tried ``settings.attempts`` times, after pauses that grow and differ by chance,
    so that nodes that lost the same server do not all come back at the same moment. A refusal is not tried again here:
    repeated sign-ins get an address locked out.
    """
    transport = _reach(settings, pinned, proxy)
    try:
        with _within(settings.timeout, transport):
            _sign_in(transport, settings, login)
        yield start_sftp(transport, settings.timeout)
    finally:
        transport.close()


def start_sftp(transport: paramiko.Transport, timeout: float) -> paramiko.Channel:
    """Start SFTP on a channel of its own."""
    with _within(timeout, transport):
        channel = transport.open_session(WINDOW, timeout=timeout)
        channel.invoke_subsystem("sftp")
    return channel


def _reach(settings: SftpSettings, pinned: paramiko.PKey, proxy: Wire | None) -> paramiko.Transport:
    for attempt in range(1, settings.attempts + 1):
        try:
            return _handshake(settings, pinned, proxy)
        except paramiko.BadHostKeyException:
            raise
        except (OSError, EOFError, paramiko.SSHException) as error:
            if attempt == settings.attempts or isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
                raise
            pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))  # noqa: S311 - jitter
            log.info(
                "%s:%d: %s; attempt %d of %d in %.1f s",
                *(settings.host, settings.port, type(error).__name__, attempt + 1, settings.attempts, pause),
            )
            time.sleep(pause)
    raise AssertionError("attempts is at least 1")


def _handshake(settings: SftpSettings, pinned: paramiko.PKey, proxy: Wire | None) -> paramiko.Transport:
    wire = proxy or socket.create_connection((settings.host, settings.port), timeout=min(settings.timeout, 20))
    if isinstance(wire, socket.socket):
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(
            socket, "TCP_USER_TIMEOUT"
        ):  # Linux: ends a write that the peer does not take, as paramiko never does
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings.timeout * 1000))
    transport = paramiko.Transport(wire, default_window_size=WINDOW)
    try:
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = min(settings.timeout, 30)
        options = transport.get_security_options()
        options.ciphers = CIPHERS
        options.key_types = _algorithms(pinned, options.key_types)
        transport.start_client(timeout=settings.timeout)
        _check_host(settings.host, transport.get_remote_server_key(), pinned)
        transport.set_keepalive(KEEPALIVE)
    except BaseException:
        transport.close()
        raise
    return transport


def _check_host(host: str, shown: paramiko.PKey, pinned: paramiko.PKey) -> None:
    if shown.asbytes() != pinned.asbytes():
        raise paramiko.BadHostKeyException(host, shown, pinned)


def _algorithms(pinned: paramiko.PKey, known: Sequence[str]) -> tuple[str, ...]:
    """The host key algorithms that can show the pinned key, so that the server shows that one of its keys."""
    name = pinned.get_name()
    if name == "ssh-rsa":
        return tuple(each for each in known if each in {"rsa-sha2-512", "rsa-sha2-256"})
    return tuple(each for each in known if each == name)


@contextmanager
def _within(seconds: float, transport: paramiko.Transport) -> Iterator[None]:
    """End the connection if the block takes longer: paramiko waits for ever until a subsystem has been started."""
    clock = threading.Timer(seconds, transport.close)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _sign_in(transport: paramiko.Transport, settings: SftpSettings, login: Login) -> None:
    if login.key is not None:
        transport.auth_publickey(login.username, login.key)
    elif login.password is not None:
        transport.auth_password(login.username, login.password.get_secret_value())
    else:
        raise SftpMisconfigured(f"there is neither a key nor a password to sign in with at {settings.host}")
