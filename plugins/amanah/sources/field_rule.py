"""Where one contract field comes from."""

from collections import abc
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1)]


class FieldRule(BaseModel):
    """A column or several, brought into shape by transforms and codes, or a constant.

    A column alone may stand as plain text. Of several ``columns`` either the texts are put together (``join``), or the
    first that holds something counts (``first_present``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Name | None = None
    columns: tuple[Name, ...] = ()
    join: str | None = Field(default=None, description="what to put between the columns' texts")
    first_present: bool = False
    transform: Name | tuple[Name, ...] = Field(default="strip", description="one transform, or several in a row")
    codes: abc.Mapping[Name, Name] | None = Field(default=None, description="native code -> contract code")
    constant: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @property
    def reads(self) -> tuple[str, ...]:
        """The native columns this field is made of; none for a constant."""
        return self.columns if self.column is None else (self.column,)
