"""How mails leave is Airflow's SMTP connection, read as Airflow's own mails read it."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from schemas.agreement import FOLDER

pytestmark = pytest.mark.slow

READ = """
import sys
from amanah.airflow.connections import open_node
mail = open_node(sys.argv[1]).settings.mail
print("got", mail.host, mail.port, "ssl" if mail.ssl else "starttls" if mail.starttls else "clear", mail.sender,
      mail.bounce, mail.username, mail.ca, mail.timeout, bool(mail.password))
"""


@pytest.fixture
def ask(tmp_path):
    """What the node makes of the connection."""

    def run(connection):
        content = {
            "party": "IDN", "agreement": str(FOLDER / "idn-sau.yaml"), "store": "store", "database": "postgresql://x/y",
            "keys": {"ours": "our.key", "partner": "their.cert"},
        }  # fmt: skip
        (tmp_path / "node.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        given = json.dumps({"conn_type": "smtp", "host": "mail.example", **connection})
        environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONN_AMANAH_IDN_SMTP": given}
        argv = [sys.executable, "-c", READ, str(tmp_path / "node.yaml")]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ({}, "mail.example 465 ssl pipeline@kp2mi.example None None None 30 False"),
        (
            {
                "port": 587,
                "login": "amanah",
                "password": "GEHEIM",
                "extra": {
                    "disable_ssl": True,
                    "from_email": "amanah@kp2mi.example",
                    "bounce": "bounces@kp2mi.example",
                    "ca": "/etc/ca.pem",
                    "timeout": 10,
                },
            },
            "mail.example 587 starttls amanah@kp2mi.example bounces@kp2mi.example amanah /etc/ca.pem 10 True",
        ),
        (
            {"extra": {"disable_ssl": True, "disable_tls": True}},
            "mail.example 587 clear pipeline@kp2mi.example None None None 30 False",
        ),
    ],
    ids=["TLS", "STARTTLS", "in the clear"],
)
def test_the_extras_are_read_as_airflow_reads_them(ask, connection, said):
    done = ask(connection)

    assert [line for line in done.stdout.splitlines() if line.startswith("got")] == [f"got {said}"], done.stderr


def test_a_connection_that_cannot_be_used_shows_no_secret(ask):
    done = ask({"password": "GEHEIM", "extra": {"timeout": "soon"}})

    assert done.returncode
    assert "Airflow's connection amanah_idn_smtp: timeout: Input should be a valid integer" in done.stderr
    assert "GEHEIM" not in done.stdout + done.stderr
