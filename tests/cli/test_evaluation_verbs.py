"""``amanah evaluate``: an edition is checked by us and by gpg and sha256sum, signed by both sides, and compared."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from builders import a_placement
from corridor import hold, settings_file

from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys
from amanah.node import signing
from schemas.agreement import FOLDER

FILES = {"evaluation-IDN-SAU-2026Q3.en.html": "<p>151 workers</p>\n", "publish.csv": "a,b\n"}
PAGE = next(iter(FILES))


def keys_of(party, partner, key_files):
    return Keys(ours=key_files[party][0], partner=key_files[partner][1])


@pytest.fixture
def signed(tmp_path, key_files):
    """An edition of Indonesia's, and a function that makes it again."""
    folder = tmp_path / "2026-Q3"
    folder.mkdir()

    def make(**changed):
        content = FILES | changed
        for name, text in content.items():
            (folder / name).write_text(text, encoding="utf-8")
        digests = {name: signing.sha256_of(folder / name) for name in content}
        signing.sign(folder, digests, "IDN", keys_of("IDN", "SAU", key_files))
        return folder

    make()
    make.folder = folder
    return make


@pytest.fixture
def theirs(tmp_path, key_files):
    """Saudi Arabia's node.yaml, as far as signing looks at it."""
    file = tmp_path / "node.yaml"
    keys = {"ours": str(key_files["SAU"][0]), "partner": str(key_files["IDN"][1])}
    content = {"party": "SAU", "agreement": str(FOLDER / "idn-sau.yaml"), "store": "store", "keys": keys}
    content["database"] = "postgresql+psycopg://nobody@nowhere/none"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def certificates(key_files, *parties):
    return [word for party in parties for word in ("--signed-by", str(key_files[party][1]))]


def fingerprint(key_files, party):
    certificate = key_files[party][1]
    return keyring.partners(Keys(ours=(), partner=certificate))[0].fingerprint


def test_who_signed_an_untouched_file_is_said(amanah, signed, key_files):
    said = amanah("evaluate", "verify", str(signed.folder / PAGE), *certificates(key_files, "IDN"), "--json")

    assert said.status == 0
    told = json.loads(said.output)
    assert told["content"] == "untouched"
    assert told["signed by"]["IDN"].startswith(fingerprint(key_files, "IDN"))


@pytest.mark.parametrize("where", [0, 5, -1])
def test_one_changed_byte_is_found(amanah, signed, key_files, where):
    page = signed.folder / PAGE
    content = bytearray(page.read_bytes())
    content[where] ^= 1
    page.write_bytes(content)

    said = amanah("evaluate", "verify", str(page), *certificates(key_files, "IDN"))

    assert said.status == 1
    assert "content: not what was signed" in said.output


def test_a_list_that_was_written_anew_over_a_changed_file_does_not_hold(amanah, signed, key_files):
    page, sums = signed.folder / PAGE, signed.folder / signing.SUMS
    page.write_text("<p>251 workers</p>\n", encoding="utf-8")
    lines = [f"{signing.sha256_of(signed.folder / name)}  {name}\n" for name in sorted(FILES)]
    sums.write_text("".join(lines), encoding="utf-8")

    said = amanah("evaluate", "verify", str(page), *certificates(key_files, "IDN"))

    assert said.status == 1
    assert "IDN: does not hold" in said.output


def test_the_key_of_somebody_else_proves_nothing(amanah, signed, key_files):
    said = amanah("evaluate", "verify", str(signed.folder / PAGE), *certificates(key_files, "SAU", "stranger"))

    assert said.status == 1
    assert "IDN: does not hold" in said.output


def test_both_sides_sign_the_same_list(amanah, signed, theirs, key_files):
    said = amanah("evaluate", "sign", str(signed.folder), "--node", str(theirs))
    assert said.status == 0, said.error

    said = amanah("evaluate", "verify", str(signed.folder / PAGE), *certificates(key_files, "IDN", "SAU"), "--json")

    assert said.status == 0
    assert {party: words.split()[0] for party, words in json.loads(said.output)["signed by"].items()} == {
        party: fingerprint(key_files, party) for party in ("IDN", "SAU")
    }


def test_a_partner_does_not_sign_what_was_altered_on_the_way(amanah, signed, theirs):
    (signed.folder / "publish.csv").write_text("a,c\n", encoding="utf-8")

    said = amanah("evaluate", "sign", str(signed.folder), "--node", str(theirs))

    assert said.status == 1
    assert "publish.csv: not what SHA256SUMS lists" in said.error
    assert not (signed.folder / "SHA256SUMS.SAU.asc").exists()


def test_making_the_same_edition_again_keeps_its_signatures_and_another_loses_them(amanah, signed, theirs):
    amanah("evaluate", "sign", str(signed.folder), "--node", str(theirs))
    before = {path.name: path.read_bytes() for path in signed.folder.iterdir()}

    signed()
    assert {path.name: path.read_bytes() for path in signed.folder.iterdir()} == before

    signed(**{PAGE: "<p>152 workers</p>\n"})
    names = {path.name for path in signed.folder.iterdir()}
    assert "SHA256SUMS.IDN.asc" in names
    assert "SHA256SUMS.SAU.asc" not in names


def test_a_file_that_is_no_part_of_the_edition_is_refused(amanah, signed, key_files):
    other = signed.folder / "minutes.html"
    other.write_text("<p>hello</p>", encoding="utf-8")

    said = amanah("evaluate", "verify", str(other), *certificates(key_files, "IDN"))

    assert said.status == 1
    assert "SHA256SUMS beside it does not list it" in said.error


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed: see .ci/system-packages")
def test_sha256sum_and_gpg_find_the_same(signed, key_files, tmp_path):
    def gpg(*words):
        home = tmp_path / "gnupg"
        home.mkdir(mode=0o700, exist_ok=True)
        argv = ["gpg", "--homedir", str(home), "--batch", *words]
        return subprocess.run(argv, cwd=signed.folder, capture_output=True, text=True, check=False)

    assert gpg("--import", str(key_files["IDN"][1])).returncode == 0
    assert gpg("--verify", "SHA256SUMS.IDN.asc", "SHA256SUMS").returncode == 0
    assert (
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=signed.folder, check=False).returncode
        == 0
    )

    (signed.folder / PAGE).write_text("altered", encoding="utf-8")
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=signed.folder, check=False).returncode


@pytest.fixture
def node(a_node, tmp_path):
    """Indonesia's node.yaml, for a database with one placement."""
    made = a_node("IDN", decisions=tmp_path / "decisions.yaml")
    hold(made, a_placement("IDN-P-1"))
    return made


@pytest.mark.slow
def test_an_edition_is_drafted_made_and_revised_by_hand(amanah, node):
    file, make = str(settings_file(node)), ("--quarter", "2026-Q3", "--node")

    drafted = amanah("evaluate", *make, file, "--draft", "--json")
    made = amanah("evaluate", *make, file, "--json")
    again = amanah("node", "evaluate", *make, file, "--json")
    why = [word for each in ("en=late", "id=terlambat", "ar=متأخر") for word in ("--why", each)]
    revised = amanah("evaluate", *make, file, "--revise", *why, "--json")

    assert [said.status for said in (drafted, made, again, revised)] == [0, 0, 0, 0], drafted.error
    assert made.output == again.output
    told = [json.loads(said.output) for said in (drafted, made, revised)]
    assert [each["version"] for each in told] == [1, 1, 2]
    assert [Path(each["ar"]).parent.relative_to(node.store).as_posix() for each in told] == [
        *("drafts/2026-Q3", "editions/2026-Q3/v1", "editions/2026-Q3/v2")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "making an edition needs --quarter and --node"),
        (("--quarter", "2026-Q5"), "not a quarter"),
        (("--quarter", "2026-Q3", "--revise"), "a revision says why"),
        (("--quarter", "2026-Q3", "--why", "en=late"), "a revision says why"),
        (("--quarter", "2026-Q3", "--revise", "--why", "late"), "expected LANGUAGE=TEXT"),
        (("--quarter", "2026-Q3", "diff"), "diff takes none"),
    ],
)
def test_a_wrong_call_says_what_is_wanted(amanah, theirs, words, said):
    node = () if not words else ("--node", str(theirs))

    found = amanah("evaluate", *node, *words)

    assert found.status == 2
    assert said in " ".join(found.error.split())
