"""One client's talk with the exchange point: a token, patience, and errors that say what was being done.

No text raised here holds a token, a secret, or anything else that the server wrote: of its words, only the status and
a code of ours are repeated.
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self, TypeVar
from urllib.parse import quote_plus

import httpx

from amanah.exchange.api.client_settings import ApiSettings
from amanah.exchange.codes import MEANING, Code
from amanah.exchange.transport import TransportError
from amanah.patience import Patience

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request; the ledger says what matters

LARGEST_ANSWER = 8 * 2**20  # bytes of JSON
_USED_FOR = 0.9  # of a token's life
_LATER = (408, 425, 429, 500, 502, 503, 504)

Result = TypeVar("Result")
Body = Callable[[], Iterator[bytes]]


class Interrupted(TransportError):
    """The link was lost, or the exchange point is busy; ``headers`` are those of its answer, if there was one."""

    def __init__(self, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.headers = headers or {}


@dataclass(frozen=True)
class Seen:
    """When the exchange point's certificate ends, and what time it is there; None where it does not say."""

    certificate_ends: datetime | None
    clock: datetime | None


class Session:
    """Requests with a token; use it in a ``with``."""

    def __init__(self, settings: ApiSettings, patience: Patience) -> None:
        self._settings, self.patience = settings, patience
        self.host = httpx.URL(settings.url).host
        self._http = httpx.Client(
            base_url=settings.url,
            verify=trust(settings),
            timeout=settings.timeout_seconds,
            proxy=settings.proxy,
            follow_redirects=False,  # a redirect could lead the token elsewhere
            trust_env=False,
        )
        self._token: str | None = None
        self._ends = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """Have a token, or raise ``TransportError``."""
        self.patiently(lambda: self._bearer("sign in"))

    def look(self) -> Seen:
        """Ask for the shortest listing, and see what the exchange point shows of its certificate and its clock."""
        doing = "look at the exchange point"
        with self.stream(doing, "GET", "/v1/messages", params={"limit": "1"}) as answer:
            answer.read()
            if answer.status_code != httpx.codes.OK:
                raise TransportError(refusal(doing, self.host, answer))
            tls = answer.extensions["network_stream"].get_extra_info("ssl_object")
            shown = tls.getpeercert() if tls is not None else {}
            return Seen(_moment_of_certificate(shown.get("notAfter")), _moment(answer.headers.get("Date")))

    def ask(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> httpx.Response:
        """One request and its whole answer. Raises ``Interrupted``, and ``TransportError`` when we are not let in."""
        with self.stream(doing, method, path, headers=headers, params=params, body=body) as response:
            content = bytearray()
            with lost_link_is_said(f"{doing}: {self.host}"):
                for block in response.iter_bytes():
                    content += block
                    if len(content) > LARGEST_ANSWER:
                        raise TransportError(f"{doing}: {self.host} answers with more than {LARGEST_ANSWER} bytes")
            kept = {name: value for name, value in response.headers.items() if name != "content-encoding"}
            return httpx.Response(response.status_code, headers=kept, content=bytes(content))

    @contextmanager
    def stream(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> Iterator[httpx.Response]:
        """One request; its answer is read by the caller. A token that is refused is renewed once."""
        with lost_link_is_said(f"{doing}: {self.host}"):
            for again in (True, False):
                signed = {**(headers or {}), "Authorization": f"Bearer {self._bearer(doing)}"}
                content = body() if body is not None else None
                request = self._http.build_request(method, path, headers=signed, params=params, content=content)
                response = self._http.send(request, stream=True)
                if response.status_code == httpx.codes.UNAUTHORIZED and again:
                    response.close()
                    self._token = None
                    continue
                break
        try:
            if response.status_code in _LATER:
                raise Interrupted(refusal(doing, self.host, response), response.headers)
            if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                response.read()
                raise TransportError(refusal(doing, self.host, response))
            yield response
        finally:
            response.close()

    def patiently(self, ask: Callable[[], Result]) -> Result:
        """Do ``ask`` until it is not interrupted, as long as the patience lasts."""
        attempt = 0
        while True:
            try:
                return ask()
            except Interrupted as interrupted:
                attempt += 1
                self.wait(attempt, interrupted)

    def wait(self, attempt: int, interrupted: Interrupted) -> None:
        """Wait before the next try, or raise ``interrupted`` when the patience is over."""
        seconds = self.patience.seconds(attempt, interrupted.headers, now=datetime.now(UTC))
        if seconds is None:
            raise interrupted
        time.sleep(seconds)

    def _bearer(self, doing: str) -> str:
        if self._token is None or time.monotonic() >= self._ends:
            self._token, self._ends = self._new_token(doing)
        return self._token

    def _new_token(self, doing: str) -> tuple[str, float]:
        settings = self._settings
        form = {"grant_type": "client_credentials"}
        form |= {name: value for name in ("scope", "audience") if (value := getattr(settings, name))}
        pair = (quote_plus(settings.client_id), quote_plus(settings.client_secret.get_secret_value()))
        asked, host = time.monotonic(), httpx.URL(settings.tokens_from).host
        with lost_link_is_said(f"{doing}: {host}"):
            answer = self._http.post(settings.tokens_from, data=form, auth=pair)
        if answer.status_code in _LATER:
            raise Interrupted(f"{doing}: the token endpoint {host} answers {answer.status_code}", answer.headers)
        told = _json(answer)
        token, life = told.get("access_token"), told.get("expires_in", 300)
        if answer.status_code != httpx.codes.OK or not isinstance(token, str) or not isinstance(life, int):
            raise TransportError(
                f"{doing}: the token endpoint {host} gives no token ({answer.status_code}); check client_id and "
                "client_secret, and ask whoever runs the exchange point"
            )
        return token, asked + life * _USED_FOR


def refusal(doing: str, host: str, response: httpx.Response) -> str:
    """What to say of an answer that is not the one hoped for."""
    code = code_of(response) if response.is_stream_consumed else None
    meaning = f", {code.value} {MEANING[code]}" if code is not None else ""
    redirect = "; redirects are not followed" if response.is_redirect else ""
    return f"{doing}: {host} answers {response.status_code}{meaning}{redirect}"


def code_of(response: httpx.Response) -> Code | None:
    """The code in a refusal, if it is one of ours."""
    code = _json(response).get("code")
    return Code(code) if isinstance(code, int) and code in set(Code) else None


def _json(response: httpx.Response) -> dict[str, object]:
    try:
        told = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _moment_of_certificate(given: str | None) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(given), UTC) if given is not None else None


def _moment(given: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(given).astimezone(UTC) if given is not None else None
    except ValueError:
        return None


def trust(settings: ApiSettings) -> ssl.SSLContext:
    """Whom we believe to be the exchange point, and what we show of ourselves."""
    try:
        context = ssl.create_default_context(cafile=settings.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None:
            context.load_cert_chain(settings.certificate, settings.certificate_key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or type(error).__name__
        raise ValueError(f"api.ca, api.certificate or api.certificate_key cannot be used: {reason}") from None
    return context


@contextmanager
def lost_link_is_said(doing: str) -> Iterator[None]:
    """Turn what httpx raises into ``Interrupted``, in words of what was being done."""
    try:
        yield
    except httpx.ConnectError as error:
        reason = "its certificate is not the one pinned" if "CERTIFICATE_VERIFY" in str(error) else "cannot be reached"
        raise Interrupted(f"{doing} {reason} ({type(error).__name__})") from None
    except httpx.HTTPError as error:
        raise Interrupted(f"{doing}: the link was lost ({type(error).__name__})") from None
