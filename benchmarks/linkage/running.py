"""Whole programs, and what they take: processor seconds of all their processes, time on the clock, peak memory."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from benchmarks.memory import peak_of_tree

PROGRAM = Path(sys.executable).with_name("amanah")


@dataclass(frozen=True)
class Run:
    """One run: ``cpu`` and ``wall`` in seconds, imports included; ``peak`` in MB; what it printed, as JSON."""

    cpu: float
    wall: float
    peak: int
    said: Any


def run(command: Sequence[str | Path]) -> Run:
    """Run ``command`` to its end; it prints JSON. A failure is raised with what it wrote to standard error."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with TemporaryFile("w+") as said, TemporaryFile("w+") as complaint:
        with subprocess.Popen([str(each) for each in command], stdout=said, stderr=complaint, text=True) as process:
            peak = peak_of_tree(process, itself=True)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        said.seek(0)
        complaint.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command[1]} failed ({process.returncode}):\n{complaint.read()[-2000:]}")
        answer = json.loads(said.read())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(cpu, wall, peak, answer)


def median_of(runs: Sequence[Run]) -> Run:
    """The medians of several runs, and what the last of them said."""
    cpu, wall, peak = (median(getattr(each, what) for each in runs) for what in ("cpu", "wall", "peak"))
    return Run(cpu, wall, round(peak), runs[-1].said)


def amanah(ours: Path, theirs: Path, out: Path) -> Run:
    """``amanah reconcile`` on two files of placements."""
    return run([PROGRAM, "reconcile", ours, theirs, "--out", out, "--json"])
