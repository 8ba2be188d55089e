"""Where one contract field comes from."""

from collections import abc
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1)]


class FieldRule(BaseModel):
    """A column, translated by codes or by a transform, or a constant. A column alone may stand as plain text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Name | None = None
    transform: Name = "strip"
    codes: abc.Mapping[Name, Name] | None = Field(default=None, description="native code -> contract code")
    constant: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given
