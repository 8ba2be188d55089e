"""A refusal of the service: RFC 9457 problem details with one of the published codes."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from amanah.exchange.codes import MEANING, Code

MEDIA_TYPE = "application/problem+json"
_OFFSET_TYPE = "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"


class Problem(Exception):
    """Ends a request. ``detail`` is for the caller's engineer and holds nothing that the caller may not know."""

    def __init__(
        self,
        status: int,
        code: Code,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(f"{status} {code.value} {MEANING[code]}" + (f": {detail}" if detail else ""))
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.more = dict(headers or {}), dict(more or {})

    def response(self) -> JSONResponse:
        """The answer that says it."""
        offset = self.code is Code.OFFSET_DIFFERS and self.more
        content: dict[str, object] = {
            "type": _OFFSET_TYPE if offset else f"urn:amanah:problem:{self.code.value}",
            "title": MEANING[self.code],
            "status": self.status,
            "code": self.code.value,
            **self.more,
        }
        if self.detail:
            content["detail"] = self.detail
        return JSONResponse(content, self.status, self.headers, media_type=MEDIA_TYPE)


def wait(code: Code, seconds: float, detail: str = "", *, status: int = 429) -> Problem:
    """A refusal that ends by waiting; ``Retry-After`` says how long."""
    return Problem(status, code, detail, headers={"Retry-After": str(max(1, round(seconds)))})
