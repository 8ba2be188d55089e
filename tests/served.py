"""A real service in a process of its own, a partner who speaks plain HTTP to it, and a link that gets cut."""

import hashlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amanah.demo.services.ports import free_port, listens
from amanah.demo.services.processes import base_environment
from amanah.exchange.api import client_secret, digest

CORRIDOR = "idn-sau"
SECRETS = {party: client_secret.make() for party in ("IDN", "SAU")}  # party -> secret, hash
SIGNING_KEY = "k" * 32
SENT, OTHER = "IDN-SAU-placement-000001", "SAU-IDN-placement-000001"


def settings(root: Path, port: int, **changes: object) -> dict[str, Any]:
    """What the service's YAML file says, unless ``changes`` say otherwise."""
    return {
        "root": str(root),
        "url": f"http://127.0.0.1:{port}",
        "port": port,
        "tokens": {"signing_keys": [SIGNING_KEY]},
        "corridors": {CORRIDOR: {"parties": ["IDN", "SAU"]}},
        "clients": {
            f"{party.lower()}-node": {"corridor": CORRIDOR, "party": party, "secrets": [hashed]}
            for party, (_, hashed) in SECRETS.items()
        },
        **changes,
    }


def make_certificates(folder: Path, *, days: int = 1) -> Path:
    """A CA, and certificates of the server and of two clients that it signed; and a stranger's CA and client."""

    def made(name: str, issuer: str | None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer, signed_by = key, subject
        if issuer is not None:
            signer = serialization.load_pem_private_key((folder / f"{issuer}.key").read_bytes(), None)
            signed_by = x509.load_pem_x509_certificate((folder / f"{issuer}.pem").read_bytes()).subject
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(signed_by)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(signer, hashes.SHA256())
        )
        (folder / f"{name}.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.sha256").write_text(built.fingerprint(hashes.SHA256()).hex())
        secret = folder / f"{name}.key"
        secret.touch(mode=0o600)
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    signed_by = {"ca": None, "server": "ca", "idn": "ca", "sau": "ca", "strange": None, "x": "strange"}
    for name, issuer in signed_by.items():
        made(name, issuer)
    return folder


class Server:
    """``amanah api serve`` over ``root``; end it with ``stop`` or ``kill``."""

    def __init__(self, folder: Path, root: Path, *, limit: Callable[[], None] | None = None, **changes: Any) -> None:
        root.mkdir(exist_ok=True)
        self.root, self.port = root, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file, self.log = folder / f"api-{self.port}.yaml", folder / f"api-{self.port}.log"
        content = settings(root, self.port, **changes)
        if content.get("tls"):
            self.url = content["url"] = f"https://localhost:{self.port}"
        self.file.write_text(yaml.safe_dump(content), encoding="utf-8")
        self._limit = limit
        self.start()

    def start(self) -> None:
        argv = [str(Path(sys.executable).with_name("amanah")), "api", "serve", "--settings", str(self.file)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                argv,
                env=base_environment(),
                stdout=log,
                stderr=log,
                preexec_fn=self._limit,  # noqa: PLW1509
            )
        wait_until(lambda: listens(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)

    def token(self, party: str, **how: Any) -> str:
        form = {"grant_type": "client_credentials"}
        auth = (f"{party.lower()}-node", SECRETS[party][0])
        answer = httpx.post(f"{self.url}/oauth2/token", data=form, auth=auth, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def as_party(self, party: str) -> httpx.Client:
        """A partner's own client: nothing of ours in it."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token(party)}"}, timeout=30)

    def packages(self) -> list[str]:
        """What anybody could take for a package, on any wire."""
        state = self.root / ".api"
        return sorted(p.name for p in self.root.rglob("*") if p.is_file() and state not in p.parents)

    def room(self, sender: str = "IDN", stream: str = "placement") -> Path:
        return self.root / CORRIDOR / sender / stream


def api_connection(party: str, server: Server) -> dict[str, Any]:
    """Airflow's connection to ``server`` for the node of ``party``."""
    login = {"login": f"{party.lower()}-node", "password": SECRETS[party][0]}
    return {"conn_type": "http", "host": "127.0.0.1", "schema": "http", "port": server.port, **login}


def lay_down(server: Server, message_id: str, content: bytes) -> Path:
    """What an SSH server does for a client: write beside, then rename."""
    sender, _, stream, _ = message_id.split("-")
    room = server.room(sender, stream)
    room.mkdir(parents=True, exist_ok=True)
    part = room / f"{message_id}.tar.pgp.part"
    part.write_bytes(content)
    return part.replace(room / f"{message_id}.tar.pgp")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def package_headers(content: bytes, **more: str) -> Mapping[str, str]:
    return {"Content-Type": "application/octet-stream", "Repr-Digest": digest.to_header(sha256(content)), **more}


def patch_headers(offset: int, *, complete: bool = True) -> Mapping[str, str]:
    return {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": str(offset),
        "Upload-Complete": "?1" if complete else "?0",
    }


def wait_until(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to that"
        time.sleep(0.02)


class Link:
    """A TCP link to ``port`` that is cut ``cuts`` times, each time after so many bytes have gone ``up`` or down."""

    def __init__(self, port: int, *, after: int, cuts: int = 1, up: bool = True) -> None:
        self._to, self._after, self._up = port, after, up
        self._cuts, self.cuts_left, self.port = cuts, cuts, free_port()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cut(self) -> int:
        """How often it has been cut."""
        return self._cuts - self.cuts_left

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:  # nobody is there: so it is for whoever came over this link
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near, far), kwargs={"counts": self._up}, daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near), kwargs={"counts": not self._up}, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, *, counts: bool) -> None:
        left = self._after
        with suppress(OSError):
            while data := source.recv(16_384):
                if counts and self.cuts_left and len(data) >= left:
                    target.sendall(data[:left])
                    with self._lock:
                        self.cuts_left -= 1
                    break
                left -= len(data) if counts else 0
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
