"""REST sources: pages of JSON records behind a bearer token.

``GET <base url><endpoint>?since=&until=&limit=&after=`` answers ``{"records": [{column: value}], "next": mark}``;
``next`` is null on the last page and otherwise goes into ``after``. Times are ISO 8601 in UTC. A server that asks
for patience (429 or 503) gets it, within limits.
"""

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow, as_text, audit, instant
from amanah.sources.patience import ATTEMPTS, seconds_to_wait

# httpx logs every URL, and a page mark in it may be built from a record's number.
logging.getLogger("httpx").setLevel(logging.WARNING)

_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


def rows(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[NativeRow]:
    """Yield the rows of the window, in order. See ``Source.read`` for what is raised."""
    last = since
    for number, records in enumerate(_pages(mapping, connection, since, until), start=1):
        for place, record in enumerate(records, start=1):
            row = _native(record, mapping, f"{mapping.name} page {number} record {place}")
            if row.updated_at >= until or (last is not None and row.updated_at < last):
                raise SourceError(f"{row.position}: outside the window asked for, or not ordered by time")
            last = row.updated_at
            yield row


def _pages(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[list[dict[str, object]]]:
    url = connection.url.rstrip("/") + (mapping.endpoint or "")
    query = {"until": _stamp(until), "limit": str(mapping.page_size)}
    if since is not None:
        query["since"] = _stamp(since)
    headers = {"Accept": "application/json"}
    if connection.token is not None:
        headers["Authorization"] = f"Bearer {connection.token.get_secret_value()}"
    marks = set()
    where = f"{mapping.name}: {httpx.URL(url).host}{mapping.endpoint}"  # without what the url may hold of a password
    with httpx.Client(headers=headers, timeout=connection.timeout_seconds) as client:
        while True:
            records, mark = _page(_answer(client, url, query, where), where)
            yield records
            if mark is None:
                return
            if mark in marks:
                raise SourceError(f"{where} gives the same page again and again")
            marks.add(mark)
            query["after"] = mark


def _answer(client: httpx.Client, url: str, query: dict[str, str], where: str) -> httpx.Response:
    response = _patient(client, url, query, where)
    if response.status_code in _REFUSED:
        raise SourceError(f"{where} refuses the token ({response.status_code}); ask for a new one")
    if response.status_code in _BUSY or response.is_server_error:
        raise SourceUnavailable(f"{where} answers {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise SourceError(f"{where} answers {response.status_code}; check base url and endpoint")
    return response


def _patient(client: httpx.Client, url: str, query: dict[str, str], where: str) -> httpx.Response:
    """Ask, and ask again for as long as the server is busy and the patience lasts."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response = client.get(url, params=query)
        except httpx.RequestError as error:
            raise SourceUnavailable(f"{where} does not answer ({type(error).__name__})") from error
        if response.status_code not in _BUSY or attempt == ATTEMPTS:
            break
        seconds = seconds_to_wait(response.headers.get("Retry-After"), attempt=attempt, now=datetime.now(UTC))
        if seconds is None:
            raise SourceUnavailable(f"{where} is busy ({response.status_code}) for longer than we wait")
        time.sleep(seconds)
    return response


def _page(response: httpx.Response, where: str) -> tuple[list[dict[str, object]], str | None]:
    try:
        body: Any = json.loads(response.content, parse_float=str, parse_int=str)  # the digits as the system wrote them
    except ValueError:
        raise SourceError(f"{where}: the answer is not JSON") from None
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise SourceError(f'{where}: expected {{"records": [...], "next": ...}}')
    records, mark = body["records"], body.get("next")
    if not all(isinstance(record, dict) for record in records):
        raise SourceError(f"{where}: expected each record to be a JSON object")
    if mark is not None and not isinstance(mark, str):
        raise SourceError(f"{where}: expected 'next' to be text or null")
    return records, mark


def _native(record: dict[str, object], mapping: Mapping, position: str) -> NativeRow:
    audit(mapping, record, position)
    columns = {name: as_text(record[name], name, position) for name in mapping.columns}
    return NativeRow(position, instant(columns[mapping.updated_at], mapping, position), columns)


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
