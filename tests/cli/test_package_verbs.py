"""Packages by hand: files in, files out, with keys as ``gpg`` writes them, and read or written by ``gpg`` itself."""

import csv
import json
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pysequoia
import pytest
from builders import a_placement
from command_line import Amanah
from gnupg import PASSPHRASE, Gpg

from amanah.exchange.parts import read as read_part
from schemas.agreement import FOLDER, load
from schemas.envelope import Manifest
from schemas.forms import arrow_schema
from schemas.streams import STREAMS
from schemas.texts import to_text

AGREEMENT = FOLDER / "idn-sau.yaml"
NAME = "IDN-SAU-placement-000001.tar.pgp"


class Desk:
    """One engineer's desk: the keys of both sides as files, and the commands in one word each."""

    def __init__(self, amanah: Amanah, folder: Path, key_files: dict[str, tuple[Path, Path]]) -> None:
        self.amanah, self.folder, self.keys = amanah, folder, key_files

    def records(self, *rows: dict[str, object], name: str = "records.parquet", extra: dict | None = None) -> Path:
        path = self.folder / name
        schema = arrow_schema(STREAMS["placement"])
        for column, kind in (extra or {}).items():
            schema = schema.append(pa.field(column, kind))
        if path.suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file)
                out.writerow(schema.names)
                out.writerows([[to_text(row.get(column)) for column in schema.names] for row in rows])
        return path

    def seal(self, *options: str, sequence: int = 1, ours: str = "IDN", theirs: str = "SAU", agreement=AGREEMENT):
        return self.amanah(
            "package", "seal", "--agreement", str(agreement), "--stream", "placement", "--sequence", str(sequence),
            "--sign-with", str(self.keys[ours][0]), "--encrypt-to", str(self.keys[theirs][1]),
            "--out", str(self.folder / "out"), *options,
        )  # fmt: skip

    def open(self, *options: str, verb: str = "open", file: Path | None = None, ours: str = "SAU", theirs: str = "IDN"):
        out = ["--out", str(self.folder / "opened")] if verb == "open" else []
        return self.amanah(
            "package", verb, str(file or self.folder / "out" / NAME), "--decrypt-with", str(self.keys[ours][0]),
            "--signed-by", str(self.keys[theirs][1]), *out, *options,
        )  # fmt: skip

    @property
    def opened(self) -> dict[str, bytes]:
        folder = self.folder / "opened"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def desk(amanah, tmp_path, key_files) -> Desk:
    return Desk(amanah, tmp_path, key_files)


@pytest.mark.parametrize("name", ["records.parquet", "records.csv"])
def test_what_is_sealed_by_hand_is_opened_by_hand(desk, name):
    file = desk.records(a_placement("IDN-P-1"), a_placement("IDN-P-2", previous_passport_nos=["A1", "B;2"]), name=name)

    assert desk.seal("--records", str(file), "--period", "2026-07").status == 0
    assert [path.name for path in (desk.folder / "out").iterdir()] == [NAME]
    said = desk.open("--json")

    assert said.status == 0
    assert desk.opened.keys() == {"manifest.json", "placement.parquet"}
    manifest = Manifest.model_validate_json(desk.opened["manifest.json"])
    assert (manifest.message_id, manifest.kind, manifest.period) == ("IDN-SAU-placement-000001", "records", "2026-07")
    assert (manifest.counts.new, manifest.previous_manifest_sha256) == (2, None)
    stream, fields = STREAMS["placement"], load(AGREEMENT).granted("placement", sender="IDN")
    first, second = read_part(desk.folder / "opened" / "placement.parquet", stream, fields, expected=2)
    assert (first.record_ref, first.values["wage_amount"]) == ("IDN-P-1", Decimal("1800.00"))
    assert (second.revision, second.values["birth_date"]) == (1, date(1990, 5, 17))
    assert second.values["previous_passport_nos"] == ["A1", "B;2"]
    assert json.loads(said.output)["records"] == 2


def test_only_granted_fields_leave_and_the_others_are_named(desk):
    file = desk.records(a_placement("IDN-P-1", national_id="3201014505900001", passport_mrz="KANARI"))

    said = desk.seal("--records", str(file), "--json")
    desk.open()

    assert {"national_id", "passport_mrz"} <= set(json.loads(said.output)["kept_back"])
    assert not {b"3201014505900001", b"KANARI"} & {*desk.opened["placement.parquet"].split()}
    assert "national_id" not in pq.read_schema(desk.folder / "opened" / "placement.parquet").names
    assert "3201014505900001" not in said.output + said.error


def test_without_records_it_is_a_nil_message(desk):
    for sequence, options in ((1, []), (2, ["--records", str(desk.records())])):
        assert desk.seal(*options, sequence=sequence).status == 0

    assert desk.open().status == 0
    manifest = Manifest.model_validate_json(desk.opened["manifest.json"])
    assert (manifest.kind, manifest.parts, desk.opened.keys()) == ("nil", (), {"manifest.json"})


def test_actions_and_revisions_stand_in_the_file_or_on_the_command_line(desk):
    rows = [
        a_placement("IDN-P-1", action="correct", revision=3),
        {"record_ref": "IDN-P-2", "action": "withdraw", "revision": 2},
    ]
    file = desk.records(*rows, extra={"action": pa.string(), "revision": pa.int64()})
    desk.seal("--records", str(file))
    desk.open()
    counts = Manifest.model_validate_json(desk.opened["manifest.json"]).counts
    assert (counts.new, counts.correct, counts.withdraw) == (0, 1, 1)

    file = desk.records(a_placement("IDN-P-1"))
    said = desk.seal("--records", str(file), "--action", "correct", "--revision", "4", sequence=2)
    assert (said.status, json.loads(desk.seal("--json", sequence=3).output)["records"]) == (0, 0)


def test_the_chain_goes_on_from_the_hash_of_the_message_before(desk):
    first = json.loads(desk.seal("--json").output)["manifest_sha256"]
    second = desk.seal("--previous", first, sequence=2)
    assert (second.status, second.error) == (0, "")

    desk.open(file=desk.folder / "out" / "IDN-SAU-placement-000002.tar.pgp")
    assert Manifest.model_validate_json(desk.opened["manifest.json"]).previous_manifest_sha256 == first
    assert "308" in desk.seal(sequence=3).error
    assert desk.seal("--previous", "abc", sequence=4).status == 2


def test_the_sender_is_whose_records_they_are_unless_somebody_says(desk):
    file = desk.records(a_placement("SAU-P-1"))
    said = desk.seal("--records", str(file), "--json")
    assert json.loads(said.output)["message_id"] == "SAU-IDN-placement-000001"

    said = desk.seal("--records", str(file), "--sender", "IDN")
    assert said.status == 1
    assert "records.parquet, record 1, record_ref: expected one that begins with IDN-" in said.error
    assert desk.seal("--sender", "MYS").status == 2


def test_a_number_never_stands_for_two_contents(desk):
    desk.seal()
    before = (desk.folder / "out" / NAME).read_bytes()

    said = desk.seal("--records", str(desk.records(a_placement("IDN-P-1"))))

    assert said.status == 1
    assert "a sequence number never stands for two contents" in said.error
    assert (desk.folder / "out" / NAME).read_bytes() == before


def test_records_that_the_receiver_will_refuse_are_counted_before_they_leave(desk):
    file = desk.records(a_placement("IDN-P-1", sex="KANARI"), a_placement("IDN-P-2"))

    said = desk.seal("--records", str(file), "--json")

    assert (said.status, json.loads(said.output)["doubtful"]) == (0, {"sex unknown_code": 1})
    assert "1 record(s) do not keep to the contract" in said.error
    assert "KANARI" not in said.output + said.error


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv", "record_ref,birth_date\nIDN-P-1,KANARI\n", "x.csv, record 1, birth_date: expected a date such as"),
        ("x.csv", "record_ref,sex\nIDN-P-1,F,F\n", "x.csv, record 1, the whole row: expected 2 cells"),
        ("x.csv", "record_ref,sex\nIDN-P-1,F\n,F\n", "x.csv, record 2, record_ref: expected a reference"),
        ("x.csv", "record_ref,colour\nIDN-P-1,F\n", "no column of placement/1 is called colour"),
        ("x.csv", "sex\nF\n", "needed is record_ref"),
        ("x.csv", "record_ref,action\nIDN-P-1,KANARI\n", "record 1, action: expected new, correct, withdraw"),
        ("x.csv", "record_ref,revision\nIDN-P-1,0\n", "record 1, revision: expected a whole number from 1"),
        ("x.csv", 'record_ref,sex\n"IDN-P-1,F\n', "x.csv: cannot be read as CSV in UTF-8"),
        ("x.txt", "record_ref\n", "x.txt: expected a file named .parquet or .csv"),
        ("x.parquet", "PAR1KANARI", "x.parquet: damaged, or not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_sealed_says_where_and_leaves_nothing(desk, name, content, says):
    (desk.folder / name).write_text(content, encoding="utf-8")

    said = desk.seal("--records", str(desk.folder / name))

    assert said.status == 1
    assert says in said.error
    assert "KANARI" not in said.output + said.error
    assert not (desk.folder / "out").exists() or list((desk.folder / "out").iterdir()) == []


def test_a_parquet_value_of_another_type_is_named_by_record_and_field(desk):
    table = pa.table({"record_ref": ["IDN-P-1", "IDN-P-2"], "birth_date": ["1990-05-17", "KANARI"]})
    pq.write_table(table, desk.folder / "x.parquet")

    said = desk.seal("--records", str(desk.folder / "x.parquet"))

    assert "x.parquet, record 2, birth_date: expected a value of type date32" in said.error
    assert "KANARI" not in said.error


def test_inspect_says_what_can_be_known_without_a_key_and_nothing_else(desk):
    desk.seal("--records", str(desk.records(a_placement("IDN-P-1"))))
    file = desk.folder / "out" / NAME

    found = json.loads(desk.amanah("package", "inspect", str(file), "--json").output)

    [recipient] = found["recipients"]
    assert len(recipient) == 16
    assert found == {"recipients": [recipient], "profile": "gnupg", "size": file.stat().st_size}


def test_verify_checks_what_open_checks_and_keeps_nothing(desk):
    desk.seal()
    before = set(desk.folder.rglob("*"))

    said = desk.open("--json", verb="verify")

    assert (said.status, json.loads(said.output)["kind"]) == (0, "nil")
    assert set(desk.folder.rglob("*")) == before


@pytest.fixture
def spoilt(desk):
    """One package, and the same spoilt in one thing at a time."""
    desk.seal("--records", str(desk.records(a_placement("IDN-P-1"))))
    content = (desk.folder / "out" / NAME).read_bytes()
    key = pysequoia.Tsk.from_file(str(desk.keys["IDN"][0]))
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    return {
        "truncated": content[:-30],
        "flipped": bytes(flipped),
        "empty": b"",
        "armored": pysequoia.armor(content, pysequoia.ArmorKind.Message).encode(),
        "unencrypted": pysequoia.sign(key.signer(), content, armor=False),
        "no package inside": pysequoia.encrypt(
            b"KANARI", [pysequoia.Cert.from_file(str(desk.keys["SAU"][1]))], signer=key.signer(), armor=False
        ),
    }


@pytest.mark.parametrize("verb", ["open", "verify"])
@pytest.mark.parametrize("what", ["truncated", "flipped", "empty", "armored", "unencrypted", "no package inside"])
def test_what_is_spoilt_opens_to_nothing_with_status_1(desk, spoilt, what, verb):
    file = desk.folder / "spoilt.pgp"
    file.write_bytes(spoilt[what])

    said = desk.open(file=file, verb=verb)

    assert (said.status, said.output) == (1, "")
    assert said.error.startswith("amanah: ")
    assert not (desk.folder / "opened").exists()
    assert [path for path in desk.folder.iterdir() if path.name.startswith(".")] == []


def test_another_signer_or_another_receiver_opens_to_nothing(desk):
    desk.seal()

    assert desk.open(theirs="stranger").status == 1
    assert "which is no key of ours" in desk.open(ours="stranger").error
    assert desk.opened == {}


def test_a_message_under_the_name_of_another_is_refused(desk):
    desk.seal()
    renamed = (desk.folder / "out" / NAME).rename(desk.folder / "IDN-SAU-placement-000007.tar.pgp")

    assert "307" in desk.open(file=renamed).error


def test_opening_twice_is_done_and_opening_over_something_else_is_refused(desk):
    desk.seal()
    assert desk.open().status == desk.open().status == 0

    (desk.folder / "opened" / "notes.txt").write_text("mine", encoding="utf-8")
    said = desk.open()

    assert said.status == 1
    assert "holds other files; name a new or an empty folder" in said.error
    assert (desk.folder / "opened" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_with_the_agreement_its_profile_its_text_and_its_keys_are_checked_too(desk):
    desk.seal()
    other = desk.folder / "other" / "idn-sau.yaml"
    other.parent.mkdir()
    other.write_text(AGREEMENT.read_text(encoding="utf-8") + "# another text\n", encoding="utf-8")

    assert desk.open("--agreement", str(AGREEMENT), verb="verify").status == 0
    assert "305" in desk.open("--agreement", str(other), verb="verify").error


def test_a_secret_key_that_others_can_read_is_status_2_with_the_command_that_mends_it(desk, tmp_path):
    desk.seal()
    loose = tmp_path / "loose.key"
    loose.write_bytes(desk.keys["SAU"][0].read_bytes())
    loose.chmod(0o644)
    desk.keys = {**desk.keys, "SAU": (loose, desk.keys["SAU"][1])}

    said = desk.open()

    assert said.status == 2
    assert f"run: chmod 600 {loose}" in said.error


@pytest.mark.slow
class TestWithGpg:
    """The other side has nothing but gpg, tar and sha256sum."""

    @pytest.fixture
    def partner(self, a_gpg) -> Gpg:
        return a_gpg("saudi@example")

    @pytest.fixture
    def us(self, a_gpg) -> Gpg:
        return a_gpg("indonesia@example", PASSPHRASE)

    def test_gpg_opens_what_we_seal_with_keys_that_gpg_made(self, desk, us, partner, monkeypatch):
        partner.knows(us.certificate)
        desk.keys = {"IDN": (us.secret, us.certificate), "SAU": (partner.secret, partner.certificate)}
        file = desk.records(a_placement("IDN-P-1"))
        monkeypatch.setenv("OUR_PASSPHRASE", PASSPHRASE)

        said = desk.seal("--records", str(file), "--passphrase-env", "OUR_PASSPHRASE")
        tar = desk.folder / "package.tar"
        opened = partner.run("--status-fd", "2", "--output", str(tar), "--decrypt", str(desk.folder / "out" / NAME))

        assert said.status == 0
        assert b"GOODSIG" in opened.stderr
        names = subprocess.run(["tar", "-tf", tar], capture_output=True, text=True, check=True).stdout.split()
        assert names == ["manifest.json", "placement.parquet"]

    def test_we_open_what_gpg_and_tar_made(self, desk, us, partner, tmp_path):
        manifest = self._manifest(desk, tmp_path)
        subprocess.run(["tar", "-C", tmp_path, "-cf", tmp_path / "p.tar", "manifest.json"], check=True)
        partner.knows(us.certificate)
        name = f"{manifest.message_id}.tar.pgp"
        partner.seal(tmp_path / "p.tar", tmp_path / name, us.name, "--compress-algo", "none")
        desk.keys = {"IDN": (us.secret, us.certificate), "SAU": (partner.secret, partner.certificate)}
        (tmp_path / "pass").write_text(PASSPHRASE + "\n", encoding="utf-8")
        (tmp_path / "pass").chmod(0o600)

        said = desk.open(
            "--passphrase-file", str(tmp_path / "pass"), "--json", file=tmp_path / name, ours="IDN", theirs="SAU"
        )

        assert said.status == 0
        assert desk.opened == {"manifest.json": (tmp_path / "manifest.json").read_bytes()}

    def _manifest(self, desk, folder: Path) -> Manifest:
        """A partner's own nil manifest, written with another JSON writer."""
        agreed = load(AGREEMENT)
        says = {
            "protocol": "amanah/1", "message_id": "SAU-IDN-placement-000001", "kind": "nil", "environment": "test",
            "schema_id": "placement/1", "agreement_sha256": agreed.sha256, "period": "2026-07",
            "created_at": "2026-08-01T02:00:00Z", "counts": {}, "parts": [], "previous_manifest_sha256": None,
            "legal_ground": "theirs", "software": "jq",
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(says), encoding="utf-8")
        return Manifest.model_validate(says)


# Opens a package and kills itself at the n-th step that touches the result or starts the process that decrypts.
DYING = """
import os, signal, sys
from pathlib import Path
from amanah.exchange import by_hand
from amanah.exchange.seal.keyring import Keys

STEPS = {"open", "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree", "subprocess.Popen"}
left = int(sys.argv[1])

def count(event, args):
    global left
    if event in STEPS and (event == "subprocess.Popen" or any("opened" in str(each) for each in args[:2])):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sealed, key, certificate, out = map(Path, sys.argv[2:])
sys.addaudithook(count)
by_hand.open_package(sealed, Keys(key, certificate), out)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_the_whole_result_or_none(desk):
    """Killed at ten moments of its run, then run again: the folder is whole or absent, and nothing else is left."""
    desk.seal("--records", str(desk.records(*(a_placement(f"IDN-P-{n}") for n in range(2000)))))
    argv = [sys.executable, "-c", DYING]
    out = desk.folder / "opened"
    files = [str(desk.folder / "out" / NAME), str(desk.keys["SAU"][0]), str(desk.keys["IDN"][1]), str(out)]
    killed = 0
    for step in range(1, 40):
        done = subprocess.run([*argv, str(step), *files], check=False, capture_output=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        assert desk.opened.keys() in (set(), {"manifest.json", "placement.parquet"})
        if done.returncode == 0:
            break
        killed += 1
    assert killed >= 5
    assert desk.open().status == 0
    assert [path.name for path in desk.folder.iterdir() if path.name.startswith(".")] == []
    assert out.stat().st_mode & 0o077 == 0
