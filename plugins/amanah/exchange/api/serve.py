"""Serving the application: TLS, limits on connections and headers, one process. Several may serve the same folders."""

import asyncio
import ssl
from functools import partial
from hashlib import sha256

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from amanah.exchange.api.app import make_app
from amanah.exchange.api.callers import CERTIFICATE
from amanah.exchange.api.settings import ServiceSettings, Tls

_SILENT_FOR = 15  # seconds that an idle connection is kept
_TO_FINISH = 30  # seconds that requests under way have when the service is stopped


def serve(settings: ServiceSettings) -> None:
    """Serve until the process is told to end (SIGTERM, SIGINT)."""
    limits, tls = settings.limits, settings.tls
    protocol = type("Protocol", (_Watched,), {"header_seconds": limits.header_seconds})
    uvicorn.run(
        make_app(settings),
        host=settings.host,
        port=settings.port,
        http=protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=limits.header_bytes,
        timeout_keep_alive=_SILENT_FOR,
        timeout_graceful_shutdown=_TO_FINISH,
        ssl_context_factory=partial(_context, tls) if tls is not None else None,
    )


def _context(tls: Tls, *_: object) -> ssl.SSLContext:
    """TLS 1.2 or newer; with a CA for clients, a certificate of theirs is required."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.client_ca is not None:
        context.load_verify_locations(tls.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Watched(H11Protocol):
    """uvicorn's protocol; it also ends a connection whose headers do not come, and tells which certificate it saw."""

    header_seconds: float
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        shown = tls.getpeercert(binary_form=True) if tls is not None else None
        if shown is not None:
            self.app_state = {**self.app_state, CERTIFICATE: sha256(shown).hexdigest()}
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._deadline is not None:
            self._deadline.cancel()

    def _watch(self) -> None:
        """Have the connection end unless a request's headers are complete in time."""
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        elif not under_way and self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self.transport.abort)
