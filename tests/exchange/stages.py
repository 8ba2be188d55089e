"""Processes that are a node for one verb: started, stopped at a step, gone on with, killed. See ``dying.py``."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from corridor import settings_file

from amanah.node.node import Node


@dataclass(frozen=True)
class Actor:
    """One such process."""

    stage: "Stage"
    pid: int
    log: Path

    def wait(self) -> int | None:
        """Return when it has ended, with its exit status (``-9``: it was killed); None when it has stopped."""
        answer = self.stage.say({"wait": self.pid})
        return None if answer["stopped"] else answer["code"]

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def said(self) -> str:
        """What it printed: how much it did, or the trace of what went wrong."""
        return self.log.read_text(encoding="utf-8")


class Stage:
    """Where they come from: a process that has loaded everything once. ``environment`` is added to our own."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder, self._environment = folder, {**os.environ, **(environment or {})}

    def __enter__(self) -> Self:
        argv = [sys.executable, str(Path(__file__).with_name("dying.py"))]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, env=self._environment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def say(self, order: Mapping[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer

    def start(
        self,
        node: Node,
        verb: str,
        *,
        act: str = "die",
        when: str = "",
        step: str = "",
        event: str = "",
        nth: int = 1,
        ready: bool = False,
    ) -> Actor:
        """Begin ``verb`` of ``node``; it dies or stops (``act``) at a ``step`` or at the ``nth`` ``event``.

        With ``ready`` it stops once before it begins.
        """
        log = self._folder / uuid.uuid4().hex
        where = {"act": act, "when": when, "step": step, "event": event, "nth": nth, "ready": ready}
        order = {"node": str(settings_file(node)), "verb": verb, "log": str(log), **where}
        return Actor(self, self.say(order)["pid"], log)

    def killed(self, node: Node, verb: str, **where: object) -> bool:
        """Do ``verb`` until it dies where it is told to; whether it did."""
        return self.start(node, verb, **where).wait() == -signal.SIGKILL  # type: ignore[arg-type]
