"""The application: routes, the token endpoint, and every refusal as problem details."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Match, Route

from amanah.exchange.api import reading, writing
from amanah.exchange.api.asking import check_type, problems, service_of
from amanah.exchange.api.callers import TokenRefused
from amanah.exchange.api.journal import CODE, Journal
from amanah.exchange.api.limits import HeaderSize
from amanah.exchange.api.problem import MEDIA_TYPE, Problem
from amanah.exchange.api.service import Service
from amanah.exchange.api.settings import ServiceSettings
from amanah.exchange.api.shapes import Token, TokenError
from amanah.exchange.api.uploads import NO_ROOM
from amanah.exchange.codes import Code

VERSION = "1.0"  # of the API; a change that a client must follow gets a new path beside /v1
_LONGEST_FORM = 8192  # bytes
_GONE = 499  # written to the log for a client that went away; nobody is there to get it
_FORM = "application/x-www-form-urlencoded"
_FORM_SCHEMA = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
    },
}

entrance = APIRouter()


@entrance.post(
    "/oauth2/token",
    responses={
        400: {"model": TokenError, "description": "not such a request"},
        401: {"model": TokenError, "description": "no such client, or another secret"},
        **problems(404, 413, 415, 429, 500),
    },
    openapi_extra={"requestBody": {"required": True, "content": {_FORM: {"schema": _FORM_SCHEMA}}}},
    tags=["token"],
)
async def token(request: Request) -> Token:
    """An access token for client credentials (RFC 6749, section 4.4); id and secret in HTTP Basic or in the form."""
    check_type(request, _FORM)
    form = bytearray()
    async for block in request.stream():
        form += block
        if len(form) > _LONGEST_FORM:
            raise Problem(413, Code.TOO_LARGE, f"at most {_LONGEST_FORM} bytes")
    access_token, lifetime = await service_of(request).gate.token(request, bytes(form))
    return Token(access_token=access_token, expires_in=lifetime)


def make_app(settings: ServiceSettings) -> FastAPI:
    """The application for ``settings``. Folders are made when it starts, not before."""
    service = Service.of(settings)

    @asynccontextmanager
    async def prepared(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.prepare)
        yield

    app = FastAPI(
        title="Amanah exchange point",
        version=VERSION,
        summary="Sealed packages between two parties of a corridor, over HTTPS.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=prepared,
    )
    app.state.service = service
    for router in (entrance, reading.router, writing.router):
        app.include_router(router)
    _say_refusals(app)
    app.add_middleware(HeaderSize, most=settings.limits.header_bytes)
    app.add_middleware(Journal)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]  # FastAPI's way to change it
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: FastAPI's, with refusals as they really are."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        for operations in made["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)  # said as 400
                for answer in operation["responses"].values():
                    _as_problem(answer)
        for name in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema


def _as_problem(answer: dict[str, Any]) -> None:
    content = answer.get("content", {})
    said = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if said.endswith("/ProblemShape"):
        answer["content"] = {MEDIA_TYPE: content["application/json"]}


def _allowed(request: Request) -> str:
    """The methods of the address asked for; several routes share one."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return ", ".join(sorted(found))


def _say_refusals(app: FastAPI) -> None:
    """Have every refusal said in the same form."""

    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for it
        request.scope["state"][CODE] = f"{error.code.value} ({error.detail})" if error.detail else error.code.value
        return error.response()

    async def no_token(request: Request, error: Exception) -> Response:
        assert isinstance(error, TokenRefused)  # noqa: S101 - registered for it
        request.scope["state"][CODE] = error.error
        headers = {"WWW-Authenticate": 'Basic realm="amanah"'} if error.status == 401 else {}  # noqa: PLR2004
        return JSONResponse({"error": error.error}, error.status, headers)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        where = sorted({str(each["loc"][-1]) for each in error.errors()})
        code = Code.DIGEST_NEEDED if where == ["repr-digest"] else Code.REQUEST_MALFORMED
        return await problem(request, Problem(400, code, f"look at {', '.join(where)}"))

    async def elsewhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        code = Code.NOT_THERE if error.status_code in (404, 405) else Code.REQUEST_MALFORMED
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers  # noqa: PLR2004
        return await problem(request, Problem(error.status_code, code, headers=headers))

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=_GONE)

    async def out_of_order(request: Request, error: Exception) -> Response:
        full = getattr(error, "errno", None) in NO_ROOM or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
        if full:
            return await problem(request, Problem(507, Code.NO_ROOM))
        return await problem(request, Problem(503, Code.OUT_OF_ORDER, headers={"Retry-After": "30"}))

    async def failed(request: Request, _: Exception) -> Response:
        return await problem(request, Problem(500, Code.OUT_OF_ORDER))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(TokenRefused, no_token)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, elsewhere)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(OSError, out_of_order)
    app.add_exception_handler(sqlite3.Error, out_of_order)
    app.add_exception_handler(Exception, failed)
