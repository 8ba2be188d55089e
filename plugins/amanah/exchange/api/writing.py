"""``/v1``: sending a package, in one request or in several.

Several follow the IETF's "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload-09). The address of an
unfinished upload follows from message id and digest, so that a cut before the first answer can be mended as well;
interim answers (104) are therefore not needed, and not sent.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from amanah.exchange.api import digest
from amanah.exchange.api.asking import (
    EVERY,
    PACKAGE_TYPE,
    Named,
    Sha256,
    Signed,
    body_of,
    check_type,
    content_length,
    problems,
    service_of,
)
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.receiving import Target, receive, stored_already, upload_headers
from amanah.exchange.api.shapes import Receipt
from amanah.exchange.codes import Code

router = APIRouter(prefix="/v1")
PARTIAL_TYPE = "application/partial-upload"

ReprDigest = Annotated[
    str,
    Header(
        pattern=r"^[ -~]*sha-256=:[A-Za-z0-9+/]{43}=:[ -~]*$",
        description="SHA-256 of the whole package (RFC 9530), `sha-256=:<base64>:`",
    ),
]
Flag = Header(pattern=r"^\?[01]$", description="`?1`: the package ends with this request; `?0`: more will come")
Number = r"^[0-9]{1,15}$"
UploadLength = Annotated[str | None, Header(pattern=Number, description="bytes of the whole package")]
UploadOffset = Annotated[str, Header(pattern=Number, description="bytes that are there already")]


@router.put(
    "/messages/{message_id}",
    responses={
        200: {"model": Receipt, "description": "it was stored before, with the same content"},
        201: {"model": Receipt, "description": "stored; with `Upload-Complete: ?0` begun"},
        **problems(400, 403, 408, 409, 413, 415, *EVERY),
    },
    openapi_extra=body_of(PACKAGE_TYPE),
    tags=["messages"],
)
async def put_message(
    request: Request,
    caller: Signed,
    message_id: Named,
    repr_digest: ReprDigest,
    upload_complete: Annotated[str, Flag] = "?1",
    upload_length: UploadLength = None,
) -> Response:
    """Store a package; doing it again changes nothing. With `Upload-Complete: ?0` and no body, begin an upload."""
    caller.check_sends(message_id)
    check_type(request, PACKAGE_TYPE)
    sha256 = digest.from_header(repr_digest)
    if sha256 is None:
        raise Problem(400, Code.DIGEST_NEEDED)
    complete = upload_complete == "?1"
    target = Target(service_of(request), caller.corridor, message_id, sha256)
    length = content_length(request)
    target.check_size(max(length or 0, int(upload_length or 0)))
    stored = await run_in_threadpool(stored_already, target)
    if stored is not None:
        return stored
    only_begin = not complete and length == 0
    return await receive(request, target, offset=None if only_begin else 0, complete=complete, begin=True)


@router.head(
    "/messages/{message_id}/uploads/{sha256}",
    status_code=204,
    responses={
        204: {"description": "`Upload-Offset` says how many bytes are there, `Upload-Complete` whether it is stored"},
        **{status: {"description": "refused"} for status in (400, 403, 404, 409, *EVERY)},
    },
    response_class=Response,
    tags=["uploads"],
)
async def head_upload(request: Request, caller: Signed, message_id: Named, sha256: Sha256) -> Response:
    """How far an upload has come."""
    caller.check_sends(message_id)
    target = Target(service_of(request), caller.corridor, message_id, sha256)
    stored = await run_in_threadpool(stored_already, target)
    if stored is not None:
        kept = {name: stored.headers[name] for name in ("ETag", "Upload-Offset", "Upload-Complete")}
        return Response(status_code=204, headers=kept)
    offset = await run_in_threadpool(target.service.uploads.offset, caller.corridor, message_id, sha256)
    if offset is None:
        raise Problem(404, Code.NOT_THERE, "no such upload; begin it with PUT")
    return Response(status_code=204, headers=upload_headers(target, offset, complete=False))


@router.patch(
    "/messages/{message_id}/uploads/{sha256}",
    responses={
        200: {"model": Receipt, "description": "appended; or it was stored before, with the same content"},
        201: {"model": Receipt, "description": "complete, and stored"},
        **problems(400, 403, 404, 408, 409, 413, 415, *EVERY),
    },
    openapi_extra=body_of(PARTIAL_TYPE),
    tags=["uploads"],
)
async def patch_upload(
    request: Request,
    caller: Signed,
    message_id: Named,
    sha256: Sha256,
    upload_offset: UploadOffset,
    upload_complete: Annotated[str, Flag],
) -> Response:
    """Go on with an upload at the byte where it stands."""
    caller.check_sends(message_id)
    check_type(request, PARTIAL_TYPE)
    offset, complete = int(upload_offset), upload_complete == "?1"
    target = Target(service_of(request), caller.corridor, message_id, sha256)
    target.check_size(offset + (content_length(request) or 0))
    stored = await run_in_threadpool(stored_already, target)
    if stored is not None:
        return stored
    return await receive(request, target, offset=offset, complete=complete, begin=False)


@router.delete(
    "/messages/{message_id}/uploads/{sha256}",
    status_code=204,
    responses={204: {"description": "removed"}, **problems(400, 403, 404, 409, *EVERY)},
    response_class=Response,
    tags=["uploads"],
)
async def delete_upload(request: Request, caller: Signed, message_id: Named, sha256: Sha256) -> Response:
    """Give up an unfinished upload. What is stored is never deleted here."""
    caller.check_sends(message_id)
    uploads = service_of(request).uploads
    if not await run_in_threadpool(uploads.remove, caller.corridor, message_id, sha256):
        raise Problem(404, Code.NOT_THERE, "no such upload")
    return Response(status_code=204)
