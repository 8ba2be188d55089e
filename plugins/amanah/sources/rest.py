"""REST sources: pages of JSON records.

``GET <base url><endpoint>?since=&until=&limit=`` answers ``{"records": [{column: value}], "next": mark}`` unless the
mapping says otherwise under ``rest``. Times are ISO 8601 in UTC. The records come ordered by the time of their change;
with another order a page could be cut in the wrong place.
"""

from collections.abc import Iterator
from datetime import datetime

import httpx

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError
from amanah.sources.json_records import native, page_of
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow
from amanah.sources.paging import Pages
from amanah.sources.rest_client import RestClient


def rows(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[NativeRow]:
    """Yield the rows of the window, in order. See ``Source.read`` for what is raised."""
    sent, last = mapping.rest.parameters, None
    for row in _all(mapping, connection, _question(mapping, connection, since, until)):
        too_late, too_early = row.updated_at >= until, since is not None and row.updated_at < since
        if (last is not None and row.updated_at < last) or (too_late and sent.until) or (too_early and sent.since):
            raise SourceError(f"{row.position}: outside the window asked for, or not ordered by time")
        last = row.updated_at
        if too_late:  # of a system that cannot be told where to end
            return
        if not too_early:
            yield row


def _all(mapping: Mapping, connection: SourceConnection, first: httpx.URL) -> Iterator[NativeRow]:
    where = f"{mapping.name}: {first.host}{first.path}"
    with RestClient(mapping.name, connection) as client:
        pages = Pages(mapping.rest.paging, first, where)
        while pages.url is not None:
            answer = client.get(pages.url)
            page = page_of(answer.content, mapping, where)
            number = pages.number
            found = [
                native(record, mapping, f"{mapping.name} page {number} record {place}")
                for place, record in enumerate(page.records, start=1)
            ]
            yield from pages.turn(found, page, answer, mapping.key)


def _question(mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime) -> httpx.URL:
    names = mapping.rest.parameters
    asked = {names.since: _stamp(since) if since else None, names.until: _stamp(until)}
    asked |= {names.limit: None if mapping.rest.paging.style == "single" else str(mapping.page_size)}
    query = {name: value for name, value in asked.items() if name and value is not None}
    try:
        url = httpx.URL(connection.url.rstrip("/") + (mapping.endpoint or ""))
    except httpx.InvalidURL:
        raise SourceError(f"{mapping.name}: the connection's url is not a base URL such as https://host/api") from None
    return url.copy_merge_params({**names.always, **query})


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
