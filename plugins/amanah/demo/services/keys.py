"""SSH key pairs for the demonstration's server and its users."""

from pathlib import Path

import asyncssh


def make_keypair(path: Path) -> None:
    """Make an Ed25519 key pair: the private key at ``path`` (mode 0600), the public one beside it as ``.pub``.

    A pair that is already there is kept, so that a second start has the host key that the partners have pinned.
    """
    public = public_key_file(path)
    if path.exists() and public.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    public.write_bytes(key.export_public_key())


def public_key_file(path: Path) -> Path:
    """Where the public half of the key at ``path`` stands."""
    return path.with_name(f"{path.name}.pub")


def pinned(path: Path) -> str:
    """The public half of the key at ``path`` as others pin it: kind and key, without the comment."""
    return " ".join(public_key_file(path).read_text(encoding="utf-8").split()[:2])
