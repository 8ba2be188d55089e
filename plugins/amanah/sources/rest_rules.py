"""How a REST system is asked and how its answers are built, as a mapping says it."""

from collections import abc
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from amanah.sources.field_rule import Name

Path = Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")]


class Parameters(BaseModel):
    """What the system calls the query parameters; empty text for one that it does not have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str = Field(default="since", description="first moment asked for; without it earlier rows are passed over")
    until: str = Field(default="until", description="moment before which is asked; without it later rows are left")
    limit: str = Field(default="limit", description="records of one page")
    always: abc.Mapping[Name, str] = Field(default={}, description="sent as they are with every question")


class Paging(BaseModel):
    """How to come to the next page.

    ``cursor``: a mark in the answer goes into the next question; none is the last page. ``link``: the answer's header
    ``Link: <...>; rel="next"`` (RFC 8288), on the same host only. ``offset`` and ``page``: by number, up to a page
    without records, for a server may give fewer at a time than it is asked for. ``single``: there is one page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    style: Literal["cursor", "link", "offset", "page", "single"] = "cursor"
    next: Path = Field(default="next", description="cursor: where in the answer the mark stands")
    parameter: Name | None = Field(default=None, description="where mark or number goes; after, offset or page")
    first: int = Field(default=1, ge=0, le=1, description="page: number of the first page")

    @property
    def sends(self) -> str:
        """The query parameter in which mark or number goes."""
        return self.parameter or {"cursor": "after"}.get(self.style, self.style)


class RestRules(BaseModel):
    """Where the records stand in an answer, how pages follow, what the parameters are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: Path = Field(default="records", description="where in the answer the records stand, such as data.items")
    paging: Paging = Paging()
    parameters: Parameters = Parameters()
