"""``amanah partner serve`` in a process of its own, and agreements for it."""

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import yaml
from served import wait_until

from amanah.demo.services.processes import base_environment
from schemas.agreement import FOLDER

AMANAH = str(Path(sys.executable).with_name("amanah"))
UP = "Ctrl-C ends it"


def an_agreement(file: Path, fingerprints: dict[str, str], **changes: object) -> Path:
    """The first corridor's agreement with pinned keys; keywords replace clauses."""
    clauses = yaml.safe_load((FOLDER / "idn-sau.yaml").read_text(encoding="utf-8"))
    for party, fingerprint in fingerprints.items():
        pin = {"fingerprint": fingerprint, "not_before": date(2026, 3, 1), "not_after": date(2027, 12, 31)}
        clauses["parties"][party]["keys"] = [pin]
    file.write_text(yaml.safe_dump(clauses | changes, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


class Served:
    """``amanah partner serve`` in ``folder``."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self.log = folder, folder.with_suffix(".log")
        self._argv = [AMANAH, "partner", "serve", "--dir", str(folder), "--every", "0.3", *arguments]
        self.start()

    def start(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self._argv, env=base_environment(), stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: UP in self.says() or self.process.poll() is not None, seconds=120)
        assert self.process.poll() is None, self.says()

    def says(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def interrupt(self) -> int:
        """Ctrl-C; how it ended."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def amanah(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Call the command and wait for its end."""
    return subprocess.run([AMANAH, *arguments], env=base_environment(), capture_output=True, text=True, check=False)
