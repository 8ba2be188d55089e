"""Which keys count, and when: rotation with overlap, terms, expiry, revocation, and who may read a secret key."""

from datetime import UTC, date, datetime, timedelta

import pysequoia
import pytest

from amanah.exchange import seal
from amanah.exchange.codes import Code, Refused
from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import SKEW, KeyFault, Keys
from schemas.agreement_keys import PinnedKey

NOW = datetime.now(UTC)
TODAY = NOW.date()
OLD, NEW = (
    (TODAY - timedelta(days=300), TODAY + timedelta(days=30)),
    (TODAY - timedelta(days=5), TODAY + timedelta(400)),
)


class Pair:
    """One key pair on disk, and how an agreement names it."""

    def __init__(self, folder, name, **how):
        self.secret, self.certificate = folder / f"{name}.key", folder / f"{name}.cert"
        self.fingerprint = seal.generate(name, self.secret, self.certificate, **how)

    def pin(self, first: date, last: date, revoked_on: date | None = None) -> PinnedKey:
        return PinnedKey(fingerprint=self.fingerprint, not_before=first, not_after=last, revoked_on=revoked_on)


@pytest.fixture
def pair(tmp_path):
    return lambda name, **how: Pair(tmp_path, name, **how)


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain"
    path.write_bytes(b"KANARI" * 100)
    return path


def files(*pairs, secret=False):
    return tuple(each.secret if secret else each.certificate for each in pairs)


@pytest.fixture
def sent(plain, tmp_path):
    """Seal ``plain`` with exactly this key to exactly that certificate."""

    def send(sender, receiver):
        seal.seal(plain, tmp_path / "sealed", Keys(sender.secret, receiver.certificate))
        return tmp_path / "sealed"

    return send


def test_in_a_rotation_the_newest_key_of_each_side_is_used_and_either_opens(pair, plain, tmp_path):
    idn, sau = (pair("idn-old"), pair("idn-new")), (pair("sau-old"), pair("sau-new"))
    idn_pins, sau_pins = [tuple(p.pin(*term) for p, term in zip(side, (OLD, NEW), strict=True)) for side in (idn, sau)]
    ours = Keys(files(*idn, secret=True), files(*sau), our_pins=idn_pins, partner_pins=sau_pins, profile="gnupg")
    theirs = Keys(files(*sau, secret=True), files(*idn), our_pins=sau_pins, partner_pins=idn_pins, profile="gnupg")

    seal.seal(plain, tmp_path / "sealed", ours)

    assert seal.unseal(tmp_path / "sealed", tmp_path / "opened", theirs).fingerprint == idn[1].fingerprint
    only_new = Keys(sau[1].secret, files(*idn), partner_pins=idn_pins)
    assert seal.unseal(tmp_path / "sealed", tmp_path / "opened", only_new).fingerprint == idn[1].fingerprint


@pytest.mark.parametrize("signed_by", [0, 1])
@pytest.mark.parametrize("sealed_to", [0, 1])
def test_while_terms_overlap_a_partner_who_still_uses_the_old_keys_is_heard(pair, sent, tmp_path, signed_by, sealed_to):
    idn, sau = (pair("idn-old"), pair("idn-new")), (pair("sau-old"), pair("sau-new"))
    idn_pins = tuple(p.pin(*term) for p, term in zip(idn, (OLD, NEW), strict=True))

    sealed = sent(idn[signed_by], sau[sealed_to])

    keys = Keys(files(*sau, secret=True), files(*idn), partner_pins=idn_pins)
    assert seal.unseal(sealed, tmp_path / "opened", keys).fingerprint == idn[signed_by].fingerprint


def test_a_certificate_that_the_agreement_does_not_name_counts_for_nothing(pair, sent, tmp_path, plain):
    idn, sau, stranger = pair("idn"), pair("sau"), pair("stranger")
    keys = Keys(sau.secret, files(idn, stranger), partner_pins=(idn.pin(*NEW),))

    with pytest.raises(Refused, match=f"signed by {stranger.fingerprint}, which is no pinned key"):
        seal.unseal(sent(stranger, sau), tmp_path / "opened", keys)
    with pytest.raises(KeyFault, match=f"the agreement names the keys {idn.fingerprint}; node.yaml holds"):
        seal.seal(plain, tmp_path / "sealed", Keys(sau.secret, stranger.certificate, partner_pins=(idn.pin(*NEW),)))
    with pytest.raises(KeyFault, match=f"the agreement names the keys {idn.fingerprint}; node.yaml holds"):
        seal.seal(plain, tmp_path / "sealed", Keys(sau.secret, idn.certificate, our_pins=(idn.pin(*NEW),)))


@pytest.mark.parametrize(
    ("days", "said"),
    [((3, 400), "counts only from .* \\(not_before in the agreement\\)"), ((-400, -3), "counted only until")],
)
def test_nothing_is_sealed_with_or_to_a_key_outside_its_term(pair, plain, tmp_path, days, said):
    idn, sau = pair("idn"), pair("sau")
    term = [TODAY + timedelta(days=each) for each in days]

    for keys in (
        Keys(idn.secret, sau.certificate, our_pins=(idn.pin(*term),)),
        Keys(idn.secret, sau.certificate, partner_pins=(sau.pin(*term),)),
    ):
        with pytest.raises(KeyFault, match=said):
            seal.seal(plain, tmp_path / "sealed", keys)


def test_a_signer_before_its_term_is_refused_at_once(pair, sent, tmp_path):
    idn, sau = pair("idn"), pair("sau")
    keys = Keys(sau.secret, idn.certificate, partner_pins=(idn.pin(TODAY + timedelta(2), TODAY + timedelta(9)),))

    with pytest.raises(Refused) as caught:
        seal.unseal(sent(idn, sau), tmp_path / "opened", keys)

    assert caught.value.code == Code.KEY_OUT_OF_TERM
    assert not (tmp_path / "opened").exists()


def test_a_message_signed_in_the_keys_term_is_taken_though_it_comes_after(pair, sent, tmp_path):
    """A backlog of a partner who was silent for days: what counts is when it was signed."""
    idn, sau = pair("idn"), pair("sau")
    pin = idn.pin(TODAY - timedelta(60), TODAY - timedelta(3))

    signer = seal.unseal(sent(idn, sau), tmp_path / "opened", Keys(sau.secret, idn.certificate, partner_pins=(pin,)))

    keyring.check_signed_at(signer, pin.ends - timedelta(hours=1))
    with pytest.raises(Refused, match="counted only until"):
        keyring.check_signed_at(signer, NOW)


def test_a_clock_that_is_a_little_off_refuses_nobody_and_one_that_is_wrong_does(pair, sent, tmp_path):
    idn, sau = pair("idn"), pair("sau")
    pin = idn.pin(TODAY - timedelta(60), TODAY - timedelta(3))
    signer = seal.unseal(sent(idn, sau), tmp_path / "opened", Keys(sau.secret, idn.certificate, partner_pins=(pin,)))

    assert timedelta(minutes=10) < SKEW < timedelta(hours=1)
    for moment in (pin.begins - SKEW, pin.ends + SKEW - timedelta(seconds=1)):
        keyring.check_signed_at(signer, moment)
    for moment in (pin.begins - SKEW - timedelta(seconds=1), pin.ends + SKEW):
        with pytest.raises(Refused):
            keyring.check_signed_at(signer, moment)


def test_a_revoked_key_is_refused_whatever_date_the_message_gives(pair, sent, tmp_path):
    """A thief writes any date into a message. So it is the day on which the message came that counts."""
    idn, sau = pair("idn"), pair("sau")
    pin = idn.pin(*OLD, revoked_on=TODAY - timedelta(days=2))
    keys, sealed = Keys(sau.secret, idn.certificate, partner_pins=(pin,)), sent(idn, sau)

    with pytest.raises(Refused, match="is revoked from") as caught:
        seal.unseal(sealed, tmp_path / "opened", keys, received=pin.revoked_at)
    assert caught.value.code == Code.KEY_OUT_OF_TERM

    seal.unseal(sealed, tmp_path / "opened", keys, received=pin.revoked_at - timedelta(seconds=1))


class TestOpenPgpsOwnDates:
    """What the certificate says of itself holds as well, and the text says which date it was."""

    def test_nothing_is_sealed_to_or_with_an_expired_key(self, pair, plain, tmp_path):
        expired = pair("x", created=NOW - timedelta(days=100), valid_for=timedelta(days=90))
        on = f"expired \\(OpenPGP\\) on {NOW - timedelta(days=10):%Y-%m-%d}"

        with pytest.raises(KeyFault, match=on):
            seal.seal(plain, tmp_path / "sealed", Keys(pair("idn").secret, expired.certificate))
        with pytest.raises(KeyFault, match=on):
            seal.seal(plain, tmp_path / "sealed", Keys(expired.secret, pair("sau").certificate))

    def test_an_expired_key_of_ours_opens_nothing_and_says_how_to_extend_it(self, pair, sent, tmp_path):
        idn, sau = pair("idn"), pair("sau", valid_for=timedelta(seconds=1), created=NOW - timedelta(days=1))
        message = pysequoia.encrypt(
            b"x",
            [pysequoia.Cert.from_file(str(sau.certificate))],
            signer=pysequoia.Tsk.from_file(str(idn.secret)).signer(),
            armor=False,
        )
        (tmp_path / "sealed").write_bytes(message)

        with pytest.raises(KeyFault, match="opens nothing any more; extend it with gpg --quick-set-expire"):
            seal.unseal(tmp_path / "sealed", tmp_path / "opened", Keys(sau.secret, idn.certificate))

    def test_a_signer_that_had_expired_when_it_signed_is_refused_with_the_date(self, pair, sent, tmp_path):
        """By the certificate we hold: the partner may have extended it since, and has to send it again."""
        idn, sau = pair("idn", created=NOW - timedelta(days=100)), pair("sau")
        sealed = sent(idn, sau)
        key = pysequoia.Tsk.from_file(str(idn.secret))
        held = key.extract_certificate().set_expiration(NOW - timedelta(days=10), key.certifier())
        idn.certificate.write_bytes(bytes(held))

        with pytest.raises(Refused, match=f"expired \\(OpenPGP\\) on {NOW - timedelta(days=10):%Y-%m-%d}") as caught:
            seal.unseal(sealed, tmp_path / "opened", Keys(sau.secret, idn.certificate))
        assert caught.value.code == Code.KEY_OUT_OF_TERM

    def test_a_certificate_that_its_owner_revoked_counts_no_more(self, pair, sent, plain, tmp_path):
        idn, sau = pair("idn"), pair("sau")
        sealed = sent(idn, sau)
        key = pysequoia.Tsk.from_file(str(idn.secret))
        revocation = key.extract_certificate().revoke(key.certifier())
        idn.certificate.write_bytes(idn.certificate.read_bytes() + bytes(revocation))
        on = f"was revoked by its owner \\(OpenPGP\\) on {datetime.now(UTC):%Y-%m-%d}"

        with pytest.raises(Refused, match=on) as caught:
            seal.unseal(sealed, tmp_path / "opened", Keys(sau.secret, idn.certificate))
        assert caught.value.code == Code.KEY_OUT_OF_TERM
        with pytest.raises(KeyFault, match=on):
            seal.seal(plain, tmp_path / "again", Keys(sau.secret, idn.certificate))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_secret_key_that_others_can_read_is_refused_with_the_command_that_mends_it(pair, plain, tmp_path, mode):
    idn, sau = pair("idn"), pair("sau")
    idn.secret.chmod(mode)

    with pytest.raises(KeyFault, match=f"run: chmod 600 {idn.secret}"):
        seal.seal(plain, tmp_path / "sealed", Keys(idn.secret, sau.certificate))


def test_a_key_from_a_secrets_backend_touches_no_file(pair, sent, tmp_path):
    idn, sau = pair("idn"), pair("sau")
    armored = str(pysequoia.Tsk.from_file(str(sau.secret))).encode()
    sealed = sent(idn, sau)
    sau.secret.unlink()

    seal.unseal(sealed, tmp_path / "opened", Keys(armored, idn.certificate))

    assert "PRIVATE" not in repr(Keys(armored, idn.certificate))


@pytest.mark.parametrize(
    ("ours", "partner", "said"),
    [
        ("cert", "cert", "holds no secret key; write it with gpg --export-secret-keys"),
        ("key", "key", "holds a secret key, and the partner's is never here; use gpg --export"),
        ("key", "nowhere", "nowhere cannot be read: No such file or directory"),
        ("nowhere", "cert", "nowhere cannot be read: No such file or directory"),
        ("key", "nothing", "nothing is no OpenPGP key; write it with gpg --export"),
        ("key", "both", "both holds 2 certificates; without keys in the agreement each file is a pin"),
    ],
)
def test_a_file_that_is_not_the_key_it_should_be_says_what_it_is(pair, plain, tmp_path, ours, partner, said):
    idn, sau = pair("idn"), pair("sau")
    given = {"key": idn.secret, "cert": sau.certificate, "nowhere": tmp_path / "nowhere"}
    given |= {"nothing": tmp_path / "nothing", "both": tmp_path / "both"}
    given["nothing"].write_bytes(b"")
    given["both"].write_bytes(idn.certificate.read_bytes() + sau.certificate.read_bytes())
    sau.certificate.chmod(0o600)

    with pytest.raises(KeyFault, match=said):
        seal.seal(plain, tmp_path / "sealed", Keys(given[ours], given[partner]))
    assert not (tmp_path / "sealed").exists()
