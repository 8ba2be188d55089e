"""Where a source is and how to get in. Comes from the deployment, never from the mapping."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SourceConnection(BaseModel):
    """The way to one system.

    ``url`` is an SQLAlchemy URL for ``sql``, the base URL for ``rest``, the path of the folder for ``csv``; it may
    hold a password and is therefore never printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(repr=False, min_length=1)
    token: SecretStr | None = Field(default=None, description="bearer token, for rest")
    timeout_seconds: float = Field(default=30, gt=0, description="longest wait for one answer of the system")
