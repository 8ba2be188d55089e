"""What the service says of itself: one line a request, refusals with their code, never a token, secret or query."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("amanah.exchange.api")

CODE = "refused_with"  # in the scope's state: the code of a refusal
_LONGEST_PATH = 120


class Journal:
    """Notes each request when it is over, and adds the headers that every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        scope.setdefault("state", {})
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, sent = time.monotonic(), 0, 0
        secure = [(b"strict-transport-security", b"max-age=31536000")] if scope["scheme"] == "https" else []

        async def noted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                always = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"), *secure]
                message = {**message, "headers": [*message.get("headers", []), *always]}
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            status = status or 500
            raise
        finally:
            _note(scope, status, sent, time.monotonic() - began)


def _note(scope: Scope, status: int, sent: int, seconds: float) -> None:
    state = scope.get("state", {})
    code = state.get(CODE)
    log.log(
        logging.INFO if 0 < status < 400 else logging.WARNING,  # noqa: PLR2004 - where HTTP's errors begin
        "%s %s %s client=%s from=%s sent=%d seconds=%.3f%s",
        scope["method"] if scope["method"].isalpha() else "?",
        ascii(scope["path"][:_LONGEST_PATH])[1:-1],
        status or "cut",
        state.get("client_id", "-"),
        (scope.get("client") or ("-",))[0],
        sent,
        seconds,
        f" refused={code}" if code else "",
    )
