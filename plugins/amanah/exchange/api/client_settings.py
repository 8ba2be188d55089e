"""How a node reaches the HTTPS exchange point: ``api`` in ``node.yaml``, or an HTTP connection of Airflow."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from amanah.exchange.api.loopback import is_safe


class ApiSettings(BaseModel):
    """Where the exchange point is, who we are there, and whom we believe to be it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="address of the exchange point, such as https://exchange.example")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    ca: Path | None = Field(default=None, description="the only CA that is believed, PEM; the system's if absent")
    certificate: Path | None = Field(default=None, description="our TLS certificate, PEM, where one is asked for")
    certificate_key: Path | None = None
    token_url: str | None = Field(default=None, description="another issuer's token endpoint; the service's if absent")
    scope: str | None = None
    audience: str | None = None
    proxy: str | None = Field(default=None, description="an HTTP proxy to go through; none is taken from elsewhere")
    timeout_seconds: float = Field(default=60, gt=0, description="for a connection, and of silence in a transfer")

    @property
    def tokens_from(self) -> str:
        """The token endpoint."""
        return self.token_url or f"{self.url.rstrip('/')}/oauth2/token"

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> Self:
        if not is_safe(self.url) or not is_safe(self.tokens_from):
            raise ValueError(
                "url and token_url are https (http on this machine only), without a user or password in them"
            )
        if self.certificate is None and self.certificate_key is not None:
            raise ValueError("certificate_key needs certificate")
        return self
