"""The published OpenAPI document: what the service is, and what it does when a tool tries everything it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from served import OTHER, SENT, lay_down

from amanah.demo.house import PROJECT
from amanah.exchange.api.document import document

RULES = f"""
[generation]
mode = "all"
deterministic = true
max-examples = 15
database = "none"

[checks.positive_data_acceptance]
# What keeps to the document can still be refused for what only the service knows.
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "410", "413", "416", "429"]

[[operations]]
include-method = ["GET", "HEAD"]
include-path = "/v1/messages/{{message_id}}"
parameters = {{ message_id = "{OTHER}" }}

[[operations]]
include-path = "/v1/messages/{{message_id}}/uploads/{{sha256}}"
parameters = {{ message_id = "{SENT}", sha256 = "{"0" * 64}" }}
"""
BODIES = """
import schemathesis


@schemathesis.serializer("application/partial-upload")
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
"""
PUBLISHED = PROJECT / "docs" / "openapi.json"


def test_the_published_document_is_what_the_service_says_of_itself():
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == document(), "run: make docs"


def test_every_operation_says_what_it_is_and_how_it_refuses():
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            refusals = {status for status in operation["responses"] if status >= "400"}
            assert operation["description"], (method, path)
            assert refusals, (method, path)
            if path.startswith("/v1/messages"):
                assert operation["security"], (method, path)
                assert {"401", "429"} <= refusals, (method, path)


@pytest.mark.slow
def test_the_running_service_gives_the_same_document(server):
    assert httpx.get(f"{server.url}/v1/openapi.json").json() == json.loads(PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_schemathesis_finds_nothing_that_the_document_does_not_say(server, tmp_path):
    lay_down(server, OTHER, b"a package that can be fetched")
    (tmp_path / "schemathesis.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "bodies.py").write_text(BODIES, encoding="utf-8")
    command = Path(sys.executable).with_name("st")
    argv = [
        str(command),
        "run",
        str(PUBLISHED),
        "--url",
        server.url,
        "--header",
        f"Authorization: Bearer {server.token('IDN')}",
    ]
    done = subprocess.run(
        argv,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "bodies", "PYTHONPATH": str(tmp_path)},
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
