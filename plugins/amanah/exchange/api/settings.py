"""How the service is configured: one YAML file; secrets are named there (``env:NAME``), hashes may stand in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from amanah.exchange.api import client_secret
from amanah.exchange.api.loopback import is_safe, on_this_machine
from amanah.settings_file import Located, load
from schemas.envelope import STATUS_STREAM
from schemas.streams import STREAMS

Party = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ClientId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
StreamName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$")]
CorridorId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]

MiB = 2**20
_SHORTEST_KEY = 32  # bytes; RFC 7518, section 3.2


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(_Settings):
    """The service's certificate; with ``client_ca``, clients must show one that this CA signed (mutual TLS)."""

    certificate: Located
    key: Located
    client_ca: Located | None = None


class Tokens(_Settings):
    """The built-in token endpoint. The first key signs; all of them are believed, so that keys can be changed."""

    signing_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1, max_length=4)]
    lifetime_seconds: int = Field(default=300, ge=30, le=3600)

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if any(len(key.get_secret_value().encode()) < _SHORTEST_KEY for key in self.signing_keys):
            raise ValueError(f"a signing key has at least {_SHORTEST_KEY} bytes; openssl rand -hex 32 makes one")
        return self


class Issuer(_Settings):
    """Another OAuth2 server whose access tokens (JWT) are believed too; its keys are fetched from ``jwks_url``."""

    issuer: str
    jwks_url: str
    audience: str
    algorithms: Annotated[tuple[Literal["RS256", "PS256", "ES256", "ES384", "EdDSA"], ...], Field(min_length=1)] = (
        "RS256",
        "ES256",
    )
    ca: Located | None = None

    @model_validator(mode="after")
    def _keys_come_safely(self) -> Self:
        if not is_safe(self.jwks_url):
            raise ValueError("jwks_url must be https: whoever can change the keys can sign in as anybody")
        return self


class Corridor(_Settings):
    """A corridor whose packages are kept here, under the id of its agreement."""

    parties: tuple[Party, Party]
    streams: tuple[StreamName, ...] = (*STREAMS, STATUS_STREAM)


class Client(_Settings):
    """Who may come in: for which party of which corridor, and by which proof."""

    corridor: str
    party: Party
    secrets: tuple[str, ...] = Field(default=(), max_length=4, description="hashes that amanah api client-secret makes")
    subject: str | None = Field(default=None, description="the sub of its tokens from the other issuer")
    certificate_sha256: Sha256 | None = Field(
        default=None, description="SHA-256 of its TLS certificate (DER); another certificate is refused"
    )

    @model_validator(mode="after")
    def _hashes(self) -> Self:
        if not all(client_secret.is_hash(each) for each in self.secrets):
            raise ValueError("secrets holds hashes, not secrets; make one with: amanah api client-secret")
        if not self.secrets and self.subject is None:
            raise ValueError("a client needs secrets, or the subject of its tokens from the other issuer")
        return self


class Limits(_Settings):
    """What one client may cost. Counts are per process."""

    package_bytes: int = Field(default=4096 * MiB, ge=1, description="largest package")
    requests_per_minute: int = Field(default=600, ge=1, description="requests of one client; as many may come at once")
    unfinished_uploads: int = Field(default=16, ge=1, description="uploads of one party that are not complete")
    keep_unfinished_hours: int = Field(default=72, ge=1, description="after that long untouched an upload is removed")
    failed_attempts: int = Field(
        default=10, ge=1, description="wrong secrets or tokens from one address in a quarter hour"
    )
    connections: int = Field(default=200, ge=1, description="connections at once, of everybody")
    header_bytes: int = Field(default=16_384, ge=1024, description="request line and headers")
    header_seconds: float = Field(default=15, gt=0, description="for a request's headers to come in full")
    idle_seconds: float = Field(default=30, gt=0, description="silence in the middle of an upload")
    request_seconds: float = Field(default=3600, gt=0, description="one upload request from end to end")


class ServiceSettings(_Settings):
    """Everything the service needs to know."""

    root: Located = Field(description="the exchange point's folder tree, as an SSH server would serve it")
    state: Located | None = Field(
        default=None, description="unfinished uploads and the order of arrival, on the root's file system; root/.api"
    )
    url: str = Field(pattern=r"^https?://[^/]+$", description="the address clients use; stands in every token")
    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)
    tls: Tls | None = None
    trusted_proxies: tuple[str, ...] = Field(default=(), description="addresses whose X-Forwarded-For is believed")
    tokens: Tokens | None = None
    issuer: Issuer | None = None
    corridors: Mapping[CorridorId, Corridor]
    clients: Mapping[ClientId, Client]
    limits: Limits = Limits()
    file_mode: int = Field(default=0o640, description="of stored packages, in octal with a leading 0; 0640")

    @property
    def state_folder(self) -> Path:
        """Where unfinished uploads and the order of arrival are kept."""
        return self.state if self.state is not None else self.root / ".api"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load ``path``. Raises ``SettingsError`` naming every fault at once."""
        return load(path, cls)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tls is None and not on_this_machine(self.host):
            raise ValueError(
                f"host {self.host} is reached from outside, so tls is needed; plain HTTP is for loopback only"
            )
        for name, client in self.clients.items():
            corridor = self.corridors.get(client.corridor)
            if corridor is None or client.party not in corridor.parties:
                raise ValueError(
                    f"clients.{name}: {client.party} is no party of a corridor {client.corridor!r} named here"
                )
            if client.secrets and self.tokens is None:
                raise ValueError(f"clients.{name}: has secrets, but tokens (the token endpoint) is not set")
            if client.subject is not None and self.issuer is None:
                raise ValueError(f"clients.{name}: has a subject, but issuer is not set")
            if client.certificate_sha256 and (self.tls is None or self.tls.client_ca is None):
                raise ValueError(f"clients.{name}: has certificate_sha256, which needs tls.client_ca")
        return self
