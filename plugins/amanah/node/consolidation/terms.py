"""The terms of consolidation: one YAML file of the party beside its mappings, named ``consolidation`` in ``node.yaml``.

    placement:
      systems:                            # in order of precedence
        - {name: siskop2mi, role: register}
        - {name: peduli_wni, role: supplement, optional: true}
      precedence:
        passport_no: [peduli_wni, siskop2mi]
      same_record: [contract_no]
      same_person: [national_id, [passport_no, previous_passport_nos]]
      apart: [contract_no, employer_ref]
      guards: [birth_date, name_latin, sex]

``docs/consolidation.md`` tells what each entry means.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from schemas.clause import Language
from schemas.streams import STREAMS, Stream

_STRICT = ConfigDict(extra="forbid", frozen=True)


class ConsolidationError(ValueError):
    """The file cannot be used; the text names it and every fault found."""


class Role(StrEnum):
    """What a system's rows may do."""

    REGISTER = "register"  # makes records
    SUPPLEMENT = "supplement"  # fills records that a register made, and makes none
    WITNESS = "witness"  # is no part of any record; says beside both sides what it knows of what they disagree about


class SystemTerms(BaseModel):
    """One system: ``clears`` are the fields it empties on purpose; elsewhere its silence wipes nothing.

    ``called`` is what officials call a witness, by language; its name where they have no word.
    """

    model_config = _STRICT

    name: str
    role: Role
    optional: bool = False
    clears: tuple[str, ...] = ()
    called: Mapping[Language, str] = {}

    @property
    def awaited(self) -> bool:
        """Whether nothing of a month may leave without it; never for a witness, of which nothing leaves."""
        return not self.optional and self.role is not Role.WITNESS

    @model_validator(mode="after")
    def _says_what_its_role_may(self) -> Self:
        if self.role is Role.WITNESS and (self.optional or self.clears):
            raise ValueError("a witness fills no record: it takes neither optional nor clears")
        if self.role is not Role.WITNESS and self.called:
            raise ValueError("only a witness is called something: nobody is shown another system")
        return self


class Time(BaseModel):
    """When a row that shares only the person with a record can be about it: ``day`` within the record's time."""

    model_config = _STRICT

    day: str
    start: str
    end: str
    margin_days: int = Field(default=180, ge=0)


def _fields_of_key(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Key = Annotated[tuple[str, ...], BeforeValidator(_fields_of_key), Field(min_length=1)]


class StreamTerms(BaseModel):
    """How the rows of one stream become records."""

    model_config = _STRICT

    systems: tuple[SystemTerms, ...] = Field(min_length=1, description="in order of precedence")
    precedence: Mapping[str, tuple[str, ...]] = {}
    latest: Mapping[str, str] = Field(default={}, description="field -> date: the system with the latest date gives it")
    same_record: tuple[Key, ...] = ()
    same_person: tuple[Key, ...] = ()
    apart: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    time: Time | None = None

    @model_validator(mode="after")
    def _systems_are_known(self) -> Self:
        if len(self.ranks) < len(self.systems):
            raise ValueError("a system is named twice")
        for field, systems in self.precedence.items():
            unknown = [name for name in systems if name not in self.ranks]
            if unknown:
                raise ValueError(f"precedence of {field}: {', '.join(unknown)} is not among the systems")
        both = sorted(self.precedence.keys() & self.latest.keys())
        if both:
            raise ValueError(f"{', '.join(both)} stands both under precedence and under latest")
        silent = [name for name in chain(*self.precedence.values()) if name in self.witnesses]
        if silent:
            raise ValueError(f"precedence: {', '.join(dict.fromkeys(silent))} is a witness, and gives no value")
        if Role.REGISTER not in {system.role for system in self.systems}:
            raise ValueError("no system is a register, so no record would ever be made")
        return self

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The place of each system in the order of precedence; 0 is the first."""
        return {system.name: place for place, system in enumerate(self.systems)}

    @cached_property
    def witnesses(self) -> tuple[str, ...]:
        """The systems that are no part of any record, and speak beside them."""
        return tuple(system.name for system in self.systems if system.role is Role.WITNESS)

    def order(self, field: str) -> tuple[str, ...]:
        """The systems that may give ``field``, the one that counts first in front."""
        return self.precedence.get(field, tuple(self.ranks))

    def rank(self, source: str) -> int:
        """The place of ``source`` in the order of precedence; 0 is the first."""
        return self.ranks[source]

    def system(self, source: str) -> SystemTerms:
        """The terms of ``source``."""
        return self.systems[self.ranks[source]]

    def is_register(self, source: str) -> bool:
        """Whether the rows of ``source`` make records."""
        return self.system(source).role is Role.REGISTER

    @cached_property
    def of_people(self) -> frozenset[str]:
        """The fields by which rows are found to be of one person, or of two."""
        guarding = {name for guard in self.guards for name in (guard, f"{guard}_precision")}
        return frozenset({*chain(*self.same_record, *self.same_person), *self.apart, *guarding})

    def named_fields(self) -> Iterator[str]:
        """Every field named anywhere."""
        yield from (field for key in (*self.same_record, *self.same_person) for field in key)
        yield from (*self.precedence, *self.latest, *self.latest.values(), *self.apart, *self.guards)
        yield from (field for system in self.systems for field in system.clears)
        if self.time is not None:
            yield from (self.time.day, self.time.start, self.time.end)


Consolidation = Mapping[str, StreamTerms]
"""Stream name to terms; a stream that is not named is loaded as each of its systems gives it."""


def load(path: Path) -> Consolidation:
    """Load the file ``path``. Raises ``ConsolidationError`` naming every fault at once."""
    try:
        terms = TypeAdapter(dict[str, StreamTerms]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise ConsolidationError(_told(path, faults)) from None
    except yaml.YAMLError as error:
        raise ConsolidationError(f"{path}: not readable as YAML: {error}") from None
    except OSError as error:
        raise ConsolidationError(f"{path}: cannot be read ({error.strerror})") from None
    faults = [fault for name, of_stream in terms.items() for fault in _contract_faults(name, of_stream)]
    if faults:
        raise ConsolidationError(_told(path, faults))
    return terms


def _contract_faults(name: str, terms: StreamTerms) -> Iterator[str]:
    stream: Stream | None = STREAMS.get(name)
    if stream is None:
        yield f"{name}: no such stream; known are {', '.join(STREAMS)}"
        return
    for field in dict.fromkeys(terms.named_fields()):
        if field not in stream.fields:
            yield f"{name}: {stream.schema_id} has no field {field!r}"


def _told(path: Path, faults: list[str]) -> str:
    return "\n  ".join([f"{path}: {len(faults)} fault(s)", *faults])
