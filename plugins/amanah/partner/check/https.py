"""Requests that an exchange point must refuse over HTTPS, and with which code."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from amanah.exchange.api import digest
from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.api.session import trust
from amanah.exchange.codes import MEANING, Code
from amanah.partner.check.finding import Finding, at
from amanah.partner.forge import Forge
from schemas.envelope import STATUS_STREAM, MessageId

SECTION = "https"
FAR = 900_000  # a number that no message has yet
PACKAGE = "application/octet-stream"
CONTENT = b"not a package, and never stored\n"

NOT_TRIED: Mapping[Code, str] = {
    Code.UPLOAD_BUSY: "needs two requests in the same moment",
    Code.TOO_MANY: "would lock us out",
    Code.NO_ROOM: "would fill the exchange point's disk",
    Code.TOO_SLOW: "would hold a connection for half a minute",
    Code.OUT_OF_ORDER: "needs an exchange point that fails",
}


@dataclass(frozen=True)
class Request:
    """A request and the refusal of it."""

    code: Code
    status: int
    what: str
    ask: Callable[[httpx.Client, "Target"], httpx.Response]


@dataclass(frozen=True)
class Target:
    """What requests are about: a message of ours that is not there, one that is, and one that is not ours."""

    free: str
    taken: str
    theirs: str

    @classmethod
    def of(cls, forge: Forge, taken: MessageId) -> "Target":
        """``taken`` is stored at the exchange point."""
        number = FAR + secrets.randbelow(FAR // 10)
        theirs = MessageId(forge.receiver, forge.sender, STATUS_STREAM, number)
        return cls(str(forge.message_id(taken.stream, number)), str(taken), str(theirs))


def _put(client: httpx.Client, message: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Send a package with headers that are right unless ``headers`` say otherwise; an empty one is left out."""
    said = {"Content-Type": PACKAGE, "Repr-Digest": digest.to_header(hashlib.sha256(CONTENT).hexdigest())}
    sent = {name: value for name, value in {**said, **(headers or {})}.items() if value}
    content = b"" if sent.get("Upload-Complete") == "?0" else CONTENT
    return client.put(f"/v1/messages/{message}", content=content, headers=sent)


def _without_token(client: httpx.Client) -> httpx.Response:
    request = client.build_request("GET", "/v1/messages")
    request.headers.pop("Authorization", None)
    return client.send(request)


def _at_another_byte(client: httpx.Client, target: Target) -> httpx.Response:
    """Begin an upload, go on where it does not stand, and give it up."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    upload = f"/v1/messages/{target.free}/uploads/{sha256}"
    _put(client, target.free, {"Upload-Complete": "?0"})
    try:
        go_on = {"Content-Type": "application/partial-upload", "Upload-Offset": "7", "Upload-Complete": "?0"}
        return client.patch(upload, content=CONTENT[7:], headers=go_on)
    finally:
        client.delete(upload)


_WRONG_DIGEST = {"Repr-Digest": digest.to_header("0" * 64)}
_ENDLESS = {"Upload-Complete": "?0", "Upload-Length": "9" * 15}

REQUESTS: tuple[Request, ...] = (
    Request(Code.NOT_SIGNED_IN, 401, "a request without a token", lambda c, _: _without_token(c)),
    Request(Code.NOT_YOURS, 403, "a package under the other party's name", lambda c, t: _put(c, t.theirs)),
    Request(Code.NOT_YOURS, 403, "reading our own message", lambda c, t: c.get(f"/v1/messages/{t.taken}")),
    Request(Code.NOT_THERE, 404, "a message that is not there", lambda c, t: c.get(f"/v1/messages/{t.theirs}")),
    Request(Code.OTHER_CONTENT, 409, "other content under a stored id", lambda c, t: _put(c, t.taken)),
    Request(
        Code.DIGEST_NEEDED, 400, "a package without Repr-Digest", lambda c, t: _put(c, t.free, {"Repr-Digest": ""})
    ),
    Request(Code.DIGEST_DIFFERS, 400, "a package of another digest", lambda c, t: _put(c, t.free, _WRONG_DIGEST)),
    Request(Code.OFFSET_DIFFERS, 409, "an upload that goes on at another byte", _at_another_byte),
    Request(Code.TOO_LARGE, 413, "a package of a petabyte", lambda c, t: _put(c, t.free, _ENDLESS)),
    Request(
        Code.WRONG_TYPE, 415, "a package as text/plain", lambda c, t: _put(c, t.free, {"Content-Type": "text/plain"})
    ),
    Request(Code.REQUEST_MALFORMED, 400, "a page of no messages", lambda c, _: c.get("/v1/messages?limit=0")),
    Request(
        Code.CURSOR_UNKNOWN, 410, "a listing after an unknown mark", lambda c, _: c.get("/v1/messages?after=nowhere")
    ),
)


def findings(settings: ApiSettings, forge: Forge, taken: MessageId) -> Iterator[Finding]:
    """Ask all of it. Raises ``httpx.HTTPError`` when the link is lost, ``ConnectionError`` without a token."""
    target = Target.of(forge, taken)
    with httpx.Client(
        base_url=settings.url, verify=trust(settings), timeout=settings.timeout_seconds, trust_env=False
    ) as client:
        client.headers["Authorization"] = f"Bearer {_token(client, settings)}"
        for each in REQUESTS:
            yield _finding(each, each.ask(client, target))
    for code, why in NOT_TRIED.items():
        yield Finding(MEANING[code], "api", "-", str(code.value), f"not tried: {why}", None, at(SECTION))


def _token(client: httpx.Client, settings: ApiSettings) -> str:
    form = {"grant_type": "client_credentials"}
    form |= {name: value for name in ("scope", "audience") if (value := getattr(settings, name))}
    pair = (settings.client_id, settings.client_secret.get_secret_value())
    answer = client.post(settings.tokens_from, data=form, auth=pair)
    if answer.status_code != httpx.codes.OK:
        raise ConnectionError(f"the token endpoint answers {answer.status_code}; check api in partner.yaml")
    return str(answer.json()["access_token"])


def _finding(request: Request, answer: httpx.Response) -> Finding:
    code = _code(answer)
    got = f"{answer.status_code}, {code}" if code is not None else f"{answer.status_code}, no problem document"
    passed = (answer.status_code, code) == (request.status, request.code.value)
    sent = f"{answer.request.method} {answer.request.url.path}"
    expected = f"{request.status}, {request.code.value}"
    return Finding(request.what, "api", sent, expected, got, passed, at(SECTION))


def _code(answer: httpx.Response) -> Any:
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return None
    return answer.json().get("code")
