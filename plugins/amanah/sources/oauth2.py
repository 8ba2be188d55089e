"""OAuth 2.0 client credentials (RFC 6749, section 4.4): how a program, not a person, gets in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Text = Annotated[str, Field(min_length=1)]


class OAuth2(BaseModel):
    """Where tokens are had, and as whom. Comes from the deployment, never from the mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token_url: Text = Field(description="the token endpoint; https, or http on this machine")
    client_id: Text
    client_secret: SecretStr
    scope: Text | None = Field(default=None, description="scopes asked for, separated by spaces")
    audience: Text | None = Field(default=None, description="for servers that want to know for which API")
    client_in: Literal["header", "body"] = Field(
        default="header", description="where id and secret go: HTTP Basic, which every server takes, or the form"
    )
