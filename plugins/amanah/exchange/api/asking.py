"""What every request is asked first: who calls, which message, whether its headers are as the API describes them."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2

from amanah.exchange.api.callers import Caller
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.service import Service
from amanah.exchange.api.shapes import ProblemShape
from amanah.exchange.api.tree import canonical
from amanah.exchange.codes import Code
from schemas.envelope import SHA256, MessageId

PACKAGE_TYPE = "application/octet-stream"
_ID = r"^[A-Z]{3}-[A-Z]{3}-[a-z][a-z_]{1,30}-[0-9]{6,12}$"

EVERY = (401, 429, 500, 503, 507)  # refusals that every signed request may meet


def service_of(request: Request) -> Service:
    """The service that answers ``request``."""
    service: Service = request.app.state.service
    return service


_SCHEME = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/oauth2/token")),
    scheme_name="client credentials",
    auto_error=False,
)


async def _caller(request: Request, _: Annotated[str | None, Security(_SCHEME)]) -> Caller:
    return await service_of(request).gate.caller(request)


def _message_id(
    text: Annotated[str, Path(alias="message_id", pattern=_ID, description="such as IDN-SAU-placement-000123")],
) -> MessageId:
    found = canonical(text)
    if found is None:
        raise Problem(400, Code.REQUEST_MALFORMED, "the sequence has six digits, and more only where it needs them")
    return found


Signed = Annotated[Caller, Depends(_caller)]
Named = Annotated[MessageId, Depends(_message_id)]
Sha256 = Annotated[str, Path(pattern=SHA256, description="of the whole package, in hexadecimal")]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation, for its OpenAPI description."""
    return {status: {"model": ProblemShape, "description": "refused"} for status in statuses}


def body_of(media_type: str) -> dict[str, Any]:
    """A body of bytes, for an operation's OpenAPI description."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}


def check_type(request: Request, media_type: str) -> None:
    """Raise ``Problem`` 415 unless the body is ``media_type``."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise Problem(415, Code.WRONG_TYPE, f"send Content-Type: {media_type}", headers={"Accept-Patch": media_type})


def content_length(request: Request) -> int | None:
    """Bytes of the body, where the request says so; the web server has seen that it is a number."""
    found = request.headers.get("content-length")
    return int(found) if found is not None else None
