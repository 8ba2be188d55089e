"""What a real run shows in Airflow: how the node stands, in Airflow's own metrics, and where its results are."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import MONTH, Corridor, hold
from post_office import PostOffice
from running import running

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.node.figures import MEASURES

pytestmark = pytest.mark.slow

PATIENCE = 240
PUBLISH, COLLECT = "idn-sau.idn.publish", "idn-sau.sau.collect"


class StatsD:
    """A socket that takes what a StatsD server would; ``gauges`` are the newest values by name."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(1)
        self.port = self._socket.getsockname()[1]
        self.gauges: dict[str, float] = {}

    def until(self, name: str, value: float) -> None:
        """Take what comes until the gauge ``name`` has ``value``."""
        deadline = time.monotonic() + 60
        while self.gauges.get(name) != value:
            assert time.monotonic() < deadline, f"{name} is {self.gauges.get(name)}; {len(self.ours())} of ours came"
            try:
                line = self._socket.recv(65_535).decode()
            except TimeoutError:
                continue
            gauge = re.fullmatch(r"airflow\.(.+):(-?[0-9.]+)\|g", line)
            if gauge:
                self.gauges[gauge[1]] = float(gauge[2])

    def ours(self) -> dict[str, float]:
        return {name: value for name, value in self.gauges.items() if name.startswith("amanah.")}

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def statsd() -> Iterator[StatsD]:
    server = StatsD()
    yield server
    server.close()


@pytest.fixture
def airflow(
    corridor: Corridor, postgres: Postgres, post_office: PostOffice, statsd: StatsD, tmp_path: Path
) -> Iterator[AirflowClient]:
    """An Airflow that sends its metrics to ``statsd``, labelled as InfluxDB has it, and its lineage to a file."""
    metrics = {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(statsd.port),
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
    }
    transport = {"type": "file", "log_file_path": str(tmp_path / "lineage.ndjson"), "append": True}
    lineage = {"AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport)}
    services = tmp_path / "services"
    with running(services, "airflow_seen", corridor, postgres, post_office, **metrics, **lineage) as client:
        yield client


def test_after_real_runs_a_dashboard_has_how_both_nodes_stand_and_tasks_lead_to_their_pages(
    airflow: AirflowClient, corridor: Corridor, statsd: StatsD, tmp_path: Path
) -> None:
    hold(corridor.idn, with_canaries("IDN-P-1"), a_placement("IDN-P-2"))
    airflow.wait_for_dags([PUBLISH, COLLECT], PATIENCE)
    ours, theirs = "corridor=idn-sau,party=IDN", "corridor=idn-sau,party=SAU"

    assert airflow.wait(PUBLISH, airflow.trigger(PUBLISH, MONTH), PATIENCE) == "success"
    statsd.until(f"amanah.packages,{ours},direction=out,stream=placement,state=stored", 1)
    taken = airflow.trigger(COLLECT)
    assert airflow.wait(COLLECT, taken, PATIENCE) == "success"
    statsd.until(f"amanah.packages,{theirs},direction=in,stream=placement,state=accepted", 1)
    statsd.until(f"amanah.records,{theirs},direction=in,stream=placement", 2)
    statsd.until(f"amanah.mails,{theirs},kind=notice,state=queued", 0)

    assert statsd.gauges[f"amanah.overdue,{theirs},what=not_answered"] == 0
    assert statsd.gauges[f"amanah.ledger_entries,{theirs}"] > 0
    assert {name.split(",")[0] for name in statsd.ours()} <= {f"amanah.{measure.name}" for measure in MEASURES}
    pages = f"{airflow.base_url}/amanah/SAU"
    assert airflow.links(COLLECT, taken, "admit") == {"Messages": f"{pages}/messages"}
    assert airflow.links(COLLECT, taken, "watch") == {"Corridor": f"{pages}/corridor"}
    words = {word for name in statsd.ours() for word in re.split(r"[.,=]", name)}
    assert not any("IDN-P" in word or any(canary in word for canary in CANARIES) for word in words)
    told = (tmp_path / "lineage.ndjson").read_text(encoding="utf-8")
    assert announced(told) == {("idn-sau.idn.publish.deliver", "amanah://idn-sau", "IDN/published")}
    assert not any(canary in told for canary in ("IDN-P-1", *CANARIES))


def announced(told: str) -> set[tuple[str, str, str]]:
    """Which task is said to have made which dataset, in OpenLineage's events."""
    return {
        (event["job"]["name"], each["namespace"], each["name"])
        for event in map(json.loads, told.splitlines())
        if event["eventType"] == "COMPLETE"
        for each in event.get("outputs", [])
    }
