"""The exchange point through Airflow's connection: tasks that carry packages, and a trigger that waits for them."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from corridor import Corridor, settings_file
from served import Server, api_connection

from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def server(corridor: Corridor, tmp_path: Path) -> Iterator[Server]:
    """The HTTPS service over the folders that the SSH server serves."""
    server = Server(tmp_path, corridor.point.files, state=str(tmp_path / "state"))
    yield server
    server.stop()


@pytest.fixture
def found(
    corridor: Corridor, server: Server, in_airflow: Callable[..., dict[str, Any]], tmp_path: Path
) -> dict[str, Any]:
    """What a process of Airflow made of it: ours is sent and fetched, theirs (1, and 3 already known) is waited for."""
    exchange_point = corridor.point
    settings = exchange_point.settings("IDN")
    make_keypair(tmp_path / "another")
    theirs = exchange_point.room("SAU", "placement")
    theirs.mkdir(parents=True)
    for name in ("000001.tar.pgp", "000003.tar.pgp", "000009.tar.pgp.part", "no-number.tar.pgp"):
        (theirs / f"SAU-IDN-placement-{name}").write_bytes(b"sealed")
    (tmp_path / "IDN-SAU-placement-000001.tar.pgp").write_bytes(os.urandom(300_000))
    extra = {"key_file": str(settings.private_key), "host_key": settings.host_key, "attempts": "1"}
    login = {"conn_type": "sftp", "host": settings.host, "port": settings.port, "login": settings.username}
    asked = {
        "connection": login | {"extra": extra},
        "file": str(tmp_path / "IDN-SAU-placement-000001.tar.pgp"),
        "ours": "/idn-sau/IDN/placement",
        "theirs": "/idn-sau/SAU/placement",
        "not begun": "/idn-sau/SAU/complaint",
        "on_disk": str(theirs),
        "another_key": " ".join(public_key_file(tmp_path / "another").read_text().split()[:2]),
        "nobody": free_port(),
        "api": api_connection("IDN", server),
        "node": str(settings_file(corridor.idn)),
    }
    (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    return in_airflow("wired.py", str(tmp_path / "asked.json"), nodes=[])


def test_packages_travel_and_are_waited_for_over_airflows_connection(found: dict[str, Any], corridor: Corridor) -> None:
    assert found["there_and_back"] == [["IDN-SAU-placement-000001.tar.pgp"], True]

    must_pin = "SftpMisconfigured: Airflow's connection amanah_xxx_sftp must pin the exchange point's host key"
    refused = found["refused"]
    assert all(refused[name].startswith(must_pin) for name in ("no pin", "no check", "any key"))
    assert "neither a key nor a password" in refused["no key"]
    assert refused["another host"].startswith("SftpMisconfigured: connect to 127.0.0.1")

    assert found["waits"] == {
        "there already": [1],
        "known already": [0],
        "comes meanwhile": [1],
        "nobody there": [0],
        "another host": [0],
        "over https": [2, 0],
        "over https when sftp does not work": [2],
    }

    waits_for = found["begins"]["scheduled"]
    assert datetime.fromisoformat(waits_for["until"]).strftime("%m-%d %H:%M %z") == "12-31 16:59 +0000"  # Jakarta
    assert [each["folder"] for each in waits_for["awaited"]] == [
        f"/idn-sau/SAU/{stream}" for stream in corridor.idn.endpoint.streams
    ]
    assert (waits_for["poll_interval"], waits_for["then"]) == (7, 3)
    assert waits_for["wires"] == [["sftp", "amanah_idn_sftp"]]
    assert found["begins"]["manual"] == 0
