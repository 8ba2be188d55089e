"""What is no package of ours by its form is refused, each with the reason, and nothing of it is left on the disk."""

import os
import resource
from contextlib import suppress
from pathlib import Path

import pysequoia
import pytest

from amanah.exchange import seal
from amanah.exchange.codes import Code, Refused
from amanah.exchange.seal import header as seal_header
from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys

SECRET = os.urandom(200_000) + b"KANARI BURUNG"


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def tsk(key_files):
    return {owner: pysequoia.Tsk.from_file(str(files[0])) for owner, files in key_files.items()}


@pytest.fixture
def cert(key_files):
    return {owner: pysequoia.Cert.from_file(str(files[1])) for owner, files in key_files.items()}


@pytest.fixture
def refused(tmp_path, keys):
    """How ``content`` is refused; nothing may be left behind."""

    def ask(content: bytes, given: Keys | None = None) -> tuple[Code, str]:
        sealed, room = tmp_path / "sealed", tmp_path / "room"
        sealed.write_bytes(content)
        room.mkdir(exist_ok=True)
        with pytest.raises(Refused) as caught:
            seal.unseal(sealed, room / "opened", given or keys("SAU", "IDN"))
        assert list(room.iterdir()) == []
        return caught.value.code, str(caught.value)

    return ask


def test_signed_but_not_encrypted(plain, tsk, refused):
    """The library calls this decrypted, and the signature good: everyone on the way has read it."""
    code, said = refused(pysequoia.sign(tsk["IDN"].signer(), plain.read_bytes(), armor=False))

    assert (code, said.rpartition(": ")[2]) == (Code.OTHER_SEAL, "signed but not encrypted")


def test_a_detached_signature_beside_the_content_is_no_package(plain, tsk, refused):
    detached = pysequoia.sign(tsk["IDN"].signer(), b"x", mode=pysequoia.SignatureMode.DETACHED, armor=False)

    assert refused(detached)[0] == Code.OTHER_SEAL
    assert refused(SECRET)[0] in (Code.OTHER_SEAL, Code.CANNOT_OPEN)


def test_encrypted_with_a_passphrase(refused):
    message = pysequoia.encrypt(b"x", passwords=["open sesame"], armor=False)

    assert refused(message)[1].endswith("encrypted with a passphrase; a package is encrypted to keys")


def test_encrypted_to_us_and_with_a_passphrase_too(tsk, cert, refused):
    """Whoever knows the passphrase can read it as well; the sender was told to encrypt to keys."""
    message = pysequoia.encrypt(b"x", [cert["SAU"]], signer=tsk["IDN"].signer(), passwords=["x"], armor=False)

    assert refused(message)[0] == Code.OTHER_SEAL


def test_armored(tsk, cert, refused):
    message = pysequoia.encrypt(b"x", [cert["SAU"]], signer=tsk["IDN"].signer(), armor=True)

    assert refused(message)[1].endswith("armored; a package is binary: gpg without --armor")


def test_unsigned_says_so(cert, refused):
    code, said = refused(pysequoia.encrypt(SECRET, [cert["SAU"]], armor=False))

    assert (code, said.rpartition(": ")[2]) == (Code.CANNOT_OPEN, "unsigned")


def test_signed_by_a_stranger_names_the_key_and_nothing_else(tsk, cert, refused):
    message = pysequoia.encrypt(SECRET, [cert["SAU"]], signer=tsk["stranger"].signer(), armor=False)

    code, said = refused(message)

    assert code == Code.CANNOT_OPEN
    assert said.endswith(f"signed by {cert['stranger'].fingerprint.upper()}, which is no pinned key")


def test_for_somebody_else_names_whom(tsk, cert, refused):
    message = pysequoia.encrypt(SECRET, [cert["stranger"]], signer=tsk["IDN"].signer(), armor=False)

    code, said = refused(message)

    assert code == Code.CANNOT_OPEN
    assert "which is no key of ours" in said


def test_a_package_within_a_package_opens_to_a_package_not_to_its_content(tsk, cert, tmp_path, keys):
    """Nested: what is inside is never unwrapped; it is no tar, and that is refused next."""
    inner = pysequoia.encrypt(SECRET, [cert["SAU"]], signer=tsk["IDN"].signer(), armor=False)
    (tmp_path / "sealed").write_bytes(pysequoia.encrypt(inner, [cert["SAU"]], signer=tsk["IDN"].signer(), armor=False))

    seal.unseal(tmp_path / "sealed", tmp_path / "opened", keys("SAU", "IDN"))

    assert (tmp_path / "opened").read_bytes() == inner


def test_every_byte_of_the_header_may_be_wrong(tsk, cert, tmp_path):
    """Whatever stands before the encrypted data, reading it ends in a refusal and never in another error."""
    message = pysequoia.encrypt(b"x", [cert["SAU"]], signer=tsk["IDN"].signer(), armor=False)
    sealed = tmp_path / "sealed"
    for place in range(120):
        for value in (0x00, 0x84, 0xC1, 0xD2, 0xFF):
            sealed.write_bytes(message[:place] + bytes([value]) + message[place + 1 :])
            with suppress(Refused):
                assert seal_header.read(sealed).recipients
        sealed.write_bytes(message[:place])
        with suppress(Refused):
            seal_header.read(sealed)


def test_the_agreed_profile_is_the_only_one(plain, tmp_path, key_files, keys, refused):
    """A gnupg package in an aead corridor is a step back; an aead one in a gnupg corridor is not for everyone."""
    modern = {}
    for owner in ("IDN", "SAU"):
        modern[owner] = (tmp_path / f"{owner}.key", tmp_path / f"{owner}.cert")
        seal.generate(owner, *modern[owner], profile="aead")
    seal.seal(plain, tmp_path / "a", Keys(modern["IDN"][0], modern["SAU"][1], profile="aead"))
    seal.seal(plain, tmp_path / "g", keys("IDN", "SAU"))

    assert seal_header.read(tmp_path / "a").profile == "aead"
    assert seal_header.read(tmp_path / "g").profile == "gnupg"
    code, said = refused((tmp_path / "a").read_bytes(), Keys(modern["SAU"][0], modern["IDN"][1], profile="gnupg"))
    assert (code, said.rpartition(": ")[2]) == (Code.OTHER_SEAL, "profile aead, agreed is gnupg")
    code, said = refused((tmp_path / "g").read_bytes(), Keys(key_files["SAU"][0], key_files["IDN"][1], profile="aead"))
    assert (code, said.rpartition(": ")[2]) == (Code.OTHER_SEAL, "profile gnupg, agreed is aead")


@pytest.mark.parametrize(("agreed", "made"), [("gnupg", "aead"), ("aead", "gnupg")])
def test_nothing_is_sealed_to_a_certificate_that_asks_for_the_other_profile(plain, tmp_path, key_files, agreed, made):
    seal.generate("SAU", tmp_path / "key", tmp_path / "cert", profile=made)

    with pytest.raises(seal.KeyFault, match=rf"asks for profile {made}, the agreement says {agreed}"):
        seal.seal(plain, tmp_path / "sealed", Keys(key_files["IDN"][0], tmp_path / "cert", profile=agreed))
    assert not (tmp_path / "sealed").exists()


def test_a_modern_package_goes_both_ways_and_no_bit_of_it_can_be_changed(plain, tmp_path, refused):
    for owner in ("IDN", "SAU"):
        seal.generate(owner, tmp_path / f"{owner}.key", tmp_path / f"{owner}.cert", profile="aead")
    theirs = Keys(tmp_path / "IDN.key", tmp_path / "SAU.cert", profile="aead")
    ours = Keys(tmp_path / "SAU.key", tmp_path / "IDN.cert", profile="aead")
    seal.seal(plain, tmp_path / "sealed-well", theirs)
    seal.unseal(tmp_path / "sealed-well", tmp_path / "opened", ours)
    assert (tmp_path / "opened").read_bytes() == SECRET

    content = (tmp_path / "sealed-well").read_bytes()
    for share in (0.5, 0.99):
        changed = bytearray(content)
        changed[int(len(content) * share)] ^= 1
        assert refused(bytes(changed), ours)[0] == Code.CANNOT_OPEN


def test_a_disk_that_is_full_is_not_the_senders_fault(plain, tmp_path, keys):
    """It is an error of ours: nothing is refused, and the message is taken when there is room again."""
    seal.seal(plain, tmp_path / "sealed", keys("IDN", "SAU"))
    ours, partners = keyring.ours(keys("SAU", "IDN")), keyring.partners(keys("SAU", "IDN"))

    answer = seal.ask_to_open(tmp_path / "sealed", Path("/dev/full"), 1 << 30, ours, partners, None)

    with pytest.raises(OSError, match="No space left on device"):
        seal.signer_in(answer, ours, partners)


@pytest.mark.slow
class TestWhatGpgCanMake:
    """The real gpg, told to make what a package must not be."""

    @pytest.fixture
    def partner(self, a_gpg, key_files):
        return a_gpg().knows(key_files["SAU"][1])

    @pytest.fixture
    def ours(self, partner, key_files):
        return Keys(key_files["SAU"][0], partner.certificate)

    TO = "Amanah SAU (test)"

    @pytest.mark.parametrize("algorithm", ["zip", "zlib"])
    def test_a_compressed_bomb_is_stopped_by_the_size_of_its_file(self, partner, ours, tmp_path, refused, algorithm):
        """300 MB that weigh 300 kB: no more than those 300 kB ever reach the disk."""
        bomb = tmp_path / "bomb"
        with bomb.open("wb") as file:
            file.truncate(300 << 20)
        partner.seal(bomb, tmp_path / "x", self.TO, "--compress-algo", algorithm)
        bomb.unlink()
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_oublock

        code, said = refused((tmp_path / "x").read_bytes(), ours)

        written = (resource.getrusage(resource.RUSAGE_CHILDREN).ru_oublock - before) * 512
        assert (code, said.rpartition(": ")[2]) == (Code.OTHER_SEAL, "it holds more than it weighs")
        assert written <= 2 << 20

    def test_compressed_content_that_does_not_shrink_is_refused_too(self, partner, ours, plain, tmp_path, refused):
        sealed = partner.seal(plain, tmp_path / "x", self.TO, "--compress-algo", "zlib")

        code, said = refused(sealed.read_bytes(), ours)

        assert code == Code.OTHER_SEAL
        assert said.endswith("compressed, or other layers than one encryption around what is signed")

    def test_signed_by_two_of_whom_one_is_the_partner(self, a_gpg, partner, ours, plain, tmp_path, key_files):
        """Two signatures over the same content, as in the days of a rotation: one that counts is enough."""
        other = a_gpg("other@example")
        partner.run("--import", str(other.secret))
        partner.seal(plain, tmp_path / "x", self.TO, "--compress-algo", "none", "--local-user", "other@example")

        seal.unseal(tmp_path / "x", tmp_path / "opened", ours)

        assert (tmp_path / "opened").read_bytes() == SECRET

    def test_signed_by_the_partner_in_text_mode_or_with_a_name_changes_nothing(self, partner, ours, plain, tmp_path):
        partner.seal(plain, tmp_path / "x", self.TO, "--compress-algo", "none", "--set-filename", "../../etc/passwd")

        seal.unseal(tmp_path / "x", tmp_path / "opened", ours)

        assert (tmp_path / "opened").read_bytes() == SECRET
        assert not (tmp_path.parent / "etc").exists()

    def test_a_recipient_that_is_not_named_is_us_if_our_key_opens_it(self, partner, ours, plain, tmp_path):
        partner.run(
            "--compress-algo", "none", "--local-user", partner.name, "--hidden-recipient", self.TO,
            "--output", str(tmp_path / "x"), "--sign", "--encrypt", str(plain),
        )  # fmt: skip

        seal.unseal(tmp_path / "x", tmp_path / "opened", ours)

        assert seal_header.read(tmp_path / "x").recipients == (seal_header.HIDDEN,)
        assert (tmp_path / "opened").read_bytes() == SECRET

    def test_encrypted_without_a_signature(self, partner, ours, plain, tmp_path, refused):
        partner.run(
            "--compress-algo", "none", "--recipient", self.TO, "--output", str(tmp_path / "x"), "--encrypt", str(plain)
        )

        assert refused((tmp_path / "x").read_bytes(), ours)[1].endswith("unsigned")
