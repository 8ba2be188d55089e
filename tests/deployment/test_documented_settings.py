"""What docs/production.md tells an operator to write is what the node and Airflow accept."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from amanah.node.settings import NodeSettings

GUIDE = (Path(__file__).parents[2] / "docs/production.md").read_text(encoding="utf-8")


def test_the_node_file_in_the_guide_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = re.search(r"^```yaml\n(party: .+?)^```", GUIDE, re.M | re.S)
    assert example
    file = tmp_path / "node.yaml"
    file.write_text(example[1], encoding="utf-8")
    for name in re.findall(r"env:(\w+)", example[1]):
        monkeypatch.setenv(name, "given, and long enough for every kind of secret")
    settings = NodeSettings.load(file)
    assert settings.party == "IDN"
    assert settings.keys.ours == (tmp_path / "keys/IDN.secret.pgp",)


@pytest.mark.slow
def test_airflow_takes_the_connections_in_the_guide(tmp_path: Path) -> None:
    examples = re.findall(r"^AMANAH_(SFTP|SMTP)_CONNECTION='(.+)'$", GUIDE, re.M)
    assert len(examples) == 2
    given = {f"AIRFLOW_CONN_AMANAH_IDN_{name}": text for name, text in examples}
    read = "from airflow.sdk import Connection\nfor kind in ('sftp', 'smtp'):\n"
    read += "    found = Connection.get('amanah_idn_' + kind)\n"
    read += "    print('got', found.conn_type, found.host, *sorted(found.extra_dejson))"
    outcome = subprocess.run(
        [sys.executable, "-c", read],
        env={**os.environ, **given, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert [line for line in outcome.stdout.splitlines() if line.startswith("got")] == [
        "got sftp exchange.example compress host_key key_file look_for_keys",
        "got smtp mail.example disable_ssl from_email",
    ]


def test_the_exchange_point_in_the_guide_is_pinned() -> None:
    example = re.search(r"^AMANAH_SFTP_CONNECTION='(.+)'$", GUIDE, re.M)
    assert example
    extra = json.loads(example[1])["extra"]
    assert extra["host_key"].startswith("ssh-ed25519 ")
    assert extra["compress"] == "false"
