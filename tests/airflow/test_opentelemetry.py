"""The figures as an OpenTelemetry collector gets them: one name, and labels as attributes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from builders import a_placement
from corridor import Corridor, settings_file
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent / "measured.py"
Points = dict[str, dict[frozenset[tuple[str, str]], float]]


class Collector(ThreadingHTTPServer):
    """Takes what is sent over OTLP; ``points`` are the newest values by name and attributes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.points: Points = {}

    def take(self, body: bytes) -> None:
        request = ExportMetricsServiceRequest.FromString(body)
        for metric in (m for r in request.resource_metrics for s in r.scope_metrics for m in s.metrics):
            for point in metric.gauge.data_points:
                labels = frozenset((each.key, each.value.string_value) for each in point.attributes)
                self.points.setdefault(metric.name, {})[labels] = point.as_double or point.as_int


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.take(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_collector_gets_the_figures_with_labels_before_the_task_has_ended(
    corridor: Corridor, collector: Collector, tmp_path: Path
) -> None:
    corridor.send(a_placement())
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AMANAH", "OTEL"))},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "_AIRFLOW_PROCESS_CONTEXT": "server",
    }

    argv = [sys.executable, str(PROGRAM), str(settings_file(corridor.idn))]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    whose = {("corridor", "idn-sau"), ("party", "IDN"), ("direction", "out"), ("stream", "placement")}
    packages = collector.points["airflow.amanah.packages"]
    assert packages[frozenset(whose | {("state", "stored")})] == 1
    assert packages[frozenset(whose | {("state", "accepted")})] == 0
