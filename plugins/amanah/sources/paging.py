"""From one page of a REST source to the next, in the style that the mapping names."""

import hashlib

import httpx

from amanah.sources.answers import Answer
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.json_records import Page
from amanah.sources.native import NativeRow
from amanah.sources.rest_rules import Paging

MOST_PAGES = 100_000
MOST_IDLE = 100  # pages one after the other


class Pages:
    """Where the reading stands: ``url`` of the page to ask for, None after the last; ``number`` of it, from 1."""

    def __init__(self, paging: Paging, first: httpx.URL, where: str) -> None:
        self._paging, self._first, self._where = paging, first, where
        self._read = 0
        self._last: tuple[object, object] | None = None
        self._seen: set[str] = set()
        self._before = ""
        self._overlaps = False
        self._idle = 0
        self._tied: tuple[object, set[object]] = (None, set())
        self.number = 1
        self.url: httpx.URL | None = self._numbered(paging.first) if paging.style == "page" else first

    def turn(self, found: list[NativeRow], page: Page, answer: Answer, key: str) -> list[NativeRow]:
        """Take in the page just read and find the next; return the rows of ``found`` that are new.

        Raises ``SourceError`` for pages without end and for a next page elsewhere, ``SourceUnavailable`` when the rows
        have moved between two pages.
        """
        self._refuse_repetition(answer, page)
        new = self._without_overlap(found, key) if self._overlaps else found
        self._refuse_no_end(new, key)
        self._read += len(new)
        if new:
            self._last = (new[-1].columns[key], new[-1].updated_at)
        self.url = self._next(page, answer, bool(new))
        self.number += 1
        return new

    def _next(self, page: Page, answer: Answer, more: bool) -> httpx.URL | None:  # noqa: FBT001 - whether rows came
        match self._paging.style:
            case "cursor":
                return self._marked(page.at(self._paging.next))
            case "link":
                return None if answer.next_url is None else self._linked(answer.next_url)
            case "offset":
                return self._offset(more)
            case "page":
                return self._numbered(self._paging.first + self.number) if more else None
            case "single":
                return None

    def _marked(self, mark: object) -> httpx.URL | None:
        if mark is None or mark == "":
            return None
        if not isinstance(mark, str):
            raise SourceError(f"{self._where}: expected '{self._paging.next}' to be text or null")
        return self._first.copy_set_param(self._paging.sends, mark)

    def _linked(self, given: str) -> httpx.URL:
        try:
            url = (self.url or self._first).join(given)
        except httpx.InvalidURL:
            raise SourceError(f"{self._where}: the link to the next page is not a URL") from None
        if (url.scheme, url.host, url.port) != (self._first.scheme, self._first.host, self._first.port):
            raise SourceError(f"{self._where}: the link to the next page leads to another host, which gets no token")
        return url

    def _offset(self, more: bool) -> httpx.URL | None:  # noqa: FBT001 - whether rows came
        """Ask for the last row once more: if it has moved, others have been passed over. At the end ask beyond it."""
        at_the_end = self._overlaps and not more
        self._overlaps = more
        if more:
            return self._numbered(self._read - 1)
        return self._numbered(self._read) if at_the_end else None

    def _numbered(self, number: int) -> httpx.URL:
        return self._first.copy_set_param(self._paging.sends, str(number))

    def _without_overlap(self, found: list[NativeRow], key: str) -> list[NativeRow]:
        if not found or (found[0].columns[key], found[0].updated_at) != self._last:
            raise SourceUnavailable(f"{self._where}: rows moved from page to page while they were read; read again")
        return found[1:]

    def _refuse_no_end(self, new: list[NativeRow], key: str) -> None:
        """Marks may be new for ever. Pages that bring nothing new, and pages as such, have a limit."""
        moment, keys = self._tied
        fresh = False
        for row in new:
            if row.updated_at != moment:
                moment, keys = row.updated_at, set()
            fresh = fresh or row.columns[key] not in keys
            keys.add(row.columns[key])
        self._tied = moment, keys
        self._idle = 0 if fresh else self._idle + 1
        if self.number > MOST_PAGES or self._idle > MOST_IDLE:
            raise SourceError(
                f"{self._where} gives pages without end: at most {MOST_PAGES:,} are read, and {MOST_IDLE} in a row "
                "that bring no new row"
            )

    def _refuse_repetition(self, answer: Answer, page: Page) -> None:
        asked, content = str(self.url), hashlib.sha256(answer.content).hexdigest()
        if self._paging.style in ("page", "offset"):
            repeated = bool(page.records) and content == self._before and not self._overlaps
        else:
            repeated = asked in self._seen
        if repeated:
            raise SourceError(f"{self._where} gives the same page again and again")
        self._seen.add(asked)
        self._before = content
