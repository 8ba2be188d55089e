"""Asking a REST system: with patience, with a token, within limits, and not for what has not changed."""

import logging
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Self

import httpx

from amanah.patience import Patience
from amanah.sources.answers import Answer, KeptAnswers
from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.tokens import Tokens

# httpx logs every URL, and a page mark in it may be built from a record's number.
logging.getLogger("httpx").setLevel(logging.WARNING)

LARGEST_ANSWER = 64 * 2**20  # bytes, unpacked
LONGEST_ANSWER = 20  # times the longest silence: a server that drips must not hold a run for days
PATIENCE = Patience(attempts=5, first=1.0, longest=120.0)  # who needs longer is asked again by the next run

_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
_TRANSIENT = (*_BUSY, httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY)
_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


@dataclass(frozen=True)
class _Received:
    status: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)
    next_url: str | None = field(repr=False)


class RestClient:
    """One read's talk with one system; use it in a ``with``."""

    def __init__(self, name: str, connection: SourceConnection) -> None:
        self._name = name
        self._seconds = connection.timeout_seconds
        # follows no redirect, which might lead elsewhere; packed once at most, so that it can be unpacked bit by bit
        self._http = httpx.Client(timeout=self._seconds, headers={"Accept-Encoding": "gzip"})
        self._tokens = Tokens(name, connection, self._post)
        self._kept = KeptAnswers(connection.kept_answers / name if connection.kept_answers else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: httpx.URL) -> Answer:
        """What ``url`` answers, from what is kept if the system says that nothing has changed.

        Raises ``SourceUnavailable`` and ``SourceError`` as ``Source.read`` does.
        """
        kept = self._kept.find(url)
        headers = {"Accept": "application/json"} | ({"If-None-Match": kept.etag} if kept and kept.etag else {})
        received = self._authorised(url, headers)
        if received.status == httpx.codes.NOT_MODIFIED and kept is not None:
            if received.headers.get("ETag") in (None, kept.etag):
                return kept
            received = self._authorised(url, {"Accept": headers["Accept"]})  # unchanged, but not what is kept
        _accept(received.status, self._where(url))
        answer = Answer(received.content, received.next_url, received.headers.get("ETag"))
        self._kept.keep(url, answer)
        return answer

    def _authorised(self, url: httpx.URL, headers: dict[str, str]) -> _Received:
        """Ask with a token, and once more with a new one if it was refused."""
        received = self._patient("GET", url, headers | self._tokens.header())
        if received.status == httpx.codes.UNAUTHORIZED and self._tokens.forget():
            received = self._patient("GET", url, headers | self._tokens.header())
        return received

    def _post(self, url: httpx.URL, headers: dict[str, str], form: dict[str, str]) -> tuple[int, bytes]:
        received = self._patient("POST", url, {"Accept": "application/json"} | headers, form)
        return received.status, received.content

    def _patient(
        self, method: str, url: httpx.URL, headers: dict[str, str], form: dict[str, str] | None = None
    ) -> _Received:
        """Ask, and ask again for as long as the server is busy and the patience lasts."""
        where = self._where(url)
        if url.scheme != "https" and not _on_this_machine(url.host):
            raise SourceError(f"{where}: records and tokens do not travel in the clear; use https")
        for attempt in range(1, PATIENCE.attempts + 1):
            received = self._once(method, url, headers, form)
            if received.status not in _BUSY or attempt == PATIENCE.attempts:
                break
            seconds = PATIENCE.seconds(attempt, received.headers, now=datetime.now(UTC))
            if seconds is None:
                raise SourceUnavailable(f"{where} is busy ({received.status}) for longer than we wait")
            time.sleep(seconds)
        return received

    def _once(self, method: str, url: httpx.URL, headers: dict[str, str], form: dict[str, str] | None) -> _Received:
        try:
            with self._http.stream(method, url, headers=headers, data=form) as response:
                content = self._content(response, self._where(url))
                next_url = response.links.get("next", {}).get("url")
                return _Received(response.status_code, response.headers, content, next_url)
        except (httpx.RequestError, zlib.error) as error:  # some quote what came
            raise SourceUnavailable(f"{self._where(url)} does not answer ({type(error).__name__})") from None

    def _content(self, response: httpx.Response, where: str) -> bytes:
        """The body unpacked, never more of it in memory than is read of any answer."""
        packing = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "", "gzip", "x-gzip"):
            raise SourceError(f"{where} answers packed in a way that was not asked for; expected gzip or nothing")
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in packing else None
        content, ends = bytearray(), time.monotonic() + self._seconds * LONGEST_ANSWER
        for block in response.iter_raw():
            room = LARGEST_ANSWER + 1 - len(content)
            content += block if unpacker is None else unpacker.decompress(block, room)
            if len(content) > LARGEST_ANSWER:
                raise SourceError(f"{where} answers with more than {LARGEST_ANSWER:,} bytes; lower page_size")
            if time.monotonic() > ends:
                raise SourceUnavailable(
                    f"{where} takes longer than {self._seconds * LONGEST_ANSWER:g} s for one answer"
                )
        if unpacker is not None and content and not unpacker.eof:
            raise SourceUnavailable(f"{where} does not answer (cut off)")
        return bytes(content)

    def _where(self, url: httpx.URL) -> str:
        """Host and path, without what the URL may hold of a password or a record's number."""
        return f"{self._name}: {url.host}{url.path}"


def _accept(status: int, where: str) -> None:
    if status in _REFUSED:
        raise SourceError(f"{where} refuses the token ({status}); ask for a new one")
    if status in _TRANSIENT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise SourceUnavailable(f"{where} answers {status}")
    if status != httpx.codes.OK:
        raise SourceError(f"{where} answers {status}; check base url and endpoint")


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
