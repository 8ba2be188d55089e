"""Where everything of the demonstration lies below its one folder, and which ports its services have."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from amanah.demo.services.ports import free_ports

PROJECT = Path(__file__).resolve().parents[3]

# What a run leaves and the next run begins without; locks and notes about processes are the supervisor's.
_MADE = ("airflow", "exchange", "mails", "ministry", "nodes", "postgres", "house.json", "editions", "metrics.prom")


@dataclass(frozen=True)
class House:
    """The folder, the ports and the ministries' tokens of one demonstration."""

    folder: Path
    postgres_port: int
    sftp_port: int
    mail_port: int
    metrics_port: int
    airflow_port: int
    rest_ports: dict[str, int]
    rest_token: str

    @classmethod
    def build(cls, folder: Path, parties: list[str]) -> "House":
        """Clear what an earlier run left in ``folder`` and choose free ports."""
        for name in _MADE:
            leftover = folder / name
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)
        postgres, sftp, mail, metrics, airflow, *rest = free_ports(5 + len(parties))
        made = cls(
            folder=folder,
            postgres_port=postgres,
            sftp_port=sftp,
            mail_port=mail,
            metrics_port=metrics,
            airflow_port=airflow,
            rest_ports=dict(zip(parties, rest, strict=True)),
            rest_token=secrets.token_urlsafe(24),
        )
        with os.fdopen(os.open(folder / "house.json", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump({**asdict(made), "folder": str(folder)}, file, indent=1)
        return made

    @property
    def mails(self) -> Path:
        """Every mail that was sent, one ``.eml`` each."""
        return self.folder / "mails"

    @property
    def metrics(self) -> Path:
        """The newest value of each of our metrics, as Prometheus writes them."""
        return self.folder / "metrics.prom"

    @property
    def exchange(self) -> Path:
        """The root of the SFTP exchange point."""
        return self.folder / "exchange"

    def node(self, party: str) -> Path:
        """The folder of one party's node."""
        return self.folder / "nodes" / party

    def ministry(self, party: str) -> Path:
        """The folder of one party's file drops."""
        return self.folder / "ministry" / party
