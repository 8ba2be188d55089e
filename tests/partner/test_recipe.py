"""The shell recipe: what a partner with tar, gpg, sha256sum and sftp sends is accepted, and its answer can be read."""

import csv
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import servers
from gnupg import Gpg

from amanah.demo.house import PROJECT
from amanah.exchange import parts, seal
from amanah.exchange.parts.statement import HEAD
from amanah.exchange.sftp import SftpSettings, connect
from amanah.exchange.transport import Transport
from amanah.node.node import Node
from amanah.node.settings import KeySettings
from amanah.partner.samples import test_agreement as write_agreement
from schemas.agreement import FOLDER, Agreement
from schemas.examples import RECORDS
from schemas.texts import to_text

pytestmark = pytest.mark.slow

RECIPE = PROJECT / "docs" / "recipe"
FIRST, SECOND = "IDN-SAU-placement-000001", "IDN-SAU-placement-000002"


@dataclass(frozen=True)
class Below:
    """A wire to folders that lie below another one: this server has no root of its own."""

    wire: Transport
    folder: str

    def names(self, folder: str) -> list[str]:
        return self.wire.names(self.folder + folder)

    def marks(self, folder: str) -> dict[str, str]:
        return self.wire.marks(self.folder + folder)

    def put(self, source: Path, folder: str) -> None:
        self.wire.put(source, self.folder + folder)

    def get(self, folder: str, name: str, target: Path) -> None:
        self.wire.get(self.folder + folder, name, target)


@dataclass(frozen=True)
class Partner:
    """Indonesia with the recipe, facing Saudi Arabia's node over OpenSSH, which reaches the server as ``theirs``."""

    folder: Path
    agreement: Agreement
    node: Node
    place: servers.Place
    gpg: Gpg
    theirs: SftpSettings

    def run(self, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", str(RECIPE / script), *arguments],
            cwd=self.folder,
            env={**os.environ, "AMANAH_SETTINGS": "./ours.sh"},
            capture_output=True,
            text=True,
            check=False,
        )

    def did(self, script: str, *arguments: str) -> str:
        """What a script said that had to end well."""
        done = self.run(script, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def they_work(self) -> None:
        """The node collects, admits and answers."""
        with connect(self.theirs) as wire:
            below = Below(wire, self.place.folder)
            self.node.collect(below)
            self.node.admit()
            self.node.deliver(below)

    def write(self, name: str, *records: dict[str, object], head: bool = False) -> str:
        """Write records into a file as the agreement's parts are; without ``head``, without action and revision."""
        fields = self.agreement.granted("placement", sender="IDN")
        columns = [*(HEAD if head else ()), *fields]
        rows = [parts.narrowed(each, fields) | {name: each.get(name) for name in HEAD} for each in records]
        file = self.folder / f"{name}.{self.agreement.package.parts}"
        if file.suffix == ".csv":
            with file.open("w", encoding="utf-8", newline="") as opened:
                written = csv.writer(opened, lineterminator="\r\n")
                written.writerow(columns)
                written.writerows([[to_text(row.get(column)) for column in columns] for row in rows])
        else:
            lines = [json.dumps({column: row.get(column) for column in columns}, default=to_text) for row in rows]
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file.name


@pytest.fixture(params=["csv", "ndjson"])
def partner(request, supervisor, a_gpg, a_node, tmp_path) -> Partner:
    if shutil.which("sftp") is None:
        pytest.skip("sftp is not installed: see .ci/system-packages")
    agreement = write_agreement(FOLDER / "idn-sau.yaml", tmp_path / "agreement.yaml", request.param)
    theirs = tmp_path / "SAU.key.pgp", tmp_path / "SAU.cert.pgp"
    fingerprint = seal.generate("SAU (test)", *theirs)
    gpg = a_gpg().knows(theirs[1])
    listed = gpg.run("--with-colons", "--fingerprint", gpg.name).stdout.decode().splitlines()
    ours = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    if servers.SSHD is None:  # the demonstration's server is a real one too
        point = request.getfixturevalue("exchange_point")
        place, reached = servers.Place(point.settings("IDN"), "", point.files), point.settings("SAU")
    else:
        place = servers.start(supervisor, f"recipe-{request.param}-{tmp_path.name}")
        reached = place.settings
        for party in agreement.parties:
            (place.on_disk / agreement.id / party).mkdir(parents=True)
    reach = place.settings
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{reach.port} {reach.host_key}\n")
    settings = (RECIPE / "settings.sh").read_text(encoding="utf-8")
    ours_now = {
        "GNUPGHOME": gpg.home,
        "OUR_KEY": ours,
        "THEIR_KEY": fingerprint,
        "LEGAL_GROUND": "'test'",
        "SFTP_HOST": reach.host,
        "SFTP_PORT": reach.port,
        "SFTP_USER": reach.username,
        "SFTP_KEY": reach.private_key,
        "FOLDER": f"{place.folder}/{agreement.id}",
    }
    assert all(f"\n{name}=" in settings for name in ours_now)
    (tmp_path / "ours.sh").write_text(settings + "".join(f"{name}={value}\n" for name, value in ours_now.items()))
    node = a_node(
        "SAU", agreement=tmp_path / "agreement.yaml", keys=KeySettings(ours=theirs[0], partner=gpg.certificate)
    )
    return Partner(tmp_path, agreement, node, place, gpg, reached)


def test_what_the_recipe_sends_is_accepted_and_it_reads_the_answer(partner):
    assert partner.did("build.sh", "placement", "2026-08", partner.write("plain", *RECORDS["placement"])) == FIRST
    assert partner.did("send.sh", FIRST) == f"{FIRST} is at the exchange point"
    assert partner.did("send.sh", FIRST) == f"{FIRST} is there already"
    assert partner.run("answer.sh", FIRST).returncode == 3
    assert not list((partner.folder / "state").rglob(f"placement.{partner.agreement.package.parts}"))

    partner.they_work()
    receipt = partner.did("answer.sh", FIRST)

    assert f"answers {FIRST}\n" in receipt
    assert "verdict accepted\napplied new 2 correct 0 withdraw 0\nrefused 0\n" in receipt
    assert partner.did("answer.sh", FIRST) == receipt


def test_corrections_refusals_and_a_month_without_news(partner):
    first, second = RECORDS["placement"]
    partner.did("build.sh", "placement", "2026-07", partner.write("plain", first, second))
    statements = [
        {**first, "action": "correct", "revision": 2, "stage": "completed"},
        {"action": "withdraw", "revision": 2, "record_ref": second["record_ref"]},
        {**second, "action": "new", "revision": 1, "record_ref": "IDN-P-000200", "stage": "no_such_stage"},
    ]
    assert partner.did("build.sh", "placement", "2026-08", partner.write("said", *statements, head=True)) == SECOND
    third = partner.did("build.sh", "placement", "2026-09")
    for message_id in (FIRST, SECOND, third):
        partner.did("send.sh", message_id)
    partner.they_work()

    refused = partner.run("answer.sh", SECOND)

    assert refused.returncode == 1
    assert "verdict accepted\napplied new 0 correct 1 withdraw 1\nrefused 1\n" in refused.stdout
    assert "applied new 0 correct 0 withdraw 0\nrefused 0\n" in partner.did("answer.sh", third)


def test_an_answer_that_somebody_else_signed_is_not_believed(partner, a_gpg):
    stranger = a_gpg("stranger@example").knows(partner.node.settings.keys.partner[0])
    partner.gpg.knows(stranger.certificate)  # so that the signature is a good one, and not of the right key
    partner.did("build.sh", "placement", "2026-08")
    partner.did("send.sh", FIRST)
    (partner.folder / "forged.tar").write_bytes(b"forged")
    room = partner.place.on_disk / "idn-sau" / "SAU" / "status"
    room.mkdir()
    stranger.seal(partner.folder / "forged.tar", room / "SAU-IDN-status-000001.tar.pgp", partner.gpg.name)

    said = partner.run("answer.sh", FIRST)

    assert said.returncode == 4
    assert "is not signed by" in said.stderr
