"""Real runs in a real Airflow: what they show of the node and where, and that two at one moment do nothing twice.

One Airflow for both: starting it takes longer than the runs.
"""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import MONTH, NEXT_MONTH, Corridor, entries, hold, holds, ledger_is_whole, states
from post_office import PostOffice
from running import running

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.node.figures import MEASURES

pytestmark = pytest.mark.slow

PATIENCE = 240
PUBLISH, COLLECT = "idn-sau.idn.publish", "idn-sau.sau.collect"
TWICE = {"IDN-SAU-placement-000002", "IDN-SAU-complaint-000002"}


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


def test_what_real_runs_show_and_do(
    airflow: AirflowClient, corridor: Corridor, statsd: StatsD, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    airflow.wait_for_dags([PUBLISH, COLLECT], PATIENCE)

    with subtests.test("a dashboard has how both nodes stand, and tasks lead to their pages"):
        both_nodes_are_seen(airflow, corridor, statsd, tmp_path)
    with subtests.test("what two runs do at once is done once"):
        what_two_runs_do_at_once_is_done_once(airflow, corridor)


def both_nodes_are_seen(airflow: AirflowClient, corridor: Corridor, statsd: StatsD, tmp_path: Path) -> None:
    hold(corridor.idn, with_canaries("IDN-P-1"), a_placement("IDN-P-2"))
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


def what_two_runs_do_at_once_is_done_once(airflow: AirflowClient, corridor: Corridor) -> None:
    hold(corridor.idn, a_placement("IDN-P-3"), month=NEXT_MONTH)

    for dag, key in ((PUBLISH, NEXT_MONTH), (COLLECT, None)):
        runs = [airflow.trigger(dag, key) for _ in range(2)]
        assert [airflow.wait(dag, run, PATIENCE) for run in runs] == ["success", "success"]
    corridor.exchange()

    for node, event in ((corridor.idn, "built"), (corridor.idn, "stored"), (corridor.sau, "received")):
        done = [entry.message_id for entry in entries(node) if entry.event == event]
        assert len(done) == len(set(done))
        assert set(done) >= TWICE
    answered = [entry.message_id for entry in entries(corridor.sau) if entry.event == "answered"]
    assert len(answered) == len(set(answered))
    assert {states(corridor.idn)[name] for name in TWICE} == {"accepted"}
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2", "IDN-P-3"}
    assert ledger_is_whole(corridor.idn)
    assert ledger_is_whole(corridor.sau)
