"""How the files of a drop are built, as a mapping says it."""

from collections import abc
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from amanah.sources.field_rule import Name


class DropRules(BaseModel):
    """Encoding and layout of the files that an office lays down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Literal["utf-8", "utf-16", "windows-1256", "windows-1252", "detect"] = Field(
        default="utf-8",
        description="csv: utf-16 has a byte order mark; detect takes what is certainly UTF-8 or UTF-16, nothing else",
    )
    sheet: Name | None = Field(default=None, description="xlsx: name of the sheet; needed when several are visible")
    header_line: int = Field(default=1, ge=1, le=50, description="line with the columns' names; those above are titles")
    spellings: abc.Mapping[Name, tuple[Name, ...]] = Field(
        default={}, description="column -> other names under which offices write it"
    )
