"""The receipt: what an answer decided, in a few plain lines that its giver signed for anybody to check.

A status message is encrypted to one receiver, so its seal proves the answer to nobody else. The receipt travels beside
it as a part of its own, ``receipt.asc``. It holds ids, hashes, codes and counts: no record and no record's reference.
"""

from datetime import UTC

from amanah.exchange.seal.keyring import Keys
from amanah.exchange.seal.signature import SignatureError, partner_certificates, sign_text, signed_text
from schemas.envelope import StatusMessage

PART = "receipt.asc"
_FIRST_LINE = "amanah receipt 1"


def text(answer: StatusMessage, *, status_sha256: str) -> str:
    """The lines that are signed. ``status_sha256`` is the hash of ``status.json``, which says the same in full."""
    lines = [
        _FIRST_LINE,
        f"answers {answer.answers}",
        f"package_sha256 {answer.package_sha256}",
        f"manifest_sha256 {answer.manifest_sha256 or '-'}",
        f"verdict {answer.verdict}",
        *(f"file_error {error.code}" for error in answer.file_errors),
        f"applied new {answer.applied.new} correct {answer.applied.correct} withdraw {answer.applied.withdraw}",
        f"refused {len(answer.record_errors)}",
        f"status_sha256 {status_sha256}",
        f"decided_at {answer.decided_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    ]
    return "".join(f"{line}\n" for line in lines)


def give(answer: StatusMessage, *, status_sha256: str, keys: Keys) -> str:
    """Our signed receipt of ``answer``."""
    return sign_text(text(answer, status_sha256=status_sha256), keys)


def take(signed: bytes, answer: StatusMessage, *, status_sha256: str, keys: Keys) -> str:
    """Return the partner's receipt once it is checked.

    Raises ``SignatureError`` when the pinned key did not sign it, or when it says other than the answer.
    """
    if signed_text(signed, partner_certificates(keys)) != text(answer, status_sha256=status_sha256):
        raise SignatureError("it says other than status.json")
    return signed.decode("utf-8").strip() + "\n"
