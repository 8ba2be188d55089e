"""Our secret key from Airflow's secrets backend: a connection, in memory, and never a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pysequoia
import pytest
import yaml

from schemas.agreement import FOLDER

pytestmark = pytest.mark.slow

READ = """
import sys
from amanah.airflow.connections import open_node
from amanah.exchange.seal import keyring
from datetime import UTC, datetime
node = open_node(sys.argv[1])
keyring.to_sign_with(node.keys, datetime.now(UTC))
print("got", keyring.ours(node.keys)[0].fingerprint, repr(node.settings.keys), repr(node.keys))
"""


@pytest.fixture
def ask(tmp_path, key_files):
    """What the node says of its keys when the connection's extra is this."""

    def run(**extra: object) -> "subprocess.CompletedProcess[str]":
        content = {
            "party": "IDN", "agreement": str(FOLDER / "idn-sau.yaml"), "store": "store", "database": "postgresql://x/y",
            "keys": {"ours": "nowhere.key", "partner": str(key_files["SAU"][1])},
        }  # fmt: skip
        (tmp_path / "node.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        connection = json.dumps({"conn_type": "generic", "extra": extra})
        environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONN_AMANAH_IDN_KEYS": connection}
        argv = [sys.executable, "-c", READ, str(tmp_path / "node.yaml")]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)

    return run


def test_the_key_of_the_connection_wins_over_the_file(ask, key_files: dict[str, tuple[Path, Path]], tmp_path):
    key = pysequoia.Tsk.from_file(str(key_files["IDN"][0]))

    done = ask(secret_keys=[str(key)])

    [said] = [line for line in done.stdout.splitlines() if line.startswith("got")]
    assert key.extract_certificate().fingerprint.upper() in said
    assert "PRIVATE" not in done.stdout + done.stderr
    secret = str(key).splitlines()[4]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_connection_without_keys_says_what_it_should_hold(ask):
    done = ask(other="x")

    assert done.returncode
    assert "extra has no secret_keys; expected the text that gpg --armor --export-secret-keys writes" in done.stderr
