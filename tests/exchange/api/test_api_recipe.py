"""What docs/protocol.md and docs/production.md tell people to type is what works."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from served import SECRETS, lay_down

from amanah.demo.house import PROJECT
from amanah.exchange.api.settings import ServiceSettings
from amanah.node.settings import ApiPoint

PROTOCOL = (PROJECT / "docs" / "protocol.md").read_text(encoding="utf-8")
PRODUCTION = (PROJECT / "docs" / "production.md").read_text(encoding="utf-8")
CONTENT = bytes(range(256)) * 20_000  # 5 MB


def recipes() -> list[str]:
    section = PROTOCOL.partition("\n## HTTPS\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.+?)^```", section, re.M | re.S)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: see .ci/system-packages")
def test_a_partner_with_curl_can_send_list_and_fetch(server, tmp_path):
    (tmp_path / "secret.netrc").write_text(f"machine 127.0.0.1 login sau-node password {SECRETS['SAU'][0]}\n")
    ours = [f"SAU-IDN-placement-{number:06d}" for number in (1, 2)]
    for name in ours:
        (tmp_path / f"{name}.tar.pgp").write_bytes(CONTENT)
    lay_down(server, "IDN-SAU-placement-000001", CONTENT)
    (tmp_path / "IDN-SAU-placement-000001.tar.pgp").write_bytes(CONTENT[:1_000_000])  # an earlier try was cut
    script = "\n".join(recipes())

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "EXCHANGE": server.url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert [(server.room("SAU") / f"{name}.tar.pgp").read_bytes() == CONTENT for name in ours] == [True, True]
    assert '"messages":[{"id":"IDN-SAU-placement-000001"' in done.stdout
    assert "IDN-SAU-placement-000001.tar.pgp: OK" in done.stdout


def test_the_settings_in_the_guide_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    example = re.search(r"^```yaml\n(root: .+?)^```", PRODUCTION, re.M | re.S)
    assert example
    (tmp_path / "exchange.yaml").write_text(example[1], encoding="utf-8")
    monkeypatch.setenv("AMANAH_API_SIGNING_KEY", "k" * 64)
    settings = ServiceSettings.load(tmp_path / "exchange.yaml")

    assert settings.clients["sau-node"].party == "SAU"
    assert settings.tls.certificate == tmp_path / "tls/server.pem"


def test_the_way_to_the_exchange_point_in_the_guide_is_accepted():
    example = re.search(r"^```yaml\n(api: .+?)^```", PRODUCTION, re.M | re.S)
    assert example

    assert ApiPoint.model_validate(yaml.safe_load(example[1])["api"]).client_id == "idn-node"
