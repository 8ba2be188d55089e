"""The indicator catalogue: what each figure means, signed by both sides, read from ``catalogue/``."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from reports.figure import TOTAL, Form
from schemas.streams import STREAMS

CATALOGUE = Path(__file__).parent / "catalogue"
QUERIES = Path(__file__).parent / "queries"
RECORDS = QUERIES / "records"  # what is counted of each record, made in the order of their names
VIEWS = QUERIES / "views"  # what the queries read beside the cubes, made in that order too

Layout = Form | Literal["survival"]  # a survival is told and protected as shares, and drawn over time
WITH_DENOMINATOR = frozenset({"share", "rate", "survival", "quantiles", "league"})

Words = Mapping[str, str]
_BESIDE: Mapping[Layout, str] = {
    "breakdown": TOTAL,
    "share": "share",
    "survival": "share",
    "rate": "rate",
    "quantiles": "median",
}  # a trend holds its quarters itself


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(_Entry):
    """One indicator. Texts are by language; ``query`` is the stem of its file under ``queries/``."""

    id: str
    section: str
    form: Layout
    query: str
    stream: Literal["placement", "complaint"] | None = Field(
        default=None, description="whose absence makes it not available"
    )
    fields: tuple[str, ...] = Field(default=(), description="of the stream: those that a side must share to be counted")
    name: Words
    definition: Words
    numerator: Words
    denominator: Words | None = None
    unit: str
    direction: Literal["higher_is_better", "lower_is_better", "context"]
    source: str
    basis: str = Field(description="where the indicator comes from")
    valid_from: date
    version: int = Field(ge=1)
    since: int = Field(default=1, ge=1, description="first version of the catalogue that has it")
    columns: tuple[str, ...] = Field(
        default=(), description="columns of a breakdown when they are not the sides, and counts of quantiles"
    )
    charted: tuple[str, ...] = Field(default=(), description="columns the chart shows when it is not all of them")
    codelist: str | None = Field(default=None, description="code list that names the rows")
    order: tuple[str, ...] | Literal["size", "codelist"] = "size"
    beside: str | None = Field(
        default=None,
        description="what stands beside earlier quarters: a column, or `total` of each column; by form if absent",
    )
    as_of_cut_off: bool = Field(
        default=False, description="counts what is at the cut-off, so earlier quarters have none"
    )

    @model_validator(mode="after")
    def _a_ratio_has_a_denominator(self) -> Self:
        if (self.form in WITH_DENOMINATOR) != (self.denominator is not None):
            raise ValueError(f"{', '.join(sorted(WITH_DENOMINATOR))} name a denominator, nothing else does")
        return self

    @model_validator(mode="after")
    def _needs_fields_that_there_are(self) -> Self:
        there_are = STREAMS[self.stream].fields if self.stream else ()
        if unknown := set(self.fields).difference(there_are):
            raise ValueError(f"{', '.join(sorted(unknown))}: no field of {self.stream}")
        return self

    @property
    def compared(self) -> str | None:
        """What of it stands beside earlier quarters: a column, or ``total``; ``None``: nothing."""
        return None if self.as_of_cut_off else self.beside or _BESIDE.get(self.form)

    @property
    def sql(self) -> str:
        """Its query, one readable SELECT over the cubes and ``queries/views/``."""
        return (QUERIES / f"{self.query}.sql").read_text(encoding="utf-8")


Written = tuple[str, str, str]  # indicator, row, column; the latter two may name {series}, {side}, {quarter}, ...


class Relation(_Entry):
    """How cells hang together: ``parts`` add up to ``equals``, or to ``at_most`` that.

    In a row or a column ``{series}`` stands for each side and ``matched`` in turn, ``{side}`` for each side,
    ``{any_quarter}`` for each quarter of a trend, ``{quarter}`` for the edition's, ``{previous}`` for the one before.
    """

    parts: tuple[Written, ...] = Field(min_length=1)
    equals: tuple[Written, ...] = ()
    at_most: tuple[Written, ...] = ()

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if bool(self.equals) == bool(self.at_most):
            raise ValueError("a relation has either equals or at_most")
        return self

    @property
    def whole(self) -> tuple[Written, ...]:
        """What the parts are compared with."""
        return self.equals or self.at_most

    @property
    def equal(self) -> bool:
        """Whether they are the same, not less."""
        return bool(self.equals)


class Catalogue(_Entry):
    """All indicators of one version, in the order of the page, and how their cells hang together."""

    version: int = Field(ge=1)
    valid_from: date
    parameters: Mapping[str, int] = Field(description="figures that queries and definitions speak of by these names")
    relations: tuple[Relation, ...]
    indicators: tuple[Indicator, ...]

    @property
    def comparable(self) -> tuple[Indicator, ...]:
        """Those that have a value for an earlier quarter too."""
        return tuple(each for each in self.indicators if not each.as_of_cut_off and each.form != "calendar")

    def named(self, name: str) -> Indicator:
        """The indicator with id ``name``. Raises ``KeyError`` when there is none, as of an older catalogue."""
        return {each.id: each for each in self.indicators}[name]

    def of(self, section: str) -> tuple[Indicator, ...]:
        """The indicators of ``section``."""
        return tuple(indicator for indicator in self.indicators if indicator.section == section)

    def as_of(self, version: int) -> "Catalogue":
        """What it was in ``version``. Raises ``CatalogueError`` for one that is still to come."""
        if version > self.version:
            raise CatalogueError(
                f"report.catalogue {version}: the newest there is is {self.version}; set it in the agreement, or "
                "install a newer Amanah"
            )
        there = tuple(indicator for indicator in self.indicators if indicator.since <= version)
        return self.model_copy(update={"version": version, "indicators": there})


class CatalogueError(ValueError):
    """The agreement names a catalogue that there is not; the text says which there is."""


@cache
def load() -> Catalogue:
    """The newest catalogue: the terms, then the entries of each section's file, with the relations of its cells."""
    head = _read(CATALOGUE / "00_catalogue.yaml")
    parameters = {f"{{{name}}}": str(value) for name, value in head["parameters"].items()}
    entries = [
        _filled(entry, parameters)
        for path in sorted(CATALOGUE.glob("[1-9]*.yaml"))
        for entry in _read(path)["indicators"]
    ]
    return Catalogue.model_validate({**head, "indicators": entries, "relations": _read(CATALOGUE / "relations.yaml")})


def _filled(entry: Any, parameters: Mapping[str, str]) -> Any:
    """The entry with the catalogue's figures in its texts."""
    if isinstance(entry, str):
        for name, value in parameters.items():
            entry = entry.replace(name, value)
        return entry
    if isinstance(entry, dict):
        return {key: _filled(value, parameters) for key, value in entry.items()}
    return entry


@cache
def fingerprint() -> str:
    """SHA-256 over the files of the catalogue, in the order of their names."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(CATALOGUE.glob("*.yaml")))).hexdigest()


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
