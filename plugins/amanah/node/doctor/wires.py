"""The agreed wires, as far as the exchange point can be tried without sending a package.

Each is tried once: whoever asks wants to know how it stands now, and asks again.
"""

import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import paramiko
from cryptography import x509

from amanah.exchange import sftp
from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.api.session import Interrupted, Session
from amanah.exchange.sftp import SftpMisconfigured, SftpSettings, SftpTransport
from amanah.exchange.transport import TransportError
from amanah.node.doctor.clock import apart
from amanah.node.doctor.finding import Finding, State, ending
from amanah.node.settings import NodeSettings
from amanah.patience import Patience

_FILE = ".amanah-doctor"  # no package has such a name, so nobody takes it for one
_CONTENT = b"Stored by amanah doctor to see whether this folder can be written. It can be removed.\n"
_RENEW = "renew it: docs/production.md, section 3"


@dataclass(frozen=True)
class SftpWay:
    """How the SFTP wire is opened, once; ``private_key`` is a file, unless the key stands elsewhere."""

    where: str
    open: Callable[[], AbstractContextManager[SftpTransport]]
    private_key: Path | None = None

    @classmethod
    def of(cls, settings: SftpSettings) -> "SftpWay":
        """The way that ``node.yaml`` says."""
        once = settings.model_copy(update={"attempts": 1})
        return cls(f"{settings.host}:{settings.port}", partial(sftp.connect, once), settings.private_key)


@dataclass(frozen=True)
class Ways:
    """How each wire is reached; None where nothing says so. ``missing`` is what to do about that."""

    sftp: SftpWay | None
    api: ApiSettings | None
    missing: str
    missing_is: State

    @classmethod
    def of(cls, settings: NodeSettings) -> "Ways":
        """The ways that ``node.yaml`` says; Airflow's connections may know others."""
        over_sftp = SftpWay.of(settings.sftp) if settings.sftp is not None else None
        return cls(over_sftp, settings.api, "set it up, unless Airflow's connections have it", State.WARNING)


@dataclass(frozen=True)
class Rooms:
    """The folders of the exchange point: the partner's, to be read, and ours, to be written."""

    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def look_at(wires: tuple[str, ...], ways: Ways, rooms: Rooms, now: datetime) -> Iterator[Finding]:
    """Each of ``wires``, in their order."""
    for name in wires:
        if name == "sftp" and ways.sftp is not None:
            yield from _over_sftp(ways.sftp, rooms)
        elif name == "api" and ways.api is not None:
            yield from _over_https(ways.api, now)
        else:
            yield Finding(f"wire {name}", ways.missing_is, "the agreement names it, this node has none", ways.missing)


def _over_sftp(way: SftpWay, rooms: Rooms) -> Iterator[Finding]:
    if way.private_key is not None:
        yield _ssh_key(way.private_key)
    try:
        with way.open() as wire:
            yield Finding("SFTP sign-in", State.OK, f"{way.where} lets us in, with the pinned host key")
            yield from _folders(wire, rooms)
    except (SftpMisconfigured, ValueError) as error:
        yield Finding("SFTP sign-in", State.FAILED, str(error), "put right host, account, key or host_key")
    except TransportError as error:
        do = "host, port, account; or ask who runs the exchange point"
        yield Finding("SFTP sign-in", State.UNREACHABLE, str(error), do)


def _folders(wire: SftpTransport, rooms: Rooms) -> Iterator[Finding]:
    do = "ask who runs the exchange point for what the agreement says: docs/protocol.md, SFTP"
    try:
        for folder in (*rooms.theirs, *rooms.ours):
            wire.names(folder)
    except TransportError as error:
        yield Finding("SFTP folders", State.FAILED, str(error), do)
    else:
        yield Finding("SFTP folders", State.OK, "ours and the partner's can be read")
    try:
        _store_and_remove(wire, rooms.ours[0])
    except TransportError as error:
        yield Finding("SFTP storing", State.FAILED, str(error), do)
    else:
        yield Finding("SFTP storing", State.OK, "a file could be stored, renamed, read back and removed")


def _store_and_remove(wire: SftpTransport, folder: str) -> None:
    with tempfile.TemporaryDirectory() as room:
        ours, back = Path(room, _FILE), Path(room, "back")
        ours.write_bytes(_CONTENT)
        wire.discard(folder, _FILE)
        wire.put(ours, folder)
        wire.get(folder, _FILE, back)
        wire.discard(folder, _FILE)
        if back.read_bytes() != _CONTENT:
            raise TransportError(f"{folder}: what was read back is not what was stored")


def _ssh_key(file: Path) -> Finding:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        paramiko.PKey.from_path(file)
    except (OSError, paramiko.SSHException, ValueError) as error:
        do = "make one: ssh-keygen -t ed25519; docs/production.md, Keys"
        return Finding("SSH key", State.FAILED, f"{file}: {type(error).__name__}", do)
    return _kept("SSH key", file, mode)


def _kept(check: str, file: Path, mode: int) -> Finding:
    if mode & 0o077:
        return Finding(check, State.FAILED, f"{file} can be read by others", f"run: chmod 600 {file}")
    return Finding(check, State.OK, f"{file} is readable by its owner only")


def _over_https(settings: ApiSettings, now: datetime) -> Iterator[Finding]:
    if settings.ca is not None:  # of several, the new one takes the old one's place
        yield _certificates("HTTPS CA", settings.ca, max, now)
    if settings.certificate is not None:  # ours and those that it hangs by
        yield _certificates("HTTPS our certificate", settings.certificate, min, now)
    if settings.certificate_key is not None and settings.certificate_key.exists():
        yield _kept("HTTPS our key", settings.certificate_key, stat.S_IMODE(settings.certificate_key.stat().st_mode))
    try:
        with Session(settings, Patience(attempts=1)) as session:
            session.sign_in()
            yield Finding("HTTPS sign-in", State.OK, f"{session.host} gives us a token")
            yield from _service(session, now)
    except Interrupted as error:
        yield Finding("HTTPS sign-in", State.UNREACHABLE, str(error), "url, ca, proxy; or who runs the exchange point")
    except (TransportError, ValueError) as error:
        yield Finding("HTTPS sign-in", State.FAILED, str(error), "client_id, client_secret, certificate")


def _service(session: Session, now: datetime) -> Iterator[Finding]:
    try:
        seen = session.look()
    except Interrupted:
        raise
    except TransportError as error:
        yield Finding("HTTPS listing", State.FAILED, str(error), "ask who runs the exchange point")
        return
    yield Finding("HTTPS listing", State.OK, "what lies there for us can be listed")
    if seen.certificate_ends is not None:
        do = "tell who runs the exchange point"
        yield ending("HTTPS certificate", f"{session.host} shows one that counts", seen.certificate_ends, now, do)
    if seen.clock is not None:
        yield apart("HTTPS clock", "the exchange point's", abs(datetime.now(UTC) - seen.clock))


def _certificates(check: str, file: Path, which: Callable[[list[datetime]], datetime], now: datetime) -> Finding:
    """When the certificates of a PEM file end: the first or the last of them, as ``which`` picks."""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        return Finding(check, State.FAILED, f"{file}: {type(error).__name__}", "a PEM file is expected there")
    return ending(check, f"{file} counts", which([each.not_valid_after_utc for each in found]), now, _RENEW)
