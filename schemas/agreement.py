"""The agreement: everything in which one corridor differs from another, signed off by both sides.

The file's SHA-256 travels in every package, so that both sides know they speak of the same text. What the
agreement does not name cannot leave: fields, directions and purposes are granted one by one.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.fields import Purpose
from schemas.streams import STREAMS, Stream

FOLDER = Path(__file__).parent / "agreements"

Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class AgreementError(ValueError):
    """The agreement file cannot be used; the text names the file and every fault found."""


class _Clause(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Route(_Clause):
    """Who owns a discrepancy: the first route whose conditions all hold. No condition means "any"."""

    official: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", description="mail address of the desk")]
    streams: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    def takes(self, *, stream: str, klass: str, area: str | None) -> bool:
        """Whether a discrepancy of this stream, class and area belongs to this official."""
        return (
            (not self.streams or stream in self.streams)
            and (not self.classes or klass in self.classes)
            and (not self.areas or area in self.areas)
        )


class Party(_Clause):
    """One side of the corridor."""

    names: Mapping[str, str]
    time_zone: str
    weekend: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    routes: tuple[Route, ...] = Field(min_length=1)
    engineer: str

    @model_validator(mode="after")
    def _somebody_owns_everything(self) -> Self:
        last = self.routes[-1]
        if last.streams or last.classes or last.areas:
            raise ValueError("the last route must have no condition, so that every case has an owner")
        return self


class Grant(_Clause):
    """One field that may travel, which way and why."""

    directions: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}>[A-Z]{3}$")], ...] = Field(min_length=1)
    purpose: Purpose


class Tolerance(_Clause):
    """When two values of a field still agree. Exactly one way of comparing."""

    rule: Literal["exact", "days", "amount", "name", "stage"]
    within: Decimal = Decimal(0)
    severity: Literal["low", "medium", "high"] = "medium"


class Linkage(_Clause):
    """How records of one stream are linked and compared."""

    keys: tuple[str, ...] = Field(min_length=1)
    earlier: Mapping[str, str] = Field(default={}, description="key -> list field holding its earlier values")
    parent: str | None = Field(default=None, description="field that refers to a record of the placement stream")
    parent_stream: str | None = None
    near: Mapping[str, int] = Field(default={}, description="date field -> days two linked records may lie apart")
    compare: Mapping[str, Tolerance]


class StreamTerms(_Clause):
    """What the two sides agreed about one stream."""

    version: int = Field(ge=1, alias="schema")
    fields: Mapping[str, Grant]
    linkage: Linkage
    late_after_months: int = Field(default=2, ge=1, description="missing longer than this counts as lost, not late")


class Money(_Clause):
    """An amount with its currency."""

    amount: Decimal = Field(ge=0)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Thresholds(_Clause):
    """Figures the two governments agreed on."""

    minimum_wage: Money
    cost_cap: Money


class Protection(_Clause):
    """Rules that raise a discrepancy because a person may be in danger."""

    absconding_stage: str
    wage_complaints: tuple[str, ...]
    open_complaint_stages: tuple[str, ...]
    known_by_both: tuple[str, ...] = Field(description="stages that both sides must know of, such as died")


class Schedule(_Clause):
    """When the pipelines run; cron in the party's own time zone."""

    publish: str
    collect: str


class Deadlines(_Clause):
    """How long the other side may take."""

    answer_hours: int = Field(ge=1)
    case_working_days: int = Field(ge=1)


class Report(_Clause):
    """How the quarterly evaluation is published."""

    languages: tuple[Literal["en", "id", "ar"], ...] = Field(min_length=1)
    smallest_count: int = Field(ge=1, description="counts from 1 up to below this are never printed")


class Agreement(_Clause):
    """One corridor's agreement. Load it with :func:`load`."""

    id: Annotated[str, Field(pattern=r"^[a-z]{3}-[a-z]{3}$")]
    title: Mapping[str, str]
    in_force_from: date
    in_force_until: date
    legal_ground: str
    environment: Literal["live", "test"]
    parties: Mapping[Country, Party] = Field(min_length=2, max_length=2)
    streams: Mapping[str, StreamTerms] = Field(min_length=1)
    schedule: Schedule
    deadlines: Deadlines
    thresholds: Thresholds
    protection: Protection
    report: Report
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = [fault for name, terms in self.streams.items() for fault in self._faults(name, terms)]
        if self.in_force_until <= self.in_force_from:
            faults.append("in_force_until: must lie after in_force_from")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self, name: str, terms: StreamTerms) -> list[str]:
        if name not in STREAMS:
            return [f"streams.{name}: no such stream; known are {', '.join(STREAMS)}"]
        stream, where = STREAMS[name], f"streams.{name}"
        faults = []
        if terms.version != stream.version:
            faults.append(f"{where}.schema: version {terms.version} is not spoken here, {stream.version} is")
        if "record_ref" not in terms.fields:
            faults.append(f"{where}.fields: record_ref must travel, it names the record")
        ways = {f"{a}>{b}" for a in self.parties for b in self.parties if a != b}
        for field, grant in terms.fields.items():
            if field not in stream.fields:
                faults.append(f"{where}.fields.{field}: no such field in {stream.schema_id}")
            strange = [way for way in grant.directions if way not in ways]
            faults += [f"{where}.fields.{field}: direction {way} is not between the parties" for way in strange]
        return faults + self._linkage_faults(where, terms, ways)

    @staticmethod
    def _linkage_faults(where: str, terms: StreamTerms, ways: set[str]) -> list[str]:
        rules = terms.linkage
        used = [*rules.keys, *rules.compare, *rules.near, *rules.earlier.values(), rules.parent]
        return [
            f"{where}.linkage: {field} is used to reconcile but does not travel both ways"
            for field in used
            if field is not None and (field not in terms.fields or set(terms.fields[field].directions) != ways)
        ]

    def other(self, party: str) -> str:
        """The party that is not ``party``. Raises ``AgreementError`` when ``party`` is not one of the two."""
        if party not in self.parties:
            raise AgreementError(f"{self.id}: {party!r} is not a party; parties are {', '.join(self.parties)}")
        return next(code for code in self.parties if code != party)

    def covers(self, period: str) -> bool:
        """Whether the agreement is in force in some part of the month ``period`` (``2026-07``)."""
        return f"{self.in_force_from:%Y-%m}" <= period <= f"{self.in_force_until:%Y-%m}"

    def granted(self, stream: str, *, sender: str) -> tuple[str, ...]:
        """Fields of ``stream`` that ``sender`` may send, in the model's order."""
        way = f"{sender}>{self.other(sender)}"
        fields = self.streams[stream].fields
        return tuple(f for f in STREAMS[stream].fields if f in fields and way in fields[f].directions)

    def stream(self, name: str) -> Stream:
        """The agreed stream ``name``. Raises ``AgreementError`` when it is not agreed."""
        if name not in self.streams:
            raise AgreementError(f"{self.id}: stream {name!r} is not agreed; agreed are {', '.join(self.streams)}")
        return STREAMS[name]

    def add_working_days(self, party: str, start: date, days: int) -> date:
        """The date ``days`` working days of ``party`` after ``start``."""
        weekend = self.parties[party].weekend
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        current = start
        while days > 0:
            current += timedelta(days=1)
            days -= names[current.weekday()] not in weekend
        return current


def load(path: Path) -> Agreement:
    """Load the agreement file ``path``. Raises ``AgreementError`` naming the file and every fault at once."""
    content = path.read_bytes()
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise AgreementError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(document, dict):
        raise AgreementError(f"{path}: expected a mapping of clauses")
    try:
        return Agreement.model_validate({**document, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, e['loc'])) or 'agreement'}: {e['msg']}" for e in error.errors())
        raise AgreementError(f"{path}: {error.error_count()} fault(s)\n{faults}") from error
