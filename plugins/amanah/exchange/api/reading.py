"""``/v1``: what waits for the caller, and getting it."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from amanah.exchange.api import digest
from amanah.exchange.api.arrivals import UnknownMark
from amanah.exchange.api.asking import EVERY, PACKAGE_TYPE, Named, Signed, problems, service_of
from amanah.exchange.api.callers import Caller
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.settings import MiB
from amanah.exchange.api.shapes import Health, Listing, Message
from amanah.exchange.codes import Code
from schemas.envelope import MessageId

router = APIRouter(prefix="/v1")

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_CONTENT = {PACKAGE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "the sealed package"},
    206: {"description": "the part of it that Range asked for"},
    304: {"description": "the caller has it already (If-None-Match)"},
}


class _Package(FileResponse):
    chunk_size = MiB


@router.get("/health", responses=problems(503, 507), tags=["service"])
async def health(request: Request) -> Health:
    """Whether the service can do its work; needs no token."""
    await run_in_threadpool(service_of(request).check)
    return Health()


@router.get("/messages", responses=problems(400, 403, 410, *EVERY), tags=["messages"])
async def list_messages(
    request: Request,
    caller: Signed,
    after: Annotated[str | None, Query(max_length=100, description="`next` of an earlier listing")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    stream: Annotated[str | None, Query(max_length=40, description="only this stream; all if not given")] = None,
) -> Listing:
    """Packages addressed to the caller, in the order of their arrival. Going on after `next` skips nothing, ever."""
    if stream is not None and stream not in caller.streams:
        raise Problem(403, Code.NOT_YOURS, f"the corridor's streams are {', '.join(caller.streams)}")
    try:
        page = await run_in_threadpool(
            service_of(request).arrivals.page,
            caller.corridor,
            sender=caller.partner,
            receiver=caller.party,
            streams=caller.streams,
            stream=stream,
            after=after,
            limit=limit,
        )
    except UnknownMark:
        raise Problem(410, Code.CURSOR_UNKNOWN) from None
    messages = tuple(
        Message(
            id=each.message_id,
            sha256=each.sha256,
            size=each.size,
            stored_at=datetime.fromtimestamp(each.mtime_ns // 1_000_000_000, UTC),
        )
        for each in page.arrivals
    )
    return Listing(messages=messages, next=page.mark, more=page.more)


@router.get(
    "/messages/{message_id}",
    responses={
        200: {**_ANSWERS[200], "content": _CONTENT},
        206: {**_ANSWERS[206], "content": _CONTENT},
        304: _ANSWERS[304],
        **problems(400, 403, 404, 416, *EVERY),
    },
    response_class=FileResponse,
    tags=["messages"],
)
async def get_message(request: Request, caller: Signed, message_id: Named) -> Response:
    """The package. Its ETag is its SHA-256; `Range` with `If-Range` goes on where a download was cut."""
    return await _download(request, caller, message_id)


@router.head(
    "/messages/{message_id}",
    responses={**_ANSWERS, **{status: {"description": "refused"} for status in (400, 403, 404, 416, *EVERY)}},
    response_class=Response,
    tags=["messages"],
)
async def head_message(request: Request, caller: Signed, message_id: Named) -> Response:
    """Size and SHA-256 of the package, without it."""
    return await _download(request, caller, message_id)


async def _download(request: Request, caller: Caller, message_id: MessageId) -> Response:
    caller.check_reads(message_id)
    service = service_of(request)
    stored = await run_in_threadpool(service.tree.find, caller.corridor, message_id)
    if stored is None:
        raise Problem(404, Code.NOT_THERE)
    sha256 = await run_in_threadpool(service.arrivals.sha256, caller.corridor, stored)
    tag = f'"{sha256}"'
    headers = {"ETag": tag, "Repr-Digest": digest.to_header(sha256)}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range")
    if wanted is not None and not _one_range(wanted, stored.size, if_range=request.headers.get("if-range"), tag=tag):
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    found = await run_in_threadpool(stored.path.stat)
    return _Package(stored.path, headers=headers, media_type=PACKAGE_TYPE, stat_result=found)


def _one_range(wanted: str, size: int, *, if_range: str | None, tag: str) -> bool:
    """Whether ``Range`` is taken: one range of bytes, of this very file. Raises ``Problem`` 416 when it is not in it.

    What is not taken is passed over, and the whole is sent (RFC 9110, section 14.2).
    """
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or found[0] == "bytes=-" or (if_range is not None and if_range != tag):
        return False
    first, last = found[1], found[2]
    if first and last and int(last) < int(first):
        return False
    if (int(first) >= size) if first else (int(last) == 0 or size == 0):
        raise Problem(416, Code.REQUEST_MALFORMED, "no such bytes", headers={"Content-Range": f"bytes */{size}"})
    return True
