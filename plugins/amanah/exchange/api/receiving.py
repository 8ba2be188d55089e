"""From a request's body to a stored package: what the handlers of :mod:`.writing` share."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi.concurrency import contextmanager_in_threadpool
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from amanah.exchange.api import digest
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.service import Service
from amanah.exchange.api.settings import Limits, MiB
from amanah.exchange.api.shapes import Receipt
from amanah.exchange.api.uploads import Upload
from amanah.exchange.codes import Code
from schemas.envelope import MessageId

_PIECE = MiB  # bytes written at a time


@dataclass(frozen=True)
class Target:
    """Where a package is to go, and what it will be."""

    service: Service
    corridor: str
    message_id: MessageId
    sha256: str

    def check_size(self, size: int) -> None:
        """Raise ``Problem`` 413 when ``size`` bytes are more than is taken."""
        largest = self.service.settings.limits.package_bytes
        if size > largest:
            raise Problem(413, Code.TOO_LARGE, f"at most {largest} bytes")


def upload_headers(target: Target, offset: int, *, complete: bool) -> dict[str, str]:
    """What the draft has an answer say of an upload."""
    limits = target.service.settings.limits
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Complete": "?1" if complete else "?0",
        "Upload-Limit": f"max-size={limits.package_bytes}, max-age={limits.keep_unfinished_hours * 3600}",
    }
    if not complete:
        return headers | {"Location": f"/v1/messages/{target.message_id}/uploads/{target.sha256}"}
    return headers | {"ETag": f'"{target.sha256}"', "Repr-Digest": digest.to_header(target.sha256)}


def stored_already(target: Target) -> Response | None:
    """The answer where the package is stored already, else None. Raises ``Problem`` 409 for other content."""
    stored = target.service.tree.find(target.corridor, target.message_id)
    if stored is None:
        return None
    if target.service.arrivals.sha256(target.corridor, stored) != target.sha256:
        raise Problem(
            409,
            Code.OTHER_CONTENT,
            f"{target.message_id} is stored with other content, which stays; a message id is used once. Look into it "
            "before sending anything more",
        )
    return _receipt(target, stored.size, complete=True, status=200)


async def receive(request: Request, target: Target, *, offset: int | None, complete: bool, begin: bool) -> Response:
    """Append the body at ``offset`` (None: nothing is to be appended), and store the package if that completes it.

    ``begin`` makes the upload if it is not there; one that begins at 0 forgets what was there before.
    """
    uploads = target.service.uploads
    held = uploads.open(target.corridor, target.message_id, target.sha256, create=begin)
    async with contextmanager_in_threadpool(held) as upload:
        if upload is None:
            raise Problem(404, Code.NOT_THERE, "no such upload; begin it with PUT")
        if begin and offset == 0:
            await run_in_threadpool(upload.start_over)
        if offset is not None:
            _check_offset(upload, offset)
            async for piece in _pieces(request, target.service.settings.limits):
                await run_in_threadpool(upload.append, piece)
        if not complete:
            return _receipt(target, upload.size, complete=False, status=201 if begin else 200)
        await run_in_threadpool(upload.finish)
        first = await run_in_threadpool(uploads.admit, upload, target.corridor, target.message_id)
        size = upload.size
    if first:
        return _receipt(target, size, complete=True, status=201)
    answer = await run_in_threadpool(stored_already, target)
    if answer is None:
        raise Problem(503, Code.OUT_OF_ORDER, "the package was taken away as it was stored; send it again")
    return answer


def _receipt(target: Target, size: int, *, complete: bool, status: int) -> Response:
    content = Receipt(id=str(target.message_id), sha256=target.sha256, size=size, complete=complete)
    return JSONResponse(content.model_dump(), status, upload_headers(target, size, complete=complete))


def _check_offset(upload: Upload, offset: int) -> None:
    if offset != upload.size:
        more = {"expected-offset": upload.size, "provided-offset": offset}
        raise Problem(409, Code.OFFSET_DIFFERS, headers={"Upload-Offset": str(upload.size)}, more=more)


async def _pieces(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """The body in pieces worth a write. Raises ``Problem`` 408 when it does not come in time."""
    clock = asyncio.get_running_loop().time
    ends, piece = clock() + limits.request_seconds, bytearray()
    blocks = request.stream()
    while True:
        try:
            block = await asyncio.wait_for(anext(blocks), min(limits.idle_seconds, ends - clock()))
        except StopAsyncIteration:
            break
        except (TimeoutError, ClientDisconnect) as error:
            if piece:  # what came is kept: the client goes on after it
                yield bytes(piece)
            if isinstance(error, ClientDisconnect):
                raise
            raise Problem(408, Code.TOO_SLOW, headers={"Connection": "close"}) from None
        piece += block
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
