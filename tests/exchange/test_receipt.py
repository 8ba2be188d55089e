"""Receipts: an answer that its giver signed for anybody, beside the sealed one."""

import json
import subprocess
from datetime import UTC, datetime

import pysequoia
import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import alarms, entries, message

from amanah.exchange import inbound, package, receipt, seal
from amanah.exchange.receipt import take, text
from amanah.exchange.seal import signature
from amanah.exchange.seal.signature import SignatureError
from schemas.envelope import Counts, FileError, Manifest, RecordError, StatusMessage, Verdict

FIRST = "IDN-SAU-placement-000001"
STATUS_SHA256 = "c" * 64


@pytest.fixture
def an_answer():
    def build(**says):
        values = {
            "answers": FIRST,
            "manifest_sha256": "a" * 64,
            "package_sha256": "b" * 64,
            "verdict": Verdict.ACCEPTED,
            "applied": Counts(new=3, correct=1),
            "record_errors": (RecordError(code=502, record_ref="IDN-P-7", field=None, message="unknown"),),
            "decided_at": datetime(2026, 8, 1, 2, 0, tzinfo=UTC),
        }
        return StatusMessage.model_validate(values | says)

    return build


def test_a_receipt_says_what_was_decided_and_names_no_record(an_answer):
    assert text(an_answer(), status_sha256=STATUS_SHA256).splitlines() == [
        "amanah receipt 1",
        f"answers {FIRST}",
        f"package_sha256 {'b' * 64}",
        f"manifest_sha256 {'a' * 64}",
        "verdict accepted",
        "applied new 3 correct 1 withdraw 0",
        "refused 1",
        f"status_sha256 {STATUS_SHA256}",
        "decided_at 2026-08-01T02:00:00Z",
    ]


def test_a_refusal_gives_its_codes(an_answer):
    refused = an_answer(
        verdict="rejected",
        manifest_sha256=None,
        file_errors=(FileError(code=201, message="damaged"),),
        applied=Counts(),
    )

    lines = text(refused, status_sha256=STATUS_SHA256).splitlines()

    assert lines[3:6] == ["manifest_sha256 -", "verdict rejected", "file_error 201"]


@pytest.fixture
def given(an_answer, keys):
    """Saudi Arabia's receipt of an answer to Indonesia."""
    return receipt.give(an_answer(), status_sha256=STATUS_SHA256, keys=keys("SAU", "IDN"))


def test_the_receiver_takes_what_the_partner_signed(an_answer, given, keys):
    assert take(given.encode(), an_answer(), status_sha256=STATUS_SHA256, keys=keys("IDN", "SAU")) == given


@pytest.mark.parametrize(
    "spoil",
    [
        lambda given: given.replace("refused 1", "refused 0"),
        lambda given: given + "KANARI\n",
        lambda given: "KANARI\n" + given,
        lambda given: given + given,
        lambda given: given[: len(given) // 2],
        lambda given: "",
        lambda given: "KANARI" * 100,
    ],
    ids=["changed", "followed", "preceded", "twice", "half", "empty", "unsigned"],
)
def test_a_receipt_is_refused_unless_it_is_whole_and_alone(an_answer, given, keys, spoil):
    with pytest.raises(SignatureError) as caught:
        take(spoil(given).encode(), an_answer(), status_sha256=STATUS_SHA256, keys=keys("IDN", "SAU"))
    assert "KANARI" not in str(caught.value)


def test_a_receipt_that_somebody_else_signed_is_refused(an_answer, keys):
    stranger = receipt.give(an_answer(), status_sha256=STATUS_SHA256, keys=keys("stranger", "IDN"))

    with pytest.raises(SignatureError, match="no valid signature of the pinned key"):
        take(stranger.encode(), an_answer(), status_sha256=STATUS_SHA256, keys=keys("IDN", "SAU"))


@pytest.mark.parametrize(
    "says", [{"verdict": "rejected"}, {"applied": Counts(new=2)}, {"package_sha256": "0" * 64}, {"record_errors": ()}]
)
def test_a_receipt_that_says_other_than_the_answer_is_refused(an_answer, given, keys, says):
    with pytest.raises(SignatureError, match="says other than"):
        take(given.encode(), an_answer(**says), status_sha256=STATUS_SHA256, keys=keys("IDN", "SAU"))


@pytest.mark.slow
def test_both_sides_keep_the_receipt_of_an_answer(corridor, tmp_path):
    corridor.send(with_canaries(), a_placement("IDN-P-2", sex="W"))
    corridor.exchange()

    theirs, ours = message(corridor.sau, FIRST).receipt, message(corridor.idn, FIRST).receipt
    assert theirs == ours
    assert "refused 1" in ours
    noted = [entry.detail for entry in entries(corridor.idn) if entry.event == "accepted"]
    assert noted[0]["receipt_sha256"] == package.sha256_of_text(ours)
    assert noted[0]["codes"] == "401 x1"
    assert not [word for word in (*CANARIES, "IDN-P-") if word in ours + json.dumps(noted)]
    assert alarms(corridor.idn) == []


@pytest.mark.slow
def test_the_manifest_is_kept_as_it_travelled(corridor):
    corridor.send(a_placement())
    corridor.exchange()

    sent, came = message(corridor.idn, FIRST), message(corridor.sau, FIRST)
    assert sent.manifest == came.manifest
    assert package.sha256_of_text(sent.manifest) == sent.manifest_sha256
    assert Manifest.model_validate_json(sent.manifest).message_id == FIRST


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "why"), [(None, "there is none"), (b"KANARI", "not exactly one signed text")], ids=["none", "nonsense"]
)
def test_an_answer_without_a_good_receipt_counts_and_is_an_alarm(corridor, monkeypatch, content, why):
    corridor.send(a_placement())
    honest = inbound.package.read

    def without_receipt(tar, room):
        found = honest(tar, room)
        if content is None:
            (room / receipt.PART).unlink(missing_ok=True)
        elif (room / receipt.PART).exists():
            (room / receipt.PART).write_bytes(content)
        return found

    monkeypatch.setattr(inbound.package, "read", without_receipt)
    corridor.exchange()

    assert message(corridor.idn, FIRST).state == "accepted"
    assert message(corridor.idn, FIRST).receipt is None
    assert alarms(corridor.idn) == [f"no receipt that could be shown to others: {why}"]


@pytest.mark.slow
def test_a_receipt_made_by_gpg_is_taken(an_answer, key_files, keys, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--no-tty"]
    try:
        subprocess.run(
            [*gpg, "--passphrase", "", "--quick-gen-key", "partner@example", "future-default", "default", "never"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("gpg is not installed: see .ci/system-packages")
    plain, signed, certificate = tmp_path / "receipt.txt", tmp_path / "receipt.asc", tmp_path / "certificate.pgp"
    plain.write_text(text(an_answer(), status_sha256=STATUS_SHA256))
    subprocess.run([*gpg, "--output", str(signed), "--clearsign", str(plain)], check=True)
    subprocess.run([*gpg, "--output", str(certificate), "--export", "partner@example"], check=True)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)

    kept = take(
        signed.read_bytes(),
        an_answer(),
        status_sha256=STATUS_SHA256,
        keys=seal.Keys(key_files["IDN"][0], certificate),
    )

    assert signature.signed_text(kept.encode(), [pysequoia.Cert.from_file(str(certificate))]) == plain.read_text()
