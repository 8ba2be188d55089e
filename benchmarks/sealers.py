"""Those who seal and open in ``benchmarks.seal``; each does one kind of work on the same package, and leaves.

``python -m benchmarks.sealers NAME WORK FOLDER`` prints seconds on the clock and processor seconds, of the programs it
starts too, without Python's imports.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import pysequoia

from amanah.exchange import package, seal
from amanah.exchange.seal import Keys
from amanah.exchange.seal.header import Profile
from schemas.envelope import Manifest

PROFILES: tuple[Profile, ...] = ("gnupg", "aead")
Work = Literal["seal", "open", "pack", "unpack"]
WORKS: tuple[Work, ...] = get_args(Work)


@dataclass(frozen=True)
class Bench:
    """The folder in which all work on the same files."""

    folder: Path

    @property
    def part(self) -> Path:
        """What a package holds."""
        return self.folder / "placement.parquet"

    @property
    def manifest(self) -> Path:
        """What a package says of it."""
        return self.folder / package.MANIFEST

    @property
    def tar(self) -> Path:
        """Both, to be sealed."""
        return self.folder / "package.tar"

    @property
    def gpg_home(self) -> Path:
        """Where gpg has the keys of the profile ``gnupg``."""
        return self.folder / "gnupg"

    def sealed(self, who: str) -> Path:
        """What ``who`` sealed."""
        return self.folder / f"{who}.tar.pgp"

    def pair(self, profile: Profile, party: str) -> tuple[Path, Path]:
        """Secret key and certificate of ``party``."""
        return self.folder / f"{profile}-{party}.key", self.folder / f"{profile}-{party}.cert"

    def keys(self, profile: Profile, party: str) -> Keys:
        """What the node of ``party`` is given."""
        other = "them" if party == "us" else "us"
        return Keys(self.pair(profile, party)[0], self.pair(profile, other)[1], profile=profile)

    @property
    def opened(self) -> Path:
        """The tar after its seal was opened."""
        return self.folder / "opened.tar"

    @property
    def unpacked(self) -> Path:
        """The folder for what came out of that."""
        return self.folder / "unpacked"

    def clear(self) -> None:
        """Remove what the one before made of a sealed package."""
        self.opened.unlink(missing_ok=True)
        shutil.rmtree(self.unpacked, ignore_errors=True)
        self.unpacked.mkdir()

    def make_gpg_key(self, party: str) -> None:
        """As a ministry makes its own, and as ``gpg`` hands it to a node."""
        self.gpg_home.mkdir(mode=0o700, exist_ok=True)
        unlocked = ("--pinentry-mode", "loopback", "--passphrase", "")
        secret, certificate = self.pair("gnupg", party)
        for command in (
            ("--quick-gen-key", f"{party}@example", "future-default", "default", "never"),
            ("--output", secret, "--export-secret-keys", f"{party}@example"),
            ("--output", certificate, "--export", f"{party}@example"),
        ):
            _run(self.gpg(*unlocked, *command))
        secret.chmod(0o600)

    def gpg(self, *arguments: str | Path) -> list[str]:
        """The command line of ``gpg`` as a partner may run it from a script."""
        quiet = ["gpg", "--homedir", str(self.gpg_home), "--batch", "--quiet", "--yes", "--trust-model", "always"]
        return [*quiet, *map(str, arguments)]

    def signed_to_them(self, *more: str | Path) -> list[str]:
        """How ``gpg`` seals."""
        return self.gpg("--sign", "--encrypt", "--local-user", "us@example", "--recipient", "them@example", *more)


def gpg_seal(bench: Bench, who: str, *options: str) -> None:
    """Sign and encrypt the tar."""
    _run(bench.signed_to_them(*options, "--output", bench.sealed(who), bench.tar))


def gpg_open(bench: Bench, who: str) -> None:
    """Decrypt and verify."""
    _run(bench.gpg("--output", bench.opened, "--decrypt", bench.sealed(who)))


def gpg_pack(bench: Bench, who: str) -> None:
    """From the part to the sealed package and its hash, with the programs of any Unix."""
    _run(["sha256sum", str(bench.part)])
    tar = ["tar", "--create", "--directory", str(bench.folder), bench.manifest.name, bench.part.name]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as packing:
        command = bench.signed_to_them("--compress-algo", "none", "--output", bench.sealed(who))
        subprocess.run(command, check=True, stdin=packing.stdout)
    _run(["sha256sum", str(bench.sealed(who))])


def gpg_unpack(bench: Bench, who: str) -> None:
    """From the sealed package to the checked part, with the programs of any Unix."""
    _run(["sha256sum", str(bench.sealed(who))])
    gpg_open(bench, who)
    _run(["tar", "--extract", "--file", str(bench.opened), "--directory", str(bench.unpacked)])
    _run(["sha256sum", str(bench.unpacked / bench.part.name)])


def library_seal(bench: Bench, who: str, profile: Profile) -> None:
    """What the library alone takes."""
    signer = pysequoia.Tsk.from_file(str(bench.pair(profile, "us")[0])).signer()
    recipient = pysequoia.Cert.from_file(str(bench.pair(profile, "them")[1]))
    pysequoia.encrypt_file(str(bench.tar), str(bench.sealed(who)), [recipient], signer=signer, armor=False)


def library_open(bench: Bench, who: str, profile: Profile) -> None:
    """What the library alone takes, the signature checked."""
    decryptor = pysequoia.Tsk.from_file(str(bench.pair(profile, "them")[0])).decryptor()
    known = [pysequoia.Cert.from_file(str(bench.pair(profile, "us")[1]))]
    pysequoia.decrypt_file(str(bench.sealed(who)), str(bench.opened), decryptor, store=lambda _wanted: known)


def amanah_seal(bench: Bench, who: str, profile: Profile) -> None:
    """Ours: on the disk when it returns."""
    seal.seal(bench.tar, bench.sealed(who), bench.keys(profile, "us"))


def amanah_open(bench: Bench, who: str, profile: Profile) -> None:
    """Ours: in a process of its own, the plain file there only when everything holds."""
    seal.unseal(bench.sealed(who), bench.opened, bench.keys(profile, "them"))


def amanah_pack(bench: Bench, who: str, profile: Profile) -> None:
    """From the part to the package in the outbox, as a node does it."""
    package.describe(bench.part, records=1)
    manifest = Manifest.model_validate_json(bench.manifest.read_bytes())
    package.write(bench.tar, manifest, [bench.part])
    seal.seal(bench.tar, bench.sealed(who), bench.keys(profile, "us"))


def amanah_unpack(bench: Bench, who: str, profile: Profile) -> None:
    """From the package in the inbox to the checked part, as a node does it."""
    package.sha256_of(bench.sealed(who))
    seal.unseal(bench.sealed(who), bench.opened, bench.keys(profile, "them"))
    package.read(bench.opened, bench.unpacked)


Sealer = dict[Work, Callable[[Bench, str], None]]


def _ours(profile: Profile) -> Sealer:
    return {
        "seal": partial(amanah_seal, profile=profile),
        "open": partial(amanah_open, profile=profile),
        "pack": partial(amanah_pack, profile=profile),
        "unpack": partial(amanah_unpack, profile=profile),
    }


def _library(profile: Profile) -> Sealer:
    return {"seal": partial(library_seal, profile=profile), "open": partial(library_open, profile=profile)}


def _uncompressed(bench: Bench, who: str) -> None:
    gpg_seal(bench, who, "--compress-algo", "none")


SEALERS: dict[str, Sealer] = {
    "gpg": {"seal": gpg_seal, "open": gpg_open},
    "gpg_uncompressed": {"seal": _uncompressed, "open": gpg_open, "pack": gpg_pack, "unpack": gpg_unpack},
    **{f"amanah_{profile}": _ours(profile) for profile in PROFILES},
    **{f"library_{profile}": _library(profile) for profile in PROFILES},
}


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> None:
    """Do one work in this process and print what it took."""
    name, work, folder = sys.argv[1:]
    wall, cpu = time.perf_counter(), _cpu()
    SEALERS[name][work](Bench(Path(folder)), name)  # type: ignore[index]
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}))


if __name__ == "__main__":
    main()
