"""Where a source is and how to get in. Comes from the deployment, never from the mapping."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from amanah.sources.oauth2 import OAuth2


class SourceConnection(BaseModel):
    """The way to one system.

    ``url`` is an SQLAlchemy URL for ``sql``, the base URL for ``rest``, the path of the folder for ``csv`` and
    ``xlsx``; it may hold a password and is therefore never printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(repr=False, min_length=1)
    token: SecretStr | None = Field(default=None, description="bearer token, for rest")
    oauth2: OAuth2 | None = Field(default=None, description="client credentials in place of a token, for rest")
    timeout_seconds: float = Field(default=30, gt=0, description="longest silence of the system")
    kept_answers: Path | None = Field(
        default=None,
        description="folder for answers of a rest system, so that what has not changed is not sent again; they hold "
        "personal data: inside the node's store only",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.token is not None and self.oauth2 is not None:
            raise ValueError("give either token or oauth2")
        return self
