"""OpenSSH's server on this machine, for as long as a benchmark takes."""

import getpass
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.ports import free_port, listens
from amanah.demo.services.processes import Service, Supervisor, base_environment
from amanah.exchange.sftp import SftpSettings


@contextmanager
def serving(folder: Path) -> Iterator[SftpSettings]:
    """Serve; yield how to reach it."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")
    if sshd is None:
        raise SystemExit("sshd is not installed: see .ci/system-packages")
    port = free_port()
    for name in ("host_key", "user"):
        make_keypair(folder / name)
    Path("/run/sshd").mkdir(exist_ok=True, mode=0o755)
    options = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": public_key_file(folder / "user"),
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
        "Subsystem": "sftp internal-sftp",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in options.items()), encoding="utf-8")
    host_key = " ".join(public_key_file(folder / "host_key").read_text(encoding="utf-8").split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n", encoding="utf-8")
    with Supervisor(folder / "services") as supervisor:
        argv = [sshd, "-D", "-e", "-f", str(config)]
        supervisor.start(Service("sshd", argv, base_environment(), ready=lambda: listens(port), timeout=30))
        yield SftpSettings(
            host="127.0.0.1",
            port=port,
            username=getpass.getuser(),
            private_key=folder / "user",
            host_key=host_key,
        )
