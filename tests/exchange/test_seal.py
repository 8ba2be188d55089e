"""The seal: only what the pinned partner signed for us is opened, and of the rest no plaintext is left."""

import pysequoia
import pytest
from gnupg import PASSPHRASE

from amanah.exchange import seal
from amanah.exchange.codes import Code, Refused
from amanah.exchange.seal import KeyFault, Keys

SECRET = b"nama: KANARI BURUNG\n" * 20_000


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "given" / "plain"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def sealed(plain, tmp_path, keys):
    """``plain``, sealed by Indonesia for Saudi Arabia."""
    path = tmp_path / "sealed"
    seal.seal(plain, path, keys("IDN", "SAU"))
    plain.unlink()
    return path


@pytest.fixture
def refused(tmp_path):
    """Whether unsealing is refused with 201 and leaves nothing of the content anywhere."""

    def ask(path, keys) -> bool:
        room = tmp_path / "room"
        room.mkdir(exist_ok=True)
        with pytest.raises(Refused) as caught:
            seal.unseal(path, room / "opened", keys)
        assert caught.value.code == Code.CANNOT_OPEN
        assert "KANARI" not in str(caught.value)
        assert list(room.iterdir()) == []
        return True

    return ask


def test_what_is_sealed_can_be_opened_by_the_partner(sealed, tmp_path, keys):
    seal.unseal(sealed, tmp_path / "opened", keys("SAU", "IDN"))

    assert (tmp_path / "opened").read_bytes() == SECRET


def test_nothing_of_the_content_can_be_read_in_the_sealed_file(sealed):
    assert b"KANARI" not in sealed.read_bytes()


def test_a_message_signed_by_someone_else_is_refused(plain, tmp_path, keys, refused):
    seal.seal(plain, tmp_path / "sealed", keys("stranger", "SAU"))

    assert refused(tmp_path / "sealed", keys("SAU", "IDN"))


def test_our_own_signature_is_not_the_partners(plain, tmp_path, keys, refused):
    seal.seal(plain, tmp_path / "sealed", keys("SAU", "SAU"))

    assert refused(tmp_path / "sealed", keys("SAU", "IDN"))


def test_an_unsigned_message_is_refused(plain, tmp_path, key_files, keys, refused):
    receiver = pysequoia.Cert.from_file(str(key_files["SAU"][1]))
    pysequoia.encrypt_file(str(plain), str(tmp_path / "sealed"), [receiver], armor=False)

    assert refused(tmp_path / "sealed", keys("SAU", "IDN"))


def test_a_message_for_someone_else_is_refused(sealed, keys, refused):
    assert refused(sealed, keys("stranger", "IDN"))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_message_is_refused(sealed, keys, refused, share):
    content = sealed.read_bytes()
    sealed.write_bytes(content[: int(len(content) * share)])

    assert refused(sealed, keys("SAU", "IDN"))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95, 0.9999])
def test_a_message_with_one_bit_flipped_is_refused(sealed, keys, refused, share):
    content = bytearray(sealed.read_bytes())
    content[int(len(content) * share)] ^= 1
    sealed.write_bytes(content)

    assert refused(sealed, keys("SAU", "IDN"))


def test_bytes_after_the_message_do_not_change_what_was_said(sealed, tmp_path, keys):
    """Whether they are refused or overlooked is the library's choice; they may never become content."""
    sealed.write_bytes(sealed.read_bytes() + SECRET[:100])

    try:
        seal.unseal(sealed, tmp_path / "opened", keys("SAU", "IDN"))
    except Refused:
        assert not (tmp_path / "opened").exists()
    else:
        assert (tmp_path / "opened").read_bytes() == SECRET


@pytest.mark.parametrize("content", [b"", b"not OpenPGP at all", SECRET])
def test_what_is_no_openpgp_message_is_refused(tmp_path, keys, refused, content):
    (tmp_path / "x").write_bytes(content)

    assert refused(tmp_path / "x", keys("SAU", "IDN"))


def test_sealing_that_fails_leaves_nothing(plain, tmp_path, key_files):
    not_a_key = tmp_path / "given" / "not-a-key"
    not_a_key.write_bytes(b"nothing")

    with pytest.raises(KeyFault, match="not-a-key is no OpenPGP key"):
        seal.seal(plain, tmp_path / "sealed", Keys(key_files["IDN"][0], not_a_key))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_the_secret_key_is_readable_by_its_owner_only(key_files):
    assert key_files["IDN"][0].stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_gpg_reads_ours(a_gpg, plain, tmp_path, key_files):
    partner = a_gpg().knows(key_files["IDN"][1])
    seal.seal(plain, tmp_path / "sealed", Keys(key_files["IDN"][0], partner.certificate, profile="gnupg"))

    opened = partner.run("--status-fd", "2", "--output", "-", "--decrypt", str(tmp_path / "sealed"))

    assert opened.stdout == SECRET
    assert b"GOODSIG" in opened.stderr


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--compress-algo", "none")], ids=["as it is", "told not to compress"])
def test_ours_reads_what_gpg_made_for_a_key_of_ours(a_gpg, plain, tmp_path, key_files, options):
    """A key made by us says that it wants no compression, so gpg does not compress even when nobody tells it."""
    partner = a_gpg().knows(key_files["IDN"][1])
    partner.seal(plain, tmp_path / "sealed", "Amanah IDN (test)", *options)

    seal.unseal(
        tmp_path / "sealed", tmp_path / "opened", Keys(key_files["IDN"][0], partner.certificate, profile="gnupg")
    )

    assert (tmp_path / "opened").read_bytes() == SECRET


@pytest.mark.slow
def test_both_keys_may_be_made_by_gpg_and_protected_by_a_passphrase(a_gpg, plain, tmp_path):
    us, partner = a_gpg("us@example", PASSPHRASE), a_gpg("them@example")
    seal.seal(plain, tmp_path / "sealed", Keys(us.secret, partner.certificate, PASSPHRASE, profile="gnupg"))
    seal.unseal(tmp_path / "sealed", tmp_path / "opened", Keys(partner.secret, us.certificate))
    assert (tmp_path / "opened").read_bytes() == SECRET

    us.knows(partner.certificate)
    partner.knows(us.certificate).seal(plain, tmp_path / "back", us.name, "--compress-algo", "none")
    seal.unseal(tmp_path / "back", tmp_path / "again", Keys(us.secret, partner.certificate, PASSPHRASE))
    assert (tmp_path / "again").read_bytes() == SECRET


@pytest.mark.slow
def test_a_wrong_passphrase_is_our_fault_and_says_so(a_gpg, plain, tmp_path):
    us, partner = a_gpg("us@example", PASSPHRASE), a_gpg("them@example")
    seal.seal(plain, tmp_path / "sealed", Keys(partner.secret, us.certificate))

    with pytest.raises(KeyFault, match="passphrase"):
        seal.seal(plain, tmp_path / "other", Keys(us.secret, partner.certificate, "wrong"))
    with pytest.raises(KeyFault, match="passphrase"):
        seal.unseal(tmp_path / "sealed", tmp_path / "opened", Keys(us.secret, partner.certificate, "wrong"))
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "opened").exists()
