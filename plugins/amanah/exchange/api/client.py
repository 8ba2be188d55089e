"""The client: whole packages up and down over HTTPS, resumed where a link was cut, and checked by their SHA-256."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import ValidationError

from amanah.exchange.api import digest
from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.api.session import Interrupted, Session, code_of, lost_link_is_said, refusal
from amanah.exchange.api.shapes import Listing
from amanah.exchange.api.tree import canonical
from amanah.exchange.codes import Code
from amanah.exchange.transport import OtherContent, TransportError
from amanah.patience import Patience

_PIECE = 2**20  # bytes
_IN_ONE_REQUEST = 2**20  # bytes up to which a package is sent without asking first
_PAGE = 1000  # messages
_PACKAGE, _PARTIAL = "application/octet-stream", "application/partial-upload"


class ApiTransport:
    """A wire over HTTPS. Make it with :func:`connect`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def names(self, folder: str) -> list[str]:
        """The complete files in ``folder``."""
        return list(self.marks(folder))

    def marks(self, folder: str) -> dict[str, str]:
        """See :class:`.Transport`. Only the partner's folders can be listed: the service shows what is for us."""
        _, sender, stream = folder.strip("/").split("/")
        doing, found, after = f"list {folder}", dict[str, str](), ""
        while True:
            page = self._page(doing, stream, after)
            known = [(canonical(each.id), each.sha256) for each in page.messages]
            found |= {
                each.file_name: f"https {sha256}"
                for each, sha256 in known
                if each and (each.sender, each.stream) == (sender, stream)
            }
            if not page.more:
                return dict(sorted(found.items()))
            if page.next == after:
                raise TransportError(f"{doing}: {self._session.host} gives the same page again")
            after = page.next

    def put(self, source: Path, folder: str) -> None:
        """See :class:`.Transport`. Raises ``OtherContent`` when the message id is stored with other content."""
        doing = f"store {folder}/{source.name}"
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        message, size = f"/v1/messages/{_message_id(source.name)}", source.stat().st_size
        if size <= _IN_ONE_REQUEST:
            stored = self._session.patiently(lambda: self._put_whole(doing, message, source, sha256))
        else:
            stored = _Upload(self._session, doing, message, source, size, sha256).run()
        if stored.headers.get("ETag") != f'"{sha256}"':
            raise TransportError(f"{doing}: {self._session.host} does not say that it holds what was sent")

    def get(self, folder: str, name: str, target: Path) -> None:
        """See :class:`.Transport`. What an earlier call left in ``<target>.part`` is gone on with."""
        _Download(self._session, f"fetch {folder}/{name}", f"/v1/messages/{_message_id(name)}", target).run()

    def _page(self, doing: str, stream: str, after: str) -> Listing:
        params = {"stream": stream, "limit": str(_PAGE)} | ({"after": after} if after else {})
        answer = self._session.patiently(lambda: self._session.ask(doing, "GET", "/v1/messages", params=params))
        if answer.status_code != httpx.codes.OK:
            raise TransportError(refusal(doing, self._session.host, answer))
        try:
            return Listing.model_validate_json(answer.content)
        except ValidationError:
            raise TransportError(f"{doing}: {self._session.host} answers with something that is no listing") from None

    def _put_whole(self, doing: str, message: str, source: Path, sha256: str) -> httpx.Response:
        content = source.read_bytes()
        headers = {
            "Content-Type": _PACKAGE,
            "Content-Length": str(len(content)),
            "Repr-Digest": digest.to_header(sha256),
        }
        answer = self._session.ask(doing, "PUT", message, headers=headers, body=lambda: iter([content]))
        return _taken(answer, doing, self._session.host)


class _Upload:
    """A large package in as many requests as the link needs."""

    def __init__(self, session: Session, doing: str, message: str, source: Path, size: int, sha256: str) -> None:
        self._session, self._doing, self._message = session, doing, message
        self._source, self._size, self._sha256 = source, size, sha256
        self._unfinished = f"{message}/uploads/{sha256}"
        self._spoilt = False  # what an earlier call had left there was not ours

    def run(self) -> httpx.Response:
        """Send it until it is stored; patience begins anew with every byte that has come further."""
        attempt, furthest = 0, 0
        answer = self._session.patiently(self._begin)
        while not _is_complete(answer):
            offset = self._offset(answer)
            if offset > furthest:
                attempt, furthest = 0, offset
            try:
                answer = self._go_on(offset)
            except Interrupted as interrupted:
                attempt += 1
                self._session.wait(attempt, interrupted)
                answer = self._session.patiently(self._begin)
        return answer

    def _begin(self) -> httpx.Response:
        """Begin the upload, or hear how far it has come."""
        headers = {
            "Content-Type": _PACKAGE,
            "Content-Length": "0",
            "Repr-Digest": digest.to_header(self._sha256),
            "Upload-Complete": "?0",
            "Upload-Length": str(self._size),
        }
        return self._taken(self._session.ask(self._doing, "PUT", self._message, headers=headers, body=lambda: iter(())))

    def _go_on(self, offset: int) -> httpx.Response:
        headers = {
            "Content-Type": _PARTIAL,
            "Content-Length": str(self._size - offset),
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
        }
        answer = self._session.ask(
            self._doing, "PATCH", self._unfinished, headers=headers, body=lambda: _read(self._source, offset)
        )
        code = code_of(answer)
        if code in {Code.OFFSET_DIFFERS, Code.NOT_THERE} or (code is Code.DIGEST_DIFFERS and not self._spoilt):
            self._spoilt |= code is Code.DIGEST_DIFFERS
            raise Interrupted(refusal(self._doing, self._session.host, answer))
        return self._taken(answer)

    def _offset(self, answer: httpx.Response) -> int:
        told = answer.headers.get("Upload-Offset", "")
        if not told.isdecimal() or int(told) > self._size:
            raise TransportError(f"{self._doing}: {self._session.host} says no offset that can be")
        return int(told)

    def _taken(self, answer: httpx.Response) -> httpx.Response:
        return _taken(answer, self._doing, self._session.host)


class _Download:
    """A package in as many requests as the link needs, into ``<target>.part`` and, when it is right, ``target``."""

    def __init__(self, session: Session, doing: str, message: str, target: Path) -> None:
        self._session, self._doing, self._message, self._target = session, doing, message, target
        self._part = target.with_name(f"{target.name}.part")
        self._tag = ""

    def run(self) -> None:
        """Fetch it until it is here and is what its SHA-256 says."""
        with _our_disk_is_named(self._doing):
            for last in (False, True):
                self._fetch()
                if self._is_right():
                    self._part.replace(self._target)
                    return
                self._part.unlink()
                if last:
                    raise TransportError(f"{self._doing}: what arrived is not what {self._session.host} says it is")

    def _fetch(self) -> None:
        attempt, furthest = 0, -1
        while True:
            here = self._part.stat().st_size if self._part.exists() else 0
            if here > furthest:
                attempt, furthest = 0, here
            try:
                if here and not self._tag:
                    self._tag = self._session.ask(self._doing, "HEAD", self._message).headers.get("ETag", "")
                self._read(here)
            except Interrupted as interrupted:
                attempt += 1
                self._session.wait(attempt, interrupted)
            else:
                return

    def _read(self, here: int) -> None:
        headers = {"Range": f"bytes={here}-", "If-Range": self._tag} if here and self._tag else {}
        with self._session.stream(self._doing, "GET", self._message, headers=headers) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is here, or more: its digest tells
            if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                answer.read()
                raise TransportError(refusal(self._doing, self._session.host, answer))
            self._tag = answer.headers.get("ETag", "")
            going_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if going_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
                raise TransportError(f"{self._doing}: {self._session.host} sends other bytes than those asked for")
            self._write(answer, append=going_on)

    def _write(self, answer: httpx.Response, *, append: bool) -> None:
        with self._part.open("ab" if append else "wb") as file:
            with lost_link_is_said(f"{self._doing}: {self._session.host}"):
                for block in answer.iter_raw(_PIECE):
                    file.write(block)
            file.flush()
            os.fsync(file.fileno())

    def _is_right(self) -> bool:
        with self._part.open("rb") as file:
            return self._tag == f'"{hashlib.file_digest(file, "sha256").hexdigest()}"'


@contextmanager
def connect(settings: ApiSettings, patience: Patience | None = None) -> Iterator[ApiTransport]:
    """Open the wire and sign in. Raises ``TransportError`` when the exchange point does not answer or refuses us."""
    with Session(settings, patience or Patience()) as session:
        session.sign_in()
        yield ApiTransport(session)


def _taken(answer: httpx.Response, doing: str, host: str) -> httpx.Response:
    """The answer, if it says that what was sent is taken; raises what it says otherwise."""
    if answer.status_code in (httpx.codes.OK, httpx.codes.CREATED):
        return answer
    code = code_of(answer)
    if code is Code.OTHER_CONTENT:
        raise OtherContent(refusal(doing, host, answer) + "; a person has to find out which of the two is right")
    if code is Code.UPLOAD_BUSY:
        raise Interrupted(refusal(doing, host, answer), answer.headers)
    raise TransportError(refusal(doing, host, answer))


def _is_complete(answer: httpx.Response) -> bool:
    return str(answer.headers.get("Upload-Complete")) == "?1"


def _message_id(file_name: str) -> str:
    return file_name.removesuffix(".tar.pgp")


def _read(source: Path, offset: int) -> Iterator[bytes]:
    with source.open("rb") as file:
        file.seek(offset)
        while piece := file.read(_PIECE):
            yield piece


@contextmanager
def _our_disk_is_named(doing: str) -> Iterator[None]:
    """A full disk of ours passes as well: it is tried again later."""
    try:
        yield
    except TransportError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "no space left on our side" if full else (error.strerror or type(error).__name__)
        raise TransportError(f"{doing}: {reason}") from error
