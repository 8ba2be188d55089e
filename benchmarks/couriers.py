"""Those who carry files in ``benchmarks.sftp``; each takes a job, connects, moves every file, and leaves.

``python -m benchmarks.couriers NAME JOB.json`` prints seconds on the clock, processor seconds and peak memory, without
Python's imports and with the connection.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

from amanah.exchange.sftp import SftpSettings
from amanah.exchange.transport import ToGet, ToPut


@dataclass(frozen=True)
class Job:
    """Files ``names`` go from the folder ``start`` to ``end``; ``up`` if to the server."""

    settings: SftpSettings
    up: bool
    names: tuple[str, ...]
    start: Path
    end: Path

    @classmethod
    def read(cls, file: Path) -> "Job":
        """Read what ``write`` wrote."""
        content = json.loads(file.read_text(encoding="utf-8"))
        settings = SftpSettings.model_validate(content["settings"])
        return cls(settings, content["up"], tuple(content["names"]), Path(content["start"]), Path(content["end"]))

    def write(self, file: Path) -> None:
        """Write the job for the process that does it."""
        content = asdict(self) | {"settings": self.settings.model_dump(mode="json")}
        file.write_text(json.dumps(content, default=str), encoding="utf-8")


def amanah(job: Job) -> None:
    """Ours: ``.part`` and rename, compared with what was sent, on the disk at either end when it returns."""
    from amanah.exchange.sftp import connect  # noqa: PLC0415

    with connect(job.settings) as wire:
        up = [ToPut(job.start / name, str(job.end)) for name in job.names]
        down = [ToGet(str(job.start), name, job.end / name) for name in job.names]
        for failed in wire.put_each(up) if job.up else wire.get_each(down):
            if failed is not None:
                raise failed


def amanah_unsynced(job: Job) -> None:
    """The same without waiting for a disk, as nobody should use it: what OpenSSH's default is to be compared with."""
    from amanah.exchange.sftp.session import Session  # noqa: PLC0415

    with patch.object(Session, "sync", return_value=None), patch("os.fsync"):
        amanah(job)


def openssh(job: Job, *options: str) -> None:
    """OpenSSH's ``sftp`` as it is installed."""
    login = ["-P", str(job.settings.port), "-i", str(job.settings.private_key)]
    known = f"UserKnownHostsFile={job.settings.private_key.parent / 'known_hosts'}"
    verb = "put" if job.up else "get"
    subprocess.run(
        ["sftp", "-q", "-b", "-", *options, *login, "-o", known, f"{job.settings.username}@{job.settings.host}"],
        input="".join(f"{verb} {job.start / name} {job.end / name}\n" for name in job.names),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def openssh_synced(job: Job) -> None:
    """The same with ``-f``: every file on the disk before the next, as ours is."""
    openssh(job, "-f")


def paramiko_client(job: Job) -> None:
    """Paramiko's own client, as Airflow's hook opens it without compression."""
    import paramiko  # noqa: PLC0415

    with paramiko.SSHClient() as ssh:
        ssh.load_host_keys(str(job.settings.private_key.parent / "known_hosts"))
        ssh.connect(
            job.settings.host,
            job.settings.port,
            job.settings.username,
            key_filename=str(job.settings.private_key),
            look_for_keys=False,
            allow_agent=False,
        )
        client = ssh.open_sftp()
        for name in job.names:
            (client.put if job.up else client.get)(str(job.start / name), str(job.end / name))


def asyncssh_client(job: Job) -> None:
    """asyncssh, one file after the other."""
    import asyncssh  # noqa: PLC0415

    async def carry() -> None:
        where = {"host": job.settings.host, "port": job.settings.port, "username": job.settings.username, "config": []}
        keys = {
            "client_keys": [str(job.settings.private_key)],
            "known_hosts": str(job.settings.private_key.parent / "known_hosts"),
        }
        async with asyncssh.connect(**where, **keys) as connection, connection.start_sftp_client() as client:
            for name in job.names:
                await (client.put if job.up else client.get)(str(job.start / name), str(job.end / name))

    asyncio.run(carry())


COURIERS: dict[str, Callable[[Job], None]] = {
    each.__name__: each for each in (amanah, amanah_unsynced, openssh, openssh_synced, paramiko_client, asyncssh_client)
}


def main() -> None:
    """Do one job in this process and print what it took."""
    name, job = sys.argv[1], Job.read(Path(sys.argv[2]))
    if name.endswith("_client"):
        __import__(name.removesuffix("_client"))
    wall, cpu = time.perf_counter(), _cpu()
    COURIERS[name](job)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": _peak(name)}))


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _peak(name: str) -> int | None:
    """In MB; None for another program: what Linux says of it begins with the memory of the process that started it."""
    return None if name.startswith("openssh") else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
