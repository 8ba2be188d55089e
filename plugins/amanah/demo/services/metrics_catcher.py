"""A StatsD server that draws nothing: the newest value of each metric of ours stands in one text file.

``python -m amanah.demo.services.metrics_catcher --port N --file FILE``. The file has a line for each, as Prometheus
writes them: ``airflow_amanah_links{corridor="idn-sau",party="IDN",stream="placement",grade="certain"} 18222``.
"""

import argparse
import re
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from amanah.demo.services.processes import Service, base_environment

_GAUGE = re.compile(r"(?P<name>[\w.]+)(?P<labels>(,[^,=:|]+=[^,=:|]*)*):(?P<value>-?[0-9.]+)\|g")
_BUFFER = 1 << 22  # a task sends a hundred at once
_PAUSE = 0.5  # seconds between two writings of the file


class Board:
    """The newest value of each gauge whose name begins with ``airflow.amanah.``, kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, str] = {}
        self.write()

    def take(self, datagram: str) -> bool:
        """Note a gauge of ours; return whether it was one."""
        found = _GAUGE.fullmatch(datagram)
        if found is None or not found["name"].startswith("airflow.amanah."):
            return False
        pairs = [label.partition("=") for label in found["labels"].split(",") if label]
        labels = ",".join(f'{name}="{value}"' for name, _, value in pairs)
        name = found["name"].replace(".", "_")
        self._values[f"{name}{{{labels}}}" if labels else name] = found["value"]
        return True

    def write(self) -> None:
        """Write the file anew; a reader never sees half of it."""
        draft = self._file.with_suffix(".part")
        draft.write_text("".join(f"{name} {value}\n" for name, value in sorted(self._values.items())), encoding="utf-8")
        draft.replace(self._file)


def metrics_service(file: Path, port: int) -> Service:
    """The catcher as a service to start, keeping metrics in ``file``."""
    argv = [sys.executable, "-m", "amanah.demo.services.metrics_catcher", "--port", str(port), "--file", str(file)]
    file.unlink(missing_ok=True)
    return Service("metrics", argv, base_environment(), ready=file.exists, timeout=30)


def settings(port: int) -> dict[str, str]:
    """The environment with which Airflow sends its metrics there, labels and all."""
    return {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(port),
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
    }


def serve(port: int, file: Path) -> None:
    """Serve until the process is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        server.bind(("127.0.0.1", port))
        server.settimeout(_PAUSE)
        board, fresh, written = Board(file), False, time.monotonic()
        while True:  # Airflow's own metrics come all the time
            with suppress(TimeoutError):
                fresh |= board.take(server.recv(65_535).decode(errors="replace"))
            if fresh and time.monotonic() - written > _PAUSE:
                board.write()
                fresh, written = False, time.monotonic()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="amanah.demo.services.metrics_catcher", description="A metrics catcher.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True, help="where the metrics are kept")
    options = parser.parse_args(arguments)
    serve(options.port, options.file)


if __name__ == "__main__":
    main()
