"""Evidence: its recipe, run by the shell with the real gpg and sha256sum, believes what is true and nothing else."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import MONTH, NEXT_MONTH, hold
from sqlalchemy import update

from amanah.demo.house import PROJECT
from amanah.exchange import ledger
from amanah.exchange.ledger import evidence
from amanah.exchange.ledger.check import check
from amanah.exchange.ledger.evidence import RECIPE, NoEvidence
from amanah.exchange.seal.signature import sign_file
from amanah.store.tables import message

pytestmark = pytest.mark.slow

FIRST = "IDN-SAU-placement-000001"


@pytest.fixture
def exchanged(corridor):
    """Both sides have sent two months; one record of Indonesia's was refused."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed: see .ci/system-packages")
    for month in (MONTH, NEXT_MONTH):
        hold(corridor.sau, a_placement(f"SAU-P-{month}"), month=month)
        corridor.sau.publish("placement", month)
        corridor.send(with_canaries(f"IDN-P-{month}"), a_placement(f"IDN-P-9{month}", sex="W"), month=month)
        corridor.exchange()
    return corridor


@pytest.fixture
def written(exchanged, tmp_path):
    """The evidence of the first month, as Indonesia writes it."""
    return evidence.write(exchanged.idn.endpoint, tmp_path / "evidence", period=MONTH)


def follow(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Do what RECIPE.txt says, in a shell that has no Python in its way."""
    return subprocess.run(
        ["sh", "RECIPE.txt", *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_recipe_believes_what_is_true(exchanged, written):
    said = follow(written.folder)

    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    assert said.stdout.endswith("ALL OF IT HOLDS\n")
    assert f"SAU says: {FIRST} accepted, applied new 1 correct 0 withdraw 0, refused 1" in said.stdout
    assert f"the head is {written.head}" in said.stdout
    assert "4 messages, 4 manifests" in said.stdout
    assert "2 receipts" in said.stdout


@pytest.fixture
def certified(corridor, tmp_path):
    """The evidence of a month that both sides reconciled and certified, as Saudi Arabia writes it."""
    hold(corridor.sau, a_placement("SAU-P-1"))
    hold(corridor.idn, with_canaries("IDN-P-1"))
    for node in (corridor.idn, corridor.sau):
        for stream in ("placement", "complaint"):
            node.publish(stream, MONTH)
    corridor.exchange()
    for node in (corridor.idn, corridor.sau):
        node.reconcile(MONTH)
    corridor.exchange()
    return evidence.write(corridor.sau.endpoint, tmp_path / "evidence", period=MONTH)


def test_the_recipe_says_whether_both_sides_signed_that_they_held_the_same(certified):
    said = follow(certified.folder)

    assert said.stdout.endswith("   both signed the same\nALL OF IT HOLDS\n"), said.stdout + said.stderr
    assert certified.certified == 2


def test_the_recipe_finds_a_paper_of_a_side_that_the_other_signed(certified):
    papers = certified.folder / "certified"
    (papers / "SAU.asc").write_bytes((papers / "IDN.asc").read_bytes())

    said = follow(certified.folder)

    assert said.returncode == 1
    assert "WRONG: certified/SAU.asc is not signed by a key of SAU" in said.stdout


def test_the_recipe_needs_no_more_than_it_says(written, tmp_path):
    """A path with nothing but a shell's everyday tools, gpg and sha256sum: no Python, no awk, no openssl."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "gpg", "sha256sum", "cut", "grep", "tr", "head", "find", "cat", "mktemp", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))

    said = subprocess.run(
        ["sh", "RECIPE.txt"], cwd=written.folder, env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )

    assert said.stdout.endswith("ALL OF IT HOLDS\n"), said.stdout + said.stderr


def test_a_head_noted_at_the_time_is_found_again(exchanged, written):
    with exchanged.idn.database.engine.connect() as connection:
        noted = [f"{entry.hash}:{entry.position}" for entry in ledger.entries(connection)][3]

    assert "the head you were given stands in it" in follow(written.folder, noted).stdout
    other = follow(written.folder, "0" * 64 + ":4")
    assert (other.returncode, "WRONG: entry 4 is not the one whose head you were given" in other.stdout) == (1, True)


def test_evidence_holds_no_record_no_reference_and_no_package(written):
    files = [path for path in written.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".pgp" and path.parent.name != "certificates"]
    content = b"".join(path.read_bytes() for path in files)
    assert not [word for word in (*CANARIES, "IDN-P-", "SAU-P-") if word.encode() in content]


def test_packages_come_along_when_they_are_asked_for(exchanged, tmp_path):
    made = evidence.write(exchanged.idn.endpoint, tmp_path / "e", period=MONTH, with_packages=True)

    assert made.packages == 4
    assert follow(made.folder).stdout.endswith("ALL OF IT HOLDS\n")
    package = made.folder / "packages" / f"{FIRST}.tar.pgp"
    package.write_bytes(package.read_bytes()[:-1])
    resign(made.folder, exchanged.idn)
    assert f"WRONG: {FIRST}: another package than the one exchanged" in follow(made.folder).stdout


def test_evidence_of_one_message_has_the_message_and_its_answer(exchanged, tmp_path):
    for asked in (FIRST, "SAU-IDN-status-000001"):
        made = evidence.write(exchanged.idn.endpoint, tmp_path / asked, message_id=asked)

        lines = (made.folder / "messages.txt").read_text().splitlines()
        assert sorted(line.split()[0] for line in lines) == [FIRST, "SAU-IDN-status-000001"]
        assert follow(made.folder).stdout.endswith("ALL OF IT HOLDS\n")


def test_the_other_side_can_show_what_it_answered(exchanged, tmp_path):
    made = evidence.write(exchanged.sau.endpoint, tmp_path / "theirs", period=NEXT_MONTH)

    said = follow(made.folder).stdout
    assert said.endswith("ALL OF IT HOLDS\n")
    assert "SAU says: IDN-SAU-placement-000002 accepted" in said
    assert "IDN says: SAU-IDN-placement-000002 accepted" in said


class TestAnAnswerGivenAnew:
    """Something else lay at the exchange point in its place: the same answer went out in a second message."""

    @pytest.fixture
    def anew(self, corridor):
        if shutil.which("gpg") is None:
            pytest.skip("gpg is not installed: see .ci/system-packages")
        corridor.send(a_placement())
        corridor.sau.collect()
        corridor.sau.admit()
        corridor.sau.deliver()
        [path] = corridor.point.room("SAU", "status").iterdir()
        path.write_bytes(b"damaged where it lay")
        corridor.exchange()
        with corridor.idn.database.engine.begin() as connection:  # two days pass
            due = message.c.answer_due_at
            connection.execute(update(message).values(answer_due_at=due - timedelta(hours=49)))
        for _ in range(3):
            corridor.exchange()
        return corridor

    @pytest.mark.parametrize("asked", [FIRST, "SAU-IDN-status-000001", "SAU-IDN-status-000002"])
    def test_whoever_gave_it_shows_both_messages_and_the_receipt_that_stands(self, anew, tmp_path, asked):
        made = evidence.write(anew.sau.endpoint, tmp_path / "theirs", message_id=asked)

        said = follow(made.folder)
        assert said.stdout.endswith("ALL OF IT HOLDS\n"), said.stdout
        lines = [line.split() for line in (made.folder / "messages.txt").read_text().splitlines()]
        assert {line[0] for line in lines} == {FIRST, "SAU-IDN-status-000001", "SAU-IDN-status-000002"}
        assert [path.name for path in made.folder.glob("receipts/*")] == ["SAU-IDN-status-000002.asc"]

    def test_whoever_got_it_shows_the_same_receipt(self, anew, tmp_path):
        made = [
            evidence.write(node.endpoint, tmp_path / f"{node.us} shows", period=MONTH).folder / "receipts"
            for node in (anew.idn, anew.sau)
        ]

        assert [follow(folder.parent).stdout.splitlines()[-1] for folder in made] == ["ALL OF IT HOLDS"] * 2
        ours, theirs = ((folder / "SAU-IDN-status-000002.asc").read_bytes() for folder in made)
        assert ours == theirs

    def test_the_ledgers_of_both_hold(self, anew):
        assert [check(node.endpoint, room_bytes=1 << 30).faults for node in (anew.idn, anew.sau)] == [(), ()]

    def test_a_receipt_that_is_not_the_one_given_last_is_a_fault(self, anew):
        with anew.sau.database.engine.begin() as connection:
            connection.execute(update(message).values(receipt="another").where(message.c.message_id == FIRST))

        found = check(anew.sau.endpoint, room_bytes=1 << 30).faults
        assert [(fault.where, fault.what) for fault in found] == [
            (FIRST, "its receipt_sha256 is not the one in the ledger")
        ]


def resign(folder: Path, node) -> None:
    """What somebody who holds the node's key could do after changing a file: name and sign everything anew."""
    sums = folder / "SHA256SUMS"
    lines = [line[66:] for line in sums.read_text().splitlines()]
    new = [
        subprocess.run(["sha256sum", name], cwd=folder, capture_output=True, text=True, check=True) for name in lines
    ]
    sums.write_text("".join(each.stdout for each in new))
    sign_file(sums, folder / "SHA256SUMS.asc", node.endpoint.keys)


def changed(path: Path, old: str, new: str, count: int = 1) -> None:
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, count))


def receipt(folder: Path) -> Path:
    return next(folder.glob("receipts/SAU-IDN-*.asc"))


FORGERIES = {
    "a file was changed": (
        lambda e: changed(e / "SUMMARY.txt", "IDN", "SAU"),
        False,
        "files are not as they were written",
    ),
    "a file was added": (lambda e: (e / "more.txt").touch(), False, "files that are not named in SHA256SUMS"),
    "a stranger signed it": (
        lambda e: next(e.glob("certificates/IDN-*")).unlink(),
        False,
        "SHA256SUMS is not signed by a key of IDN",
    ),
    "an event was changed": (
        lambda e: changed(e / "chain.txt", " accepted ", " rejected "),
        True,
        "not what was sealed",
    ),
    "an entry was left out": (
        lambda e: changed(e / "chain.txt", (e / "chain.txt").read_text().splitlines(keepends=True)[2], ""),
        True,
        "does not follow the one before it",
    ),
    "a manifest was changed": (
        lambda e: changed(e / "manifests" / f"{FIRST}.json", '"new": 2', '"new": 3'),
        True,
        "another manifest than the one exchanged",
    ),
    "a package's hash was changed": (
        lambda e: re_write(e / "messages.txt", r"[0-9a-f]{64}", "0" * 64),
        True,
        "the ledger does not say that this package was",
    ),
    "a verdict was changed": (
        lambda e: changed(e / "messages.txt", " accepted ", " rejected "),
        True,
        "does not say: verdict rejected",
    ),
    "a receipt was left out": (lambda e: left_out(receipt(e)), True, "was left out"),
    "a receipt was changed": (
        lambda e: changed(receipt(e), "refused 1", "refused 0"),
        True,
        "is not signed by a key of SAU",
    ),
}


def left_out(path: Path) -> None:
    path.unlink()
    re_write(path.parents[1] / "SHA256SUMS", rf"[0-9a-f]{{64}}  receipts/{path.name}\n", "")


def re_write(path: Path, pattern: str, new: str) -> None:
    path.write_text(re.sub(pattern, new, path.read_text(), count=1))


@pytest.mark.parametrize("what", FORGERIES)
def test_the_recipe_does_not_believe(exchanged, written, what):
    forge, signed_again, reason = FORGERIES[what]
    forge(written.folder)
    if signed_again:
        resign(written.folder, exchanged.idn)

    said = follow(written.folder)

    assert said.returncode == 1
    assert re.search(f"WRONG: .*{reason}", said.stdout), said.stdout
    assert "ALL OF IT HOLDS" not in said.stdout


def test_a_receipt_that_we_made_up_is_not_the_partners(exchanged, written):
    """Who holds our key can sign anything as us, and nothing as them."""
    ours = next(written.folder.glob("receipts/IDN-SAU-*.asc")).read_text()
    receipt(written.folder).write_text(ours)
    resign(written.folder, exchanged.idn)

    assert "is not signed by a key of SAU" in follow(written.folder).stdout


def test_evidence_is_never_written_over_and_never_half(exchanged, written):
    with pytest.raises(NoEvidence, match="exists; evidence is never written over"):
        evidence.write(exchanged.idn.endpoint, written.folder, period=MONTH)
    with pytest.raises(NoEvidence, match="there is no message of 2025-01"):
        evidence.write(exchanged.idn.endpoint, written.folder.with_name("other"), period="2025-01")

    assert [path.name for path in written.folder.parent.iterdir() if "other" in path.name] == []


def test_the_recipe_is_the_same_for_everybody(written):
    """An auditor compares it with the one in the documentation."""
    assert (written.folder / "RECIPE.txt").read_bytes() == RECIPE.read_bytes()


def examples() -> dict[str, str]:
    """The shell examples of docs/evidence.md by the heading above them."""
    page = (PROJECT / "docs" / "evidence.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^### (.+?)\n.*?^```sh\n(.+?)^```", page, re.M | re.S))


def test_the_examples_for_auditors_work(written):
    def shell(name):
        return subprocess.run(
            ["sh", "-c", examples()[name]], cwd=written.folder, capture_output=True, text=True, check=True
        )

    computed, noted = shell("One entry by hand").stdout.split()
    assert computed == noted
    said = shell("One receipt by hand")
    assert "answers IDN-SAU-placement-000001" in said.stdout
    assert "Good signature from" in said.stderr
