"""Access tokens: short-lived signed JWTs of the built-in endpoint, and those of another issuer where one is agreed.

Which kind a token is follows from its algorithm, and each kind is checked against its own keys and algorithms only, so
that a public key can never pass for a shared secret.
"""

import logging
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from amanah.exchange.api.settings import Issuer, ServiceSettings, Tokens

log = logging.getLogger("amanah.exchange.api")

_OURS = "HS256"
_SKEW = 60  # seconds that clocks may differ
_KEYS_FOR = 600.0  # seconds that the other issuer's keys are kept
_ASK_AGAIN = 30.0  # seconds before a key that is not known makes us ask again
_LARGEST_KEYS = 256 * 1024  # bytes


class BadToken(ValueError):
    """A token that does not hold; the text says why and holds nothing of it."""


class TokenKeeper:
    """Gives out our tokens, and says whose a token is."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._url, self._tokens, self._clients = settings.url, settings.tokens, settings.clients
        self._other = _OtherIssuer(settings.issuer) if settings.issuer is not None else None
        self._by_subject = {c.subject: name for name, c in settings.clients.items() if c.subject is not None}

    def issue(self, client_id: str, tokens: Tokens) -> str:
        """A token for ``client_id``."""
        now = int(time.time())
        claims = {
            "iss": self._url,
            "aud": self._url,
            "sub": client_id,
            "iat": now,
            "exp": now + tokens.lifetime_seconds,
        }
        return jwt.encode(claims, tokens.signing_keys[0].get_secret_value(), algorithm=_OURS)

    def client_of(self, token: str) -> str:
        """The client that ``token`` was given to. Raises ``BadToken``."""
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
            if algorithm == _OURS and self._tokens is not None:
                name = str(self._ours(token, self._tokens)["sub"])
            elif self._other is not None and algorithm in self._other.algorithms:
                name = self._by_subject.get(str(self._other.claims(token)["sub"]), "")
            else:
                raise BadToken("an algorithm that is not taken here")
        except jwt.PyJWTError as error:
            raise BadToken(type(error).__name__) from None
        if name not in self._clients:
            raise BadToken("a client that is not known here")
        return name

    def _ours(self, token: str, tokens: Tokens) -> Mapping[str, Any]:
        for key in tokens.signing_keys:
            try:
                return _claims(token, key.get_secret_value(), [_OURS], issuer=self._url, audience=self._url)
            except jwt.InvalidSignatureError:
                continue
        raise BadToken("not signed by a key of ours")


class _OtherIssuer:
    """The keys of another issuer, fetched when needed and kept for a while."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.algorithms = issuer.algorithms
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._fetching = threading.Lock()

    def claims(self, token: str) -> Mapping[str, Any]:
        """What ``token`` says, once it holds."""
        key = self._key(jwt.get_unverified_header(token).get("kid"))
        return _claims(
            token,
            key,
            [each for each in self.algorithms if each == (key.algorithm_name or each)],
            issuer=self._issuer.issuer,
            audience=self._issuer.audience,
        )

    def _key(self, kid: str | None) -> jwt.PyJWK:
        with self._fetching:
            age = time.monotonic() - self._fetched
            if age > _KEYS_FOR or (kid not in self._keys and age > _ASK_AGAIN):
                self._fetch()
        if kid not in self._keys:
            raise BadToken("signed by a key that its issuer does not publish")
        return self._keys[kid]

    def _fetch(self) -> None:
        self._fetched = time.monotonic()
        context = ssl.create_default_context(cafile=self._issuer.ca)
        try:
            with (
                httpx.Client(verify=context, timeout=10, trust_env=False) as http,
                http.stream("GET", self._issuer.jwks_url) as answer,
            ):
                content = bytearray()
                for block in answer.iter_bytes():
                    content += block
                    if len(content) > _LARGEST_KEYS:
                        raise BadToken("its issuer publishes more keys than can be right")
            if answer.status_code != httpx.codes.OK:
                raise BadToken(f"the keys of its issuer cannot be had ({answer.status_code})")
            keys = jwt.PyJWKSet.from_json(content.decode()).keys
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            if self._keys:
                log.warning("keys of the issuer cannot be had (%s); going on with those known", type(error).__name__)
                return
            self._fetched = float("-inf")
            raise BadToken("the keys of its issuer cannot be had") from None
        self._keys = {key.key_id: key for key in keys}


def _claims(token: str, key: Any, algorithms: list[str], *, issuer: str, audience: str) -> Mapping[str, Any]:
    needed = ["iss", "aud", "sub", "exp"]
    found: Mapping[str, Any] = jwt.decode(
        token, key, algorithms=algorithms, issuer=issuer, audience=audience, leeway=_SKEW, options={"require": needed}
    )
    return found
