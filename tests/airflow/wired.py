"""Reaches a real exchange point as tasks and the triggerer do, through a connection of Airflow; prints what happened.

``python wired.py ASKED.json``: the connection ``amanah_idn_sftp``, where its folders lie on this machine, and a file.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from amanah.airflow.arrivals import PackagesArrive, WaitForPackages
from amanah.airflow.connections import transport

ASKED = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
CONNECTION = ASKED["connection"]


def connect_by(name: str, **changes: str | None) -> str:
    """Set up Airflow's connection ``amanah_<name>_sftp``, with ``changes`` in its extra fields; return its name."""
    extra = {key: value for key, value in (CONNECTION["extra"] | changes).items() if value is not None}
    os.environ[f"AIRFLOW_CONN_AMANAH_{name}_SFTP"] = json.dumps(CONNECTION | {"extra": extra})
    return f"amanah_{name.lower()}_sftp"


def main() -> None:
    """Do everything."""
    there_and_back = _there_and_back()
    found = {
        "there_and_back": there_and_back,
        "refused": _refused(),
        "waits": asyncio.run(_waits()),
        "begins": {run_type: _begins(run_type) for run_type in ("scheduled", "manual")},
    }
    print("\n" + json.dumps(found))


def _there_and_back() -> list[Any]:
    connect_by("IDN")
    file = Path(ASKED["file"])
    with transport(SimpleNamespace(us="IDN")) as wire:
        wire.put(file, ASKED["ours"])
        wire.get(ASKED["ours"], file.name, file.with_suffix(".back"))
        return [wire.names(ASKED["ours"]), file.with_suffix(".back").read_bytes() == file.read_bytes()]


def _refused() -> dict[str, str]:
    """What a connection that is not as it must be ends in."""
    said = {}
    changes = {
        "no pin": {"host_key": None},
        "no check": {"host_key": None, "no_host_key_check": "true"},
        "any key": {"allow_host_key_change": "true"},
        "no key": {"key_file": None},
        "another host": {"host_key": ASKED["another_key"]},
    }
    for name, change in changes.items():
        connect_by("XXX", **change)
        try:
            with transport(SimpleNamespace(us="XXX")):
                said[name] = "connected"
        except Exception as error:
            said[name] = f"{type(error).__name__}: {error}"
    return said


def _begins(run_type: str) -> Any:
    """What the sensor does first in a run: what it then waits for, or what it returns."""
    connect_by("IDN")
    sensor = WaitForPackages(
        task_id="wait",
        node=ASKED["node"],
        schedule="0 0 1 1 *",
        time_zone="Asia/Jakarta",
        poke_interval=7,
    )
    try:
        return sensor.execute({"dag_run": SimpleNamespace(run_type=run_type)})
    except TaskDeferred as deferred:
        _, waits_for = deferred.trigger.serialize()
        return waits_for | {"then": getattr(sensor, deferred.method_name)({}, {"new": 3})}


async def _waits() -> dict[str, list[int]]:
    """How many new files each wait ended with."""

    def trigger(upto: int, seconds: float, *wires: tuple[str, str]) -> PackagesArrive:
        folder = {"folder": ASKED["theirs"], "sender": "SAU", "receiver": "IDN", "stream": "placement"}
        not_begun = {"folder": ASKED["not begun"], "stream": "complaint", "upto": 0, "beyond": []}
        awaited = [folder | {"upto": upto, "beyond": [3]}, folder | not_begun]
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        path, arguments = PackagesArrive(wires, awaited, until.isoformat(), 0.2).serialize()
        assert path == "amanah.airflow.arrivals.PackagesArrive"
        return PackagesArrive(**json.loads(json.dumps(arguments)))  # as the triggerer makes it again

    async def fired(waiting: PackagesArrive) -> int:
        return await anext(event.payload["new"] async for event in waiting.run())

    async def lay_down(number: int) -> None:
        await asyncio.sleep(0.5)
        Path(ASKED["on_disk"], f"SAU-IDN-placement-{number:06}.tar.pgp").write_bytes(b"sealed")

    good, gone = ("sftp", connect_by("IDN")), ("sftp", connect_by("YYY"))
    other = ("sftp", connect_by("ZZZ", host_key=ASKED["another_key"]))
    api = ("api", "amanah_idn_api")
    os.environ["AIRFLOW_CONN_AMANAH_IDN_API"] = json.dumps(ASKED["api"])
    os.environ["AIRFLOW_CONN_AMANAH_YYY_SFTP"] = json.dumps(CONNECTION | {"port": ASKED["nobody"]})
    return {
        "there already": [await fired(trigger(0, 60, good))],
        "known already": [await fired(trigger(1, 2, good))],
        "comes meanwhile": (await asyncio.gather(fired(trigger(1, 60, good)), lay_down(2)))[:1],
        "nobody there": [await fired(trigger(0, 2, gone))],
        "another host": [await fired(trigger(0, 2, other))],
        "over https": [await fired(trigger(0, 60, api)), await fired(trigger(2, 2, api))],
        "over https when sftp does not work": [await fired(trigger(0, 60, gone, api))],
    }


if __name__ == "__main__":
    main()
