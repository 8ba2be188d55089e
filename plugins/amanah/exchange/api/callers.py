"""Who is calling: the client behind a request, and the party and corridor it may speak for."""

import asyncio
import base64
import binascii
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from amanah.exchange.api import client_secret
from amanah.exchange.api.limits import FailedAttempts, RequestRate
from amanah.exchange.api.problem import Problem
from amanah.exchange.api.settings import Client, ServiceSettings
from amanah.exchange.api.tokens import BadToken, TokenKeeper
from amanah.exchange.codes import Code
from schemas.envelope import MessageId

CERTIFICATE = "client_certificate_sha256"  # in the scope's state: what the TLS layer saw
_AT_ONCE = 2  # scrypt computations; more would take the memory


@dataclass(frozen=True)
class Caller:
    """An authenticated client: ``party`` of ``corridor``, and the other party, to whom it writes."""

    client_id: str
    corridor: str
    party: str
    partner: str
    streams: tuple[str, ...]

    def check_sends(self, message_id: MessageId) -> None:
        """Raise ``Problem`` 403 unless the caller is the sender, and the receiver its partner."""
        if (message_id.sender, message_id.receiver) != (self.party, self.partner):
            raise Problem(403, Code.NOT_YOURS, f"{self.client_id} sends messages from {self.party} to {self.partner}")
        self._check_stream(message_id)

    def check_reads(self, message_id: MessageId) -> None:
        """Raise ``Problem`` 403 unless the caller is the receiver; whether the message exists is not told."""
        if (message_id.sender, message_id.receiver) != (self.partner, self.party):
            raise Problem(403, Code.NOT_YOURS, f"{self.client_id} reads messages from {self.partner} to {self.party}")
        self._check_stream(message_id)

    def _check_stream(self, message_id: MessageId) -> None:
        if message_id.stream not in self.streams:
            raise Problem(403, Code.NOT_YOURS, f"the corridor's streams are {', '.join(self.streams)}")


class Gate:
    """Lets requests in. Every refusal is one answer that does not tell a wrong client from a wrong secret."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._keeper = TokenKeeper(settings)
        self._rate = RequestRate(settings.limits.requests_per_minute)
        self._failed = FailedAttempts(settings.limits.failed_attempts)
        self._costly = asyncio.Semaphore(_AT_ONCE)

    async def caller(self, request: Request) -> Caller:
        """The caller of ``request``. Raises ``Problem`` 401 or 429."""
        address = _address(request)
        self._failed.check(address)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _not_signed_in("send Authorization: Bearer with a token of the token endpoint", error=None)
        try:
            client_id = await run_in_threadpool(self._keeper.client_of, token.strip())
        except BadToken as bad:
            self._failed.note(address)
            raise _not_signed_in(str(bad), error="invalid_token") from None
        client = self._settings.clients[client_id]
        self._check_certificate(request, client)
        request.state.client_id = client_id
        self._rate.count(client_id)
        corridor = self._settings.corridors[client.corridor]
        [partner] = [party for party in corridor.parties if party != client.party]
        return Caller(client_id, client.corridor, client.party, partner, corridor.streams)

    async def token(self, request: Request, form: bytes) -> tuple[str, int]:
        """A token for client credentials (RFC 6749, section 4.4) and its life in seconds.

        Raises ``TokenRefused``, or ``Problem`` 429 for an address that has failed too often.
        """
        address = _address(request)
        self._failed.check(address)
        tokens = self._settings.tokens
        if tokens is None:
            raise Problem(404, Code.NOT_THERE, "tokens come from another issuer")
        fields = _form(form)
        client_id, secret = _credentials(request, fields)
        if fields.get("grant_type") != "client_credentials":
            raise TokenRefused(400, "unsupported_grant_type")
        client = self._settings.clients.get(client_id)
        known = client.secrets if client is not None else ()
        async with self._costly:
            right = await run_in_threadpool(client_secret.matches, secret, known)
        if not right or client is None:
            self._failed.note(address)
            raise TokenRefused(401, "invalid_client")
        self._check_certificate(request, client)
        request.state.client_id = client_id
        return self._keeper.issue(client_id, tokens), tokens.lifetime_seconds

    def _check_certificate(self, request: Request, client: Client) -> None:
        expected = client.certificate_sha256
        if expected is not None and not hmac.compare_digest(expected, getattr(request.state, CERTIFICATE, "")):
            raise _not_signed_in("this client shows another TLS certificate than the one known", error="invalid_token")


class TokenRefused(Exception):
    """The token endpoint's refusal (RFC 6749, section 5.2)."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status} {error}")
        self.status, self.error = status, error


def _form(content: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, max_num_fields=20, strict_parsing=True)
    except ValueError:
        raise TokenRefused(400, "invalid_request") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise TokenRefused(400, "invalid_request")
    return dict(pairs)


def _credentials(request: Request, fields: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from HTTP Basic or from the form, but not from both."""
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    if not basic:
        return fields.get("client_id", ""), fields.get("client_secret", "")
    if scheme.lower() != "basic" or "client_secret" in fields:
        raise TokenRefused(400, "invalid_request")
    try:
        client_id, _, secret = base64.b64decode(basic, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        raise TokenRefused(401, "invalid_client") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _not_signed_in(detail: str, *, error: str | None) -> Problem:
    challenge = 'Bearer realm="amanah"' + (f', error="{error}"' if error else "")
    return Problem(401, Code.NOT_SIGNED_IN, detail, headers={"WWW-Authenticate": challenge})


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else "unknown"
