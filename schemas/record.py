"""What the records of all streams have in common: known fields only, strict values, rules that all speak at once."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.checks import Check
from schemas.rules import NotApplicable, Rule
from schemas.values import holds_forbidden

NOT_APPLICABLE = "not_applicable"


class Record(BaseModel):
    """A record of one stream.

    An absent field means "not available", one named in ``not_applicable`` does not apply, and zero is zero.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True)

    rules: ClassVar[tuple[Rule, ...]] = ()
    checks: ClassVar[tuple[Check, ...]] = ()  # what an agreement asks of single fields beyond the contract

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Add the rule that every record has, now that the fields are known."""
        super().__pydantic_init_subclass__(**kwargs)
        optional = frozenset(name for name, field in cls.model_fields.items() if not field.is_required())
        own = tuple(rule for rule in cls.rules if not isinstance(rule, NotApplicable))
        cls.rules = (*own, NotApplicable(NOT_APPLICABLE, NOT_APPLICABLE, optional - {NOT_APPLICABLE}))

    @field_validator("*", mode="after")
    @classmethod
    def _plain_text(cls, value: object) -> object:
        if isinstance(value, str):
            forbidden = holds_forbidden(value)
        else:
            forbidden = isinstance(value, list) and any(isinstance(it, str) and holds_forbidden(it) for it in value)
        if forbidden:
            raise PydanticCustomError("forbidden_character", "holds a control, direction or other invisible character")
        return value

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        broken = [rule for rule in self.rules if rule.broken(self.__dict__)]
        if broken:
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [
                    InitErrorDetails(type=PydanticCustomError(rule.code, rule.message), loc=(rule.at,), input=None)
                    for rule in broken
                ],
            )
        return self
