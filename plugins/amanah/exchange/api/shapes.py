"""The JSON that the API speaks, as its OpenAPI document shows it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.envelope import SHA256


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Message(_Shape):
    """A package that waits for the caller."""

    id: Annotated[str, Field(description="message id, such as IDN-SAU-placement-000123")]
    sha256: Annotated[str, Field(pattern=SHA256, description="of the sealed package; its ETag as well")]
    size: Annotated[int, Field(ge=0, description="bytes of the sealed package")]
    stored_at: AwareDatetime


class Listing(_Shape):
    """Packages in the order of their arrival."""

    messages: tuple[Message, ...]
    next: Annotated[str, Field(description="give it as `after` to go on, now or any day later")]
    more: Annotated[bool, Field(description="whether more were there already")]


class Receipt(_Shape):
    """What the exchange point holds of a message that was sent to it."""

    id: str
    sha256: Annotated[str, Field(pattern=SHA256)]
    size: Annotated[int, Field(ge=0, description="bytes kept so far; all of them when complete")]
    complete: bool


class Health(_Shape):
    """The service works."""

    status: Literal["ok"] = "ok"


class Token(_Shape):
    """An access token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind, not a secret
    expires_in: Annotated[int, Field(description="seconds")]


class TokenError(_Shape):
    """Why there is no token (RFC 6749, section 5.2)."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type"]


class ProblemShape(_Shape):
    """A refusal (RFC 9457). `code` is one of the protocol's codes."""

    model_config = ConfigDict(frozen=True, extra="allow", title="Problem")

    type: str
    title: str
    status: int
    code: int
    detail: str | None = None
