"""The SFTP wire: whole packages in, whole packages out, whatever happens to the link in between.

Layout ``/<corridor>/<sender>/<stream>/<message id>.tar.pgp``; a file is uploaded under a name that ends in ``.part``
and renamed when it is complete. How one file goes up or comes down belongs to ``sftp_upload`` and ``sftp_download``;
here: which files count, a lost link made anew, and errors that say what was being done and what to do.
"""

import logging
import random
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import paramiko

from amanah.exchange.sftp.connection import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SftpMisconfigured,
    SftpSettings,
    login_of,
    open_channel,
    pinned_key,
)
from amanah.exchange.sftp.download import download, sync_folder
from amanah.exchange.sftp.lanes import Work, as_they_come, error_of, in_lanes
from amanah.exchange.sftp.messages import Ask, Attributes, NotAllowed, NotThere, ServerSaid, text
from amanah.exchange.sftp.session import Session
from amanah.exchange.sftp.upload import NameTaken, upload
from amanah.exchange.transport import OtherContent, Outcomes, ToGet, ToPut, TransportError, attempt

__all__ = ["NameTaken", "SftpMisconfigured", "SftpSettings", "SftpTransport", "connect"]

log = logging.getLogger(__name__)
T = TypeVar("T")
Dial = Callable[[], AbstractContextManager[Session]]
_FULL = 1_000_000  # bytes left on the server's disk below which it counts as full
LOST = (OSError, EOFError, paramiko.SSHException, struct.error)  # but not what the server said in so many words


def _nobody(_reached: int) -> None:
    """Progress of a file that is not taken up again over another link: nobody asks."""


class SftpTransport:
    """A wire to the exchange point. Not for several threads.

    Args:
        dial: opens a session.
        attempts: how often to go on with one file over a new link after the link was lost and nothing more had come.
        read_back: compare the whole of every upload, not only of those put together from several attempts.
    """

    def __init__(self, dial: Dial, *, attempts: int = 4, read_back: bool = False) -> None:
        self._dial, self._attempts, self._read_back = dial, attempts, read_back
        self._link = ExitStack()
        self._session: Session | None = None
        self._reached = 0  # bytes of the file under way that are where they belong

    def open(self) -> None:
        """Have a session, if there is none."""
        if self._session is None:
            self._session = self._link.enter_context(self._dial())

    def close(self) -> None:
        """Let the session go."""
        self._session = None
        self._link.close()

    def names(self, folder: str) -> list[str]:
        """The complete files in ``folder``."""
        return list(self.marks(folder))

    def marks(self, folder: str) -> dict[str, str]:
        """See :class:`.Transport`. What SFTP tells of a file is its size and when it was last written."""
        found = self._persist(f"list {folder}", lambda session: self._list(session, folder))
        return dict(sorted(found.items()))

    def put(self, source: Path, folder: str) -> None:
        """See :class:`.Transport`. Raises ``NameTaken`` when something else stands there under its name."""

        def step(session: Session) -> None:
            upload(session, source, folder, self._progress, read_back=self._read_back)

        self._persist(f"store {folder}/{source.name}", step, folder)

    def get(self, folder: str, name: str, target: Path) -> None:
        """See :class:`.Transport`."""
        path = f"{folder}/{name}"

        def step(session: Session) -> None:
            download(session, path, target, self._progress)
            sync_folder(target.parent)

        self._persist(f"fetch {path}", step)

    def put_each(self, files: Sequence[ToPut]) -> Outcomes:
        """See :class:`.SeveralAtOnce`."""

        def work(file: ToPut) -> Work:
            return lambda session, turn: upload(
                session, file.source, file.folder, _nobody, read_back=self._read_back, turn=turn
            )

        with self._under_way([work(each) for each in files]) as outcomes:
            for file, outcome in zip(files, outcomes, strict=True):
                error = error_of(outcome)
                if isinstance(error, OtherContent):
                    yield error
                else:
                    yield attempt(partial(self.put, file.source, file.folder)) if error is not None else None

    def get_each(self, files: Sequence[ToGet]) -> Outcomes:
        """See :class:`.SeveralAtOnce`."""

        def work(file: ToGet) -> Work:
            return lambda session, _turn: download(session, f"{file.folder}/{file.name}", file.target, _nobody)

        with self._under_way([work(each) for each in files]) as outcomes:
            for some in as_they_come(outcomes):
                for folder in {files[number].target.parent for number in some}:
                    sync_folder(folder)
                for number in some:
                    file = files[number]
                    again = partial(self.get, file.folder, file.name, file.target)
                    yield attempt(again) if error_of(outcomes[number]) is not None else None

    @contextmanager
    def _under_way(self, works: Sequence[Work]) -> Iterator[list["Future[None]"]]:
        """Several at once where that pays. What they could not do is then done alone, with all patience."""
        self.open()
        assert self._session is not None  # noqa: S101 - open() made it
        with in_lanes(self._session.beside, works) as outcomes:
            yield outcomes

    def discard(self, folder: str, name: str) -> None:
        """Remove a file of ours; does nothing when it is not there. Not for packages: those stay until answered."""

        def step(session: Session) -> None:
            with suppress(NotThere):
                session.remove(f"{folder}/{name}")

        self._persist(f"remove {folder}/{name}", step)

    def _list(self, session: Session, folder: str) -> dict[str, str]:
        try:
            found = _files(session, folder)
        except NotThere:
            if session.attributes_if_there(session.lstat(folder)) is None:
                parent = folder.rpartition("/")[0]  # a stream not begun is empty; a partner not there is not
                session.attributes(session.ask(Ask.STAT, text(parent)))
                return {}
            found = _files(session, folder)  # begun between the two questions; a link to nowhere says the same again
        odd = sum(name is None for name, _ in found)
        if odd:
            log.warning("%s: %d files left out; their names hold what no name of a package holds", folder, odd)
        named = [(name, each) for name, each in found if name is not None and not name.endswith(".part")]
        return {name: f"sftp {each.size} {each.modified}" for name, each in named}

    def _persist(self, doing: str, step: Callable[[Session], T], folder: str | None = None) -> T:
        """Do ``step``; after a lost link again, as long as something comes of it."""
        fruitless = furthest = self._reached = 0
        while True:
            try:
                self.open()
                assert self._session is not None  # noqa: S101 - open() made it
                return step(self._session)
            except TransportError as error:
                raise error if str(error).startswith(doing) else TransportError(f"{doing}: {error}") from error
            except ServerSaid as error:
                raise TransportError(f"{doing}: {self._explained(error, folder)}") from error
            except LOST as error:
                self.close()
                fruitless, furthest = 1 if self._reached > furthest else fruitless + 1, max(furthest, self._reached)
                if fruitless >= self._attempts:
                    raise TransportError(
                        f"{doing}: the link was lost ({_cause(error)}); what has been transferred is "
                        "kept, and the next attempt goes on from there"
                    ) from error
                pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (fruitless - 1))  # noqa: S311
                log.info("%s: link lost (%s); going on in %.1f s", doing, _cause(error), pause)
                time.sleep(pause)

    def _progress(self, reached: int) -> None:
        self._reached = max(self._reached, reached)

    def _explained(self, error: ServerSaid, folder: str | None) -> str:
        said = f"the server says {error.strerror!r}"
        if isinstance(error, NotAllowed):
            return f"{said}; ask who runs the exchange point to let this account do that"
        room = None
        if folder is not None and not isinstance(error, NotThere) and self._session is not None:
            try:
                room = self._session.room(folder)
            except LOST:
                room = None
        if room is not None and room.read_only:
            return f"{said}; its disk is read-only, tell who runs the exchange point"
        if room is not None and room.free < _FULL:
            return f"{said}; its disk is full ({room.free:,} bytes left), tell who runs the exchange point"
        return f"{said}; is the exchange point's disk full, or a limit reached?" if folder else said


@contextmanager
def connect(settings: SftpSettings) -> Iterator[SftpTransport]:
    """Open a wire with the pinned host key; an unknown or changed host is refused."""
    login, pinned = login_of(settings), pinned_key(settings.host_key)
    with wire(settings, lambda: open_channel(settings, login, pinned)) as opened:
        yield opened


@contextmanager
def wire(
    settings: SftpSettings, dial: Callable[[], AbstractContextManager[paramiko.Channel]]
) -> Iterator[SftpTransport]:
    """A wire over channels that ``dial`` opens."""

    @contextmanager
    def session() -> Iterator[Session]:
        with _connecting(settings), ExitStack() as stack:
            opened = Session(stack.enter_context(dial()), settings.timeout)
            keep = stack.pop_all()
        with keep:
            yield opened

    transport = SftpTransport(session, attempts=settings.attempts, read_back=settings.read_back)
    transport.open()
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def _connecting(settings: SftpSettings) -> Iterator[None]:
    doing = f"connect to {settings.host}:{settings.port}"
    try:
        yield
    except paramiko.BadHostKeyException as error:
        raise SftpMisconfigured(
            f"{doing}: BadHostKeyException: the server shows another host key than the pinned one. Nothing was sent. "
            "Ask who runs it, by voice or in person, whether the key was changed, before pinning the new one"
        ) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise SftpMisconfigured(
            f"{doing}: {error}: the server has no key of the pinned kind, or only ciphers that are not safe"
        ) from error
    except paramiko.AuthenticationException as error:
        raise TransportError(
            f"{doing}: {type(error).__name__}: the server does not take {settings.username} with our key; has the "
            "public key been given to who runs it?"
        ) from error
    except LOST as error:
        raise TransportError(f"{doing}: {_cause(error)}; is it up, and does a firewall let us?") from error


def _cause(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _files(session: Session, folder: str) -> list[tuple[str | None, Attributes]]:
    """The plain files in ``folder``; None for a name that no package has."""
    return [(_plain(name), each) for name, each in session.entries(folder) if each.is_file]


def _plain(name: bytes) -> str | None:
    """A name as text; None for one that no package has: control characters, separators, what is not UTF-8."""
    try:
        found = name.decode()
    except UnicodeDecodeError:
        return None
    return found if found.isprintable() and "/" not in found else None
