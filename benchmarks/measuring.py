"""One measurement in a process of its own: processor seconds, peak memory and time on the clock."""

import importlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Measured:
    """What one run took. ``rows`` passed; ``cpu`` and ``wall`` in seconds without imports, ``peak`` in MB with them."""

    rows: int
    cpu: float
    wall: float
    peak: int

    @property
    def rows_per_cpu_second(self) -> float:
        """The figure that counts where a machine is shared."""
        return self.rows / self.cpu


def measure(contender: str, path: Path, times: int = 3) -> Measured:
    """The medians of ``times`` runs of ``contender`` (``module:function``) on the file ``path``."""
    runs = [_run(contender, path) for _ in range(times)]
    return Measured(
        rows=runs[0].rows,
        cpu=median(run.cpu for run in runs),
        wall=median(run.wall for run in runs),
        peak=round(median(run.peak for run in runs)),
    )


def _run(contender: str, path: Path) -> Measured:
    command = [sys.executable, "-m", "benchmarks.measuring", contender, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(said.stdout.splitlines()[-1]))


def peak_memory() -> int:
    """The most memory this process has had resident, in MB.

    ``ru_maxrss`` would begin with that of the process that started this one.
    """
    said = Path("/proc/self/status").read_text(encoding="ascii")
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    """Run one contender in this process and print what it took."""
    module, function = sys.argv[1].split(":")
    run = getattr(importlib.import_module(module), function)
    cpu, wall = time.process_time(), time.perf_counter()
    rows = run(Path(sys.argv[2]))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps(asdict(Measured(rows, cpu, wall, peak_memory()))))


if __name__ == "__main__":
    main()
