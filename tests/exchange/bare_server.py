"""A server that knows SFTP version 3 as it was written down and nothing else: no extension of OpenSSH.

With ``hashing`` it also tells the SHA-256 of a file (``check-file-handle``), as ProFTPD and others do.
"""

import hashlib
import os
import socket
import threading
from pathlib import Path
from typing import Self

import paramiko
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, CMD_VERSION

from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.exchange.sftp import SftpSettings


class Everybody(paramiko.ServerInterface):
    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class Handle(paramiko.SFTPHandle):
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class Files(paramiko.SFTPServerInterface):
    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(os.lstat(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    stat = lstat

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            return [paramiko.SFTPAttributes.from_stat(each.lstat(), each.name) for each in Path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Handle | int:
        try:
            file = os.fdopen(os.open(path, flags, 0o600), "r+b" if flags & os.O_RDWR else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = Handle(flags)
        handle.readfile = handle.writefile = file
        return handle

    def remove(self, path: str) -> int:
        Path(path).unlink()
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        try:
            os.link(oldpath, newpath)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        Path(oldpath).unlink()
        return paramiko.SFTP_OK

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        Path(path).mkdir()
        return paramiko.SFTP_OK


class Bare(paramiko.SFTPServer):
    """No extension at all."""

    says: tuple[str, ...] = ()
    hashed: list[str] = []  # noqa: RUF012 - seen by the test

    def _send_server_version(self) -> None:
        self._read_packet()
        message = paramiko.Message()
        message.add_int(3)
        message.add(*self.says)
        self._send_packet(CMD_VERSION, message)

    def _process(self, kind: int, number: int, message: paramiko.Message) -> None:
        if kind == CMD_EXTENDED and "check-file" in self.says and message.get_text() == "check-file-handle":
            self._hash(number, self.file_table[message.get_binary()])
        else:
            super()._process(kind, number, message)

    def _hash(self, number: int, handle: Handle) -> None:
        handle.readfile.seek(0)
        reply = paramiko.Message()
        reply.add_int(number)
        reply.add_string("check-file")
        reply.add_string("sha256")
        reply.add_bytes(hashlib.sha256(handle.readfile.read()).digest())
        self.hashed.append("sha256")
        self._send_packet(CMD_EXTENDED_REPLY, reply)


class Hashing(Bare):
    """Tells hashes."""

    says = ("check-file", "md5,sha1,sha256")
    hashed: list[str] = []  # noqa: RUF012


class BareServer:
    """The server, in threads of this process; ``settings`` say how to reach it."""

    def __init__(self, folder: Path, *, hashing: bool = False) -> None:
        make_keypair(folder / "host_key")
        make_keypair(folder / "user")
        self.kind = Hashing if hashing else Bare
        self._key = paramiko.PKey.from_path(folder / "host_key")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.settings = SftpSettings(
            host="127.0.0.1",
            port=self._listening.getsockname()[1],
            username="anybody",
            private_key=folder / "user",
            host_key=" ".join(public_key_file(folder / "host_key").read_text().split()[:2]),
            attempts=1,
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(wire)
            transport.add_server_key(self._key)
            transport.set_subsystem_handler("sftp", self.kind, Files)
            transport.start_server(server=Everybody())
