"""An SFTP server with real SSH, for the exchange point between two demonstration nodes.

``python -m amanah.demo.services.sftp_server --config FILE.json``, with::

    {"port": 22022, "root": "/.../files", "host_key": "/.../host_key",
     "users": {"idn": {"public_key": "/.../idn.pub", "writable": ["/idn-sau/IDN"]}}}

Users come in by public key only, see the root as ``/``, may read all of it and write below their own prefixes. There
is no shell, no forwarding, no link. What is exchanged, and when, belongs to ``amanah.exchange``.
"""

import argparse
import asyncio
import json
import os
import posixpath
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

import asyncssh
from pydantic import BaseModel, ConfigDict

from amanah.demo.services.keys import make_keypair
from amanah.demo.services.ports import listens
from amanah.demo.services.processes import Service, base_environment

_WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class User(BaseModel):
    """Who may come in: by which key, and below which folders (as seen from the root) they may write."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_key: Path
    writable: tuple[str, ...] = ()

    def may_write(self, path: str) -> bool:
        """Whether the absolute, normalised ``path`` lies below (not at) one of the writable folders."""
        return any(path.startswith(f"{folder.rstrip('/')}/") for folder in self.writable)


class Config(BaseModel):
    """What the server reads from its configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int
    root: Path
    host_key: Path
    users: Mapping[str, User]


class Doorkeeper(asyncssh.SSHServer):  # type: ignore[misc]  # asyncssh is read without types (pyproject.toml)
    """Lets in those users whose public key is known, by that key only."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._keys = {name: asyncssh.read_public_key(user.public_key).public_data for name, user in users.items()}

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Nobody comes in without proof."""
        return True

    def public_key_auth_supported(self) -> bool:
        """The one kind of proof taken."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether ``key`` is the one known for ``username``."""
        return bool(self._keys.get(username) == key.public_data)


class Files(asyncssh.SFTPServer):  # type: ignore[misc]  # asyncssh is read without types (pyproject.toml)
    """The files below the root, for one user."""

    def __init__(self, channel: asyncssh.SSHServerChannel, config: Config) -> None:
        super().__init__(channel, chroot=os.fsencode(config.root))
        self._user = config.users[channel.get_extra_info("username")]

    def map_path(self, path: bytes) -> bytes:
        """The file below the root that ``path`` names; refuses a path that leads through a symbolic link."""
        mapped: bytes = posixpath.normpath(super().map_path(path))
        if os.path.realpath(mapped) != mapped:
            _refuse("symbolic links are not followed")
        return mapped

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open for reading, or below a writable folder for writing."""
        if pflags & _WRITES:
            self._check_writable(path)
        return super().open(path, pflags, attrs)

    def remove(self, path: bytes) -> None:
        """Delete a file below a writable folder."""
        self._check_writable(path)
        super().remove(path)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder below a writable one."""
        self._check_writable(path)
        super().mkdir(path, attrs)

    def rmdir(self, path: bytes) -> None:
        """Delete an empty folder below a writable one."""
        self._check_writable(path)
        super().rmdir(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename within the writable folders; fails if the new name is taken, also when two rename at once."""
        self._check_writable(oldpath, newpath)
        old, new = self.map_path(oldpath), self.map_path(newpath)
        os.link(old, new)  # as OpenSSH does it: os.rename would replace
        Path(os.fsdecode(old)).unlink()

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename within the writable folders; replaces what has the new name."""
        self._check_writable(oldpath, newpath)
        super().posix_rename(oldpath, newpath)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change times or mode of a file below a writable folder."""
        self._check_writable(path)
        super().setstat(path, attrs)

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change times or mode of a file below a writable folder."""
        self._check_writable(path)
        super().lsetstat(path, attrs)

    def fsetstat(self, file_obj: IO[bytes], attrs: asyncssh.SFTPAttrs) -> None:
        """Change times or mode of a file that is open for writing."""
        if not file_obj.writable():
            _refuse("the file is open for reading only")
        super().fsetstat(file_obj, attrs)

    def readlink(self, path: bytes) -> NoReturn:  # noqa: ARG002 - asyncssh's signature
        """Refused."""
        _refuse("there are no links here")

    def symlink(self, oldpath: bytes, newpath: bytes) -> NoReturn:  # noqa: ARG002 - asyncssh's signature
        """Refused."""
        _refuse("links cannot be made here")

    def link(self, oldpath: bytes, newpath: bytes) -> NoReturn:  # noqa: ARG002 - asyncssh's signature
        """Refused."""
        _refuse("links cannot be made here")

    def _check_writable(self, *paths: bytes) -> None:
        for path in paths:
            absolute = posixpath.normpath(posixpath.join("/", os.fsdecode(path)))
            if not self._user.may_write(absolute):
                _refuse("this folder is read-only for you")


def exchange_point(folder: Path, port: int, corridor: str, users: Mapping[str, Path]) -> Path:
    """Write the configuration of an exchange point in ``folder``; return the file.

    Its files lie in ``folder/files``, its host key is made once. ``users`` are the parties with the public keys that
    they come in by; each may write below its own folder of ``corridor``, and is called by its code in small letters.
    """
    host_key, root, file = folder / ".host_key", folder / "files", folder / "server.json"
    make_keypair(host_key)
    root.mkdir(parents=True, exist_ok=True)
    known = {
        party.lower(): {"public_key": str(key), "writable": [f"/{corridor}/{party}"]} for party, key in users.items()
    }
    content = {"port": port, "root": str(root), "host_key": str(host_key), "users": known}
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def sftp_service(config_file: Path, port: int) -> Service:
    """The server as a service to start; ``port`` must be the one in ``config_file``."""
    argv = [sys.executable, "-m", "amanah.demo.services.sftp_server", "--config", str(config_file)]
    return Service("sftp", argv, base_environment(), ready=lambda: listens(port), timeout=30)


async def serve(config: Config) -> None:
    """Serve until the process is ended."""
    for user in config.users.values():
        for folder in user.writable:
            (config.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    server = await asyncssh.listen(
        "127.0.0.1",
        config.port,
        server_host_keys=[config.host_key],
        server_factory=lambda: Doorkeeper(config.users),
        sftp_factory=lambda channel: Files(channel, config),
        sftp_version=3,  # the version that OpenSSH and paramiko speak; later ones open files by another call
        allow_scp=False,
        agent_forwarding=False,
    )
    await server.wait_closed()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the configuration and serve."""
    parser = argparse.ArgumentParser(
        prog="amanah.demo.services.sftp_server", description="An SFTP server on 127.0.0.1."
    )
    parser.add_argument("--config", type=Path, required=True, help="the configuration, a JSON file")
    options = parser.parse_args(arguments)
    os.umask(0o077)
    asyncio.run(serve(Config.model_validate(json.loads(options.config.read_text(encoding="utf-8")))))


def _refuse(why: str) -> NoReturn:
    raise asyncssh.SFTPPermissionDenied(why)


if __name__ == "__main__":
    main()
