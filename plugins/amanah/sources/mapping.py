"""The mapping: how one ministry system says what the contract says. A short YAML file that officials can read.

    name: siskop2mi
    kind: sql                    # sql, rest, csv or xlsx
    stream: placement
    table: siskop2mi_kontrak     # sql; a rest source has an endpoint, a drop of files a pattern
    key: nomor_registrasi
    updated_at: diubah_pada
    fields:
      contract_no: nomor_kontrak
      birth_date: {column: tgl_lahir, transform: date_iso}
      sex: {column: jenis_kelamin, codes: {P: F, L: M}}
    ignored: [catatan_petugas]

Every column of the system is either used or listed under ``ignored``, so that nothing is lost unnoticed. Load one with
``amanah.sources.load``; ``docs/sources.md`` tells the rest.
"""

from collections import abc
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from amanah.sources.drop_rules import DropRules
from amanah.sources.field_rule import FieldRule, Name
from amanah.sources.mapping_faults import MappingFaults, faults_of
from amanah.sources.rest_rules import RestRules

Kind = Literal["sql", "rest", "csv", "xlsx"]


class Mapping(BaseModel):
    """One system's mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    kind: Kind
    stream: str
    table: Name | None = Field(default=None, description="sql: table or view, with its schema if it needs one")
    endpoint: Annotated[str, Field(pattern=r"^/")] | None = Field(default=None, description="rest: path of the records")
    rest: RestRules = Field(default=RestRules(), description="rest: how to ask, and how answers are built")
    pattern: Annotated[str, Field(pattern=r"^[^/{}]*\{month\}[^/{}]*\.(csv|xlsx)$")] | None = Field(
        default=None, description="csv, xlsx: file names, {month} standing for 2026-07"
    )
    delimiter: Literal[",", ";", "\t", "|"] = Field(default=",", description="csv: between two cells")
    drop: DropRules = Field(default=DropRules(), description="csv, xlsx: encoding and layout of the files")
    key: Name = Field(description="column that tells apart rows updated at the same moment; unique in the system")
    updated_at: Name = Field(description="column with the time of the last change")
    time_form: Literal["iso", "dmy"] = Field(default="iso", description="dmy: times as 31/07/2026 14:30")
    time_zone: str = Field(default="UTC", description="zone of an updated_at that is given without one")
    fields: abc.Mapping[str, FieldRule] = Field(min_length=1)
    ignored: tuple[Name, ...] = ()
    not_available: tuple[Name, ...] = Field(default=(), description="texts by which the system says: not known")
    not_applicable: tuple[Name, ...] = Field(default=(), description="texts by which it says: does not apply here")
    page_size: int = Field(default=1000, ge=1, le=100_000, description="rows asked for at a time")
    expect_at_least: int | None = Field(default=None, ge=0, description="fewest rows of a usual month")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = faults_of(self)
        if faults:
            raise MappingFaults(faults)
        return self

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every native column that is read, each once."""
        used = (column for rule in self.fields.values() for column in rule.reads)
        return tuple(dict.fromkeys([self.key, self.updated_at, *used]))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of times given without one."""
        return ZoneInfo(self.time_zone)
