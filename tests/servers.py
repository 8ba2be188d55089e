"""Servers at the exchange point: OpenSSH's own, started as a test needs it, and where its files lie."""

import getpass
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.ports import free_port, listens
from amanah.demo.services.processes import Service, Supervisor, base_environment
from amanah.exchange.sftp import SftpSettings

NAME = "IDN-SAU-placement-000001.tar.pgp"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")


@dataclass(frozen=True)
class Place:
    """How to reach a server, a folder as it names it, and where that folder lies on this machine."""

    settings: SftpSettings
    folder: str
    on_disk: Path

    def below(self, folder: str) -> "Place":
        return Place(self.settings, f"{self.folder}/{folder}", self.on_disk / folder)

    def over(self, port: int, **changes: object) -> SftpSettings:
        """The settings with a link in between that listens on ``port``."""
        return self.settings.model_copy(update={"port": port, **changes})

    def names(self) -> list[str]:
        """What lies in the folder."""
        return sorted(path.name for path in self.on_disk.iterdir()) if self.on_disk.exists() else []


def start(
    supervisor: Supervisor, name: str, *, sftp: str = "internal-sftp", limit: str = "", sessions: int = 10
) -> Place:
    """Start one; ``sftp`` is the program that serves files, ``limit`` shell commands that come before the server.

    ``sessions`` is how many a connection may have; 10 is OpenSSH's own choice.
    """
    if SSHD is None:
        pytest.skip("sshd is not installed: see .ci/system-packages")
    room, port = supervisor.folder / name, free_port()
    (room / "files").mkdir(parents=True)
    for key in ("host_key", "user"):
        make_keypair(room / key)
    Path("/run/sshd").mkdir(exist_ok=True, mode=0o755)
    options = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": room / "host_key",
        "AuthorizedKeysFile": public_key_file(room / "user"),
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
        "MaxStartups": "100",
        "MaxSessions": str(sessions),
        "Subsystem": f"sftp {sftp}",
    }
    (room / "sshd_config").write_text("".join(f"{option} {value}\n" for option, value in options.items()))
    argv = ["/bin/sh", "-c", f'{limit}\nexec "$@"', "sh", SSHD, "-D", "-e", "-f", str(room / "sshd_config")]
    supervisor.start(Service(name, argv, base_environment(), ready=lambda: listens(port), timeout=30))
    settings = SftpSettings(
        host="127.0.0.1",
        port=port,
        username=getpass.getuser(),
        private_key=room / "user",
        host_key=" ".join(public_key_file(room / "host_key").read_text().split()[:2]),
        attempts=1,
    )
    return Place(settings, str(room / "files"), room / "files")
