"""The paper: a certificate's content in plain lines, which its side signs in the clear for anybody to check.

The lines name no side and no time, so that both sides sign the same text when both hold and found the same.
"""

from amanah.exchange.seal.keyring import Keys
from amanah.exchange.seal.signature import SignatureError, partner_certificates, sign_text, signed_text
from schemas.envelope import Certificate

PART = "certificate.asc"
_FIRST_LINE = "amanah certificate 1"


def text(certificate: Certificate) -> str:
    """The lines that are signed."""
    trees = sorted(certificate.trees, key=lambda tree: (tree.stream, tree.holder))
    lines = [
        _FIRST_LINE,
        f"agreement_sha256 {certificate.agreement_sha256}",
        f"period {certificate.period}",
        *(f"held {tree.stream} {tree.holder} records {tree.records} root {tree.root}" for tree in trees),
        *(f"links {stream} {count}" for stream, count in sorted(certificate.links.items())),
        *(
            f"discrepancies {stream} {kind} {count}"
            for stream, kinds in sorted(certificate.discrepancies.items())
            for kind, count in sorted(kinds.items())
        ),
    ]
    return "".join(f"{line}\n" for line in lines)


def sign(certificate: Certificate, keys: Keys) -> str:
    """Our signed paper."""
    return sign_text(text(certificate), keys)


def take(signed: bytes, certificate: Certificate, keys: Keys) -> str:
    """The partner's signed paper once it is checked.

    Raises ``SignatureError`` when the pinned key did not sign it, or when it says other than the certificate.
    """
    if signed_text(signed, partner_certificates(keys)) != text(certificate):
        raise SignatureError("it says other than certificate.json")
    return signed.decode("utf-8").strip() + "\n"
