"""The mapping: how one ministry system says what the contract says. A short YAML file that officials can read.

    name: siskop2mi
    kind: sql                    # sql, rest or csv
    stream: placement
    table: siskop2mi_kontrak     # sql; a rest source has an endpoint, a csv drop a pattern
    key: nomor_registrasi
    updated_at: diubah_pada
    fields:
      contract_no: nomor_kontrak
      birth_date: {column: tgl_lahir, transform: date_iso}
      sex: {column: jenis_kelamin, codes: {P: F, L: M}}
    ignored: [catatan_petugas]

Every column of the system is either used or listed under ``ignored``, so that nothing is lost unnoticed.
"""

from collections import abc
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from amanah.sources.errors import MappingError
from amanah.sources.field_rule import FieldRule, Name
from amanah.sources.mapping_faults import place_faults, rule_faults
from schemas.streams import STREAMS


class Mapping(BaseModel):
    """One system's mapping. Load it with :func:`load`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    kind: Literal["sql", "rest", "csv"]
    stream: str
    table: Name | None = Field(default=None, description="sql: table or view, with its schema if it needs one")
    endpoint: Annotated[str, Field(pattern=r"^/")] | None = Field(default=None, description="rest: path of the records")
    pattern: Annotated[str, Field(pattern=r"^[^/{}]*\{month\}[^/{}]*\.csv$")] | None = Field(
        default=None, description="csv: file names, {month} standing for 2026-07"
    )
    delimiter: Literal[",", ";", "\t", "|"] = Field(default=",", description="csv: between two cells")
    key: Name = Field(description="column that tells apart rows updated at the same moment; unique in the system")
    updated_at: Name = Field(description="column with the time of the last change")
    time_zone: str = Field(default="UTC", description="zone of an updated_at that is given without one")
    fields: abc.Mapping[str, FieldRule] = Field(min_length=1)
    ignored: tuple[Name, ...] = ()
    page_size: int = Field(default=1000, ge=1, le=100_000, description="rows asked for at a time")
    expect_at_least: int | None = Field(default=None, ge=0, description="fewest rows of a usual month")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = place_faults(self.kind, {"table": self.table, "endpoint": self.endpoint, "pattern": self.pattern})
        if self.time_zone not in available_timezones():
            faults.append(f"time_zone: {self.time_zone!r} is not an IANA time zone such as Asia/Riyadh")
        faults += [f"ignored: {column} is in use" for column in self.ignored if column in self.columns]
        if self.stream in STREAMS:
            faults += rule_faults(STREAMS[self.stream], self.fields)
        else:
            faults.append(f"stream: no stream {self.stream!r}; there are {', '.join(STREAMS)}")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every native column that is read, each once."""
        used = (rule.column for rule in self.fields.values() if rule.column is not None)
        return tuple(dict.fromkeys([self.key, self.updated_at, *used]))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of times given without one."""
        return ZoneInfo(self.time_zone)


class _TextLoader(yaml.BaseLoader):
    """YAML whose values are text as written: ``no`` is a column's name, 0101 keeps its zero.

    A key given twice is a fault: the first of the two would be lost.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {key!r} is given more than once")
        return super().construct_mapping(node, deep)


def load(path: Path) -> Mapping:
    """Load the mapping file ``path``. Raises ``MappingError`` naming the file and every fault at once."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _TextLoader)  # noqa: S506 - makes nothing but text
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: not readable as YAML in UTF-8: {error}") from error
    except OSError as error:
        raise MappingError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'mapping'}: {e['msg']}" for e in error.errors()]
        raise MappingError(f"{path}: cannot be used\n  " + "\n  ".join(faults)) from None
