"""The SFTP transport: put and get whole packages, so that a reader never sees half of one.

Layout ``/<corridor>/<sender>/<stream>/<message id>.tar.pgp``; a file is uploaded as ``.part`` and renamed when it is
complete. The host key is pinned. The measured traps of paramiko (no TCP_NODELAY, un-pipelined writes, compression of
data that is encrypted already) are closed here.
"""

import errno
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
from pydantic import BaseModel, ConfigDict

from amanah.exchange.transport import TransportError

PIECE = 256 * 1024  # bytes per write; pipelined


class SftpSettings(BaseModel):
    """How to reach the exchange point without Airflow. ``host_key`` is the pinned key as ``ssh-ed25519 AAAA...``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 22
    username: str
    private_key: Path
    host_key: str


class SftpTransport:
    """A wire over an open SFTP session: paramiko's own, or the one an Airflow hook manages."""

    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client
        channel = client.get_channel()
        wire = channel.get_transport().sock if channel is not None else None
        if isinstance(wire, socket.socket):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def names(self, folder: str) -> list[str]:
        """See :class:`.Transport`."""
        with _wire(f"list {folder}"):
            try:
                entries = self._client.listdir_attr(folder)
            except FileNotFoundError:
                self._client.stat(folder.rpartition("/")[0])  # a stream not begun is empty; a partner not there is not
                return []
            files = [entry.filename for entry in entries if stat.S_ISREG(entry.st_mode or 0)]
            return sorted(name for name in files if not name.endswith(".part"))

    def put(self, source: Path, folder: str) -> None:
        """See :class:`.Transport`."""
        final, size = f"{folder}/{source.name}", source.stat().st_size
        with _wire(f"store {final}"):
            if self._size(final) == size:
                return
            self._make_folder(folder)
            with self._client.open(f"{final}.part", "wb") as remote, source.open("rb") as local:
                remote.set_pipelined(True)
                while piece := local.read(PIECE):
                    remote.write(piece)
            if self._size(f"{final}.part") != size:
                raise TransportError(f"store {final}: the exchange point kept only part of the file; is its disk full?")
            self._client.posix_rename(f"{final}.part", final)

    def get(self, folder: str, name: str, target: Path) -> None:
        """See :class:`.Transport`."""
        unfinished = target.with_name(f"{target.name}.part")
        with _wire(f"fetch {folder}/{name}"):
            self._client.get(f"{folder}/{name}", str(unfinished))
            unfinished.replace(target)

    def _size(self, path: str) -> int | None:
        try:
            return self._client.stat(path).st_size
        except FileNotFoundError:
            return None

    def _make_folder(self, folder: str) -> None:
        path = ""
        for step in folder.strip("/").split("/"):
            path += f"/{step}"
            try:
                self._client.stat(path)
            except FileNotFoundError:
                self._client.mkdir(path)


@contextmanager
def connect(settings: SftpSettings) -> Iterator[SftpTransport]:
    """Open a transport with the pinned host key; an unknown or changed host is refused."""
    kind, _, encoded = settings.host_key.partition(" ")
    pinned = paramiko.hostkeys.HostKeyEntry.from_line(f"host {kind} {encoded}")
    if pinned is None or pinned.key is None:
        raise ValueError("sftp.host_key is not a public key; expected e.g. 'ssh-ed25519 AAAA...'")
    with _wire(f"connect to {settings.host}:{settings.port}"), paramiko.SSHClient() as ssh:
        name = settings.host if settings.port == 22 else f"[{settings.host}]:{settings.port}"  # noqa: PLR2004 - SSH's port
        ssh.get_host_keys().add(name, kind, pinned.key)
        ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
        ssh.connect(
            settings.host,
            settings.port,
            settings.username,
            key_filename=str(settings.private_key),
            look_for_keys=False,
            allow_agent=False,
            compress=False,
            timeout=20,
        )
        with ssh.open_sftp() as client:
            yield SftpTransport(client)


@contextmanager
def _wire(doing: str) -> Iterator[None]:
    """Turn what paramiko and the socket raise into one error that says what was being done."""
    try:
        yield
    except TransportError:
        raise
    except (OSError, paramiko.SSHException, EOFError) as error:
        hint = " (no space left)" if getattr(error, "errno", None) == errno.ENOSPC else ""
        raise TransportError(f"{doing}: {type(error).__name__}: {error}{hint}") from error
