"""GnuPG as a partner has it: the real program, in a home of its own, with one key made by it."""

import subprocess
from pathlib import Path

import pytest

PASSPHRASE = "correct horse"


class Gpg:
    """One user of ``gpg``. ``secret`` and ``certificate`` are what ``gpg --export[-secret-keys]`` wrote."""

    def __init__(self, home: Path, name: str = "partner@example", passphrase: str = "") -> None:
        home.mkdir(mode=0o700, parents=True)
        self.home, self.name, self.passphrase = home, name, passphrase
        self.run("--quick-gen-key", name, "future-default", "default", "never")
        self.certificate, self.secret = home / "cert.pgp", home / "key.pgp"
        self.run("--output", str(self.certificate), "--export", name)
        self.run("--output", str(self.secret), "--export-secret-keys", name)
        self.secret.chmod(0o600)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        base = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--no-tty", "--trust-model", "always"]
        unlock = ["--pinentry-mode", "loopback", "--passphrase", self.passphrase]
        return subprocess.run([*base, *unlock, *arguments], check=True, capture_output=True)

    def knows(self, *certificates: Path) -> "Gpg":
        for certificate in certificates:
            self.run("--import", str(certificate))
        return self

    def seal(self, plain: Path, sealed: Path, to: str, *options: str) -> Path:
        """Sign and encrypt; OpenPGP compression is gpg's own choice unless ``options`` say otherwise."""
        self.run(
            *options, "--local-user", self.name, "--recipient", to,
            "--output", str(sealed), "--sign", "--encrypt", str(plain),
        )  # fmt: skip
        return sealed

    def end(self) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=True)


@pytest.fixture
def a_gpg(tmp_path_factory):
    """Make users of gpg: ``a_gpg()``, or with Gpg's own arguments."""
    made = []

    def make(*arguments: str) -> Gpg:
        try:
            made.append(Gpg(tmp_path_factory.mktemp("gpg") / "h", *arguments))
        except FileNotFoundError:
            pytest.skip("gpg is not installed: see .ci/system-packages")
        return made[-1]

    yield make
    for each in made:
        each.end()
