"""The bearer token of a REST system: a fixed one, or one had with client credentials and renewed before it ends."""

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import httpx

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.oauth2 import OAuth2

_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1
_USED_FOR = 0.9  # of a token's life
# RFC 6749, section 5.2; what else a server puts there is not repeated
_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
}

Post = Callable[[httpx.URL, dict[str, str], dict[str, str]], tuple[int, bytes]]  # url, headers, form


class Tokens:
    """What stands in the ``Authorization`` header during one read. No text raised here holds a token or secret."""

    def __init__(self, name: str, connection: SourceConnection, post: Post) -> None:
        self._name, self._post, self._oauth2 = name, post, connection.oauth2
        self._token = None if connection.token is None else _checked(connection.token.get_secret_value(), name)
        self._ends = float("inf")

    def header(self) -> dict[str, str]:
        """The header; empty for a system that asks for none. Raises ``SourceError`` or ``SourceUnavailable``."""
        if self._oauth2 is not None and (self._token is None or time.monotonic() >= self._ends):
            self._renew(self._oauth2)
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> bool:
        """Give up a token that was refused; False when no other can be had."""
        if self._oauth2 is None:
            return False
        self._token = None
        return True

    def _renew(self, oauth2: OAuth2) -> None:
        asked = time.monotonic()
        status, content = self._post(httpx.URL(oauth2.token_url), *_request(oauth2))
        where = f"{self._name}: the token endpoint {httpx.URL(oauth2.token_url).host}"
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
            raise SourceUnavailable(f"{where} answers {status}")
        try:
            told: Any = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        told = told if isinstance(told, dict) else {}
        if status != httpx.codes.OK:
            error = told.get("error")
            reason = f", {error}" if isinstance(error, str) and error in _ERRORS else ""
            raise SourceError(f"{where} refuses the client ({status}{reason}); check client_id, secret and scope")
        if str(told.get("token_type", "bearer")).lower() != "bearer":
            raise SourceError(f"{where} gives a token that is not a bearer token")
        self._token = _checked(told.get("access_token"), self._name)
        self._ends = asked + _life(told.get("expires_in"), where) * _USED_FOR


def _request(oauth2: OAuth2) -> tuple[dict[str, str], dict[str, str]]:
    form = {"grant_type": "client_credentials"}
    form |= {name: value for name, value in (("scope", oauth2.scope), ("audience", oauth2.audience)) if value}
    secret = oauth2.client_secret.get_secret_value()
    if oauth2.client_in == "body":
        return {}, form | {"client_id": oauth2.client_id, "client_secret": secret}
    pair = f"{quote_plus(oauth2.client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}, form


def _checked(token: object, name: str) -> str:
    if not isinstance(token, str) or not _BEARER.fullmatch(token):
        raise SourceError(
            f"{name}: the token is none that can be sent (RFC 6750); look for a line break or a space in it"
        )
    return token


def _life(seconds: object, where: str) -> float:
    """How long the token lasts; without a word about it, until it is refused."""
    if seconds is None:
        return float("inf")
    try:
        return max(0.0, float(str(seconds)))
    except ValueError:
        raise SourceError(f"{where}: expires_in is not a number of seconds") from None
