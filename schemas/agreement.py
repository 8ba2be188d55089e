"""The agreement: everything in which one corridor differs from another, signed off by both sides.

The file's SHA-256 travels in every package, so that both sides know they speak of the same text. What the
agreement does not name cannot leave: fields, directions and purposes are granted one by one.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from schemas import majors
from schemas.agreement_faults import contradictions
from schemas.agreement_keys import PinnedKey
from schemas.agreement_majors import in_current_majors
from schemas.agreement_party import Authority, Party, Route
from schemas.agreement_stream import DocumentCheck, Grant, Linkage, StreamTerms, Tolerance
from schemas.agreement_terms import (
    Assessment,
    CaseTerms,
    Deadlines,
    Money,
    Package,
    Protection,
    PurposeTerms,
    Rate,
    Report,
    Retention,
    Schedule,
    Thresholds,
    Transport,
)
from schemas.agreement_words import form_faults
from schemas.checks import CheckDigit, Pattern
from schemas.clause import Clause, Country, Currency, Day, OnceEach, Words
from schemas.corridor_model import corridor_model
from schemas.document_no import CHECK_DIGIT, DOCUMENT_PATTERN
from schemas.fields import Purpose
from schemas.located_yaml import Fault, UnreadableYaml, describe, locate
from schemas.majors import Form
from schemas.placement import AREA, OCCUPATION
from schemas.record import Record
from schemas.streams import STREAMS, Stream

__all__ = [
    "FOLDER", "Agreement", "AgreementError", "Assessment", "Authority", "DocumentCheck", "Grant", "Linkage", "Money",
    "Party", "PinnedKey", "Protection", "Rate", "Route", "StreamTerms", "Tolerance", "load",
]  # fmt: skip

FOLDER = Path(__file__).parent / "agreements"
CONTRADICTION = "contradiction"

Area = Annotated[str, Field(pattern=AREA)]
Occupation = Annotated[str, Field(pattern=OCCUPATION)]


class AgreementError(ValueError):
    """The agreement file cannot be used; the text names the file and every fault found."""


class Agreement(Clause):
    """One corridor's agreement. Load it with :func:`load`."""

    id: Annotated[str, Field(pattern=r"^[a-z]{3}-[a-z]{3}$")] = Field(
        description="codes of the parties in their order; names folders, pipelines and reports"
    )
    title: Words = Field(description="what the agreement is called, in each language")
    in_force_from: Day = Field(description="first day; months before it are not exchanged")
    in_force_until: Day = Field(description="last day; months after it are not exchanged")
    legal_ground: str = Field(min_length=1, description="ground of the transfer as a whole; in every manifest")
    environment: Literal["live", "test"] = Field(description="live data and test data never mix")
    parties: Mapping[Country, Party] = Field(
        min_length=2, max_length=2, description="the two sides, the country of origin first"
    )
    purposes: Mapping[Purpose, PurposeTerms] = Field(
        min_length=1, description="what data may travel for; a purpose that is not named is not granted"
    )
    areas: Annotated[tuple[Area, ...], Field(min_length=1), OnceEach] = Field(
        description="areas of work of the corridor, ISO 3166-2; another one is a caution"
    )
    occupations: Annotated[tuple[Occupation, ...], Field(min_length=1), OnceEach] = Field(
        description="occupations of the corridor, ISCO-08 unit groups; another one is a caution"
    )
    currencies: Annotated[tuple[Currency, ...], Field(min_length=1), OnceEach] = Field(
        description="currencies of the corridor, ISO 4217; another one is a caution"
    )
    rates: tuple[Rate, ...] = Field(
        default=(),
        description="fixed rates between two of them; where there is none, amounts of two currencies differ",
    )
    streams: Mapping[str, StreamTerms] = Field(min_length=1, description="the kinds of record that travel")
    package: Package = Field(description="form of what travels")
    transport: Transport = Field(description="wires between the two sides")
    schedule: Schedule = Field(description="when the pipelines run")
    deadlines: Deadlines = Field(description="how long somebody may take")
    cases: CaseTerms = Field(default=CaseTerms(), description="how both sides work on cases")
    retention: Retention = Field(description="how long things are kept")
    thresholds: Thresholds = Field(description="figures the two governments agreed on")
    protection: Protection = Field(description="what means that a person may be in danger")
    report: Report = Field(description="how the quarterly evaluation is published")
    assessments: tuple[Assessment, ...] = Field(description="papers without which nothing may leave")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="hash of the file; worked out when it is loaded, never written in it"
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = contradictions(self.model_dump(by_alias=True))
        if faults:
            said = "; ".join(f"{fault.path}: {fault.text}" for fault in faults)
            raise PydanticCustomError(CONTRADICTION, "{said}", {"said": said})
        return self

    def other(self, party: str) -> str:
        """The party that is not ``party``. Raises ``AgreementError`` when ``party`` is not one of the two."""
        if party not in self.parties:
            raise AgreementError(f"{self.id}: {party!r} is not a party; parties are {', '.join(self.parties)}")
        return next(code for code in self.parties if code != party)

    def covers(self, period: str) -> bool:
        """Whether the agreement is in force in some part of the month ``period`` (``2026-07``)."""
        return f"{self.in_force_from:%Y-%m}" <= period <= f"{self.in_force_until:%Y-%m}"

    def lapsed(self, day: date) -> tuple[Assessment, ...]:
        """The assessments that were to be reviewed before ``day``: while there is one, nothing may leave."""
        return tuple(assessment for assessment in self.assessments if assessment.review_by < day)

    def granted(self, stream: str, *, sender: str) -> tuple[str, ...]:
        """Fields of ``stream`` that ``sender`` may send, in the model's order.

        A field that the contract keeps with its holder is never among them, nor one granted for a purpose that is not
        agreed or not the field's own; nor, as long as a party speaks the major before, one that is not in that.
        """
        way, agreed = f"{sender}>{self.other(sender)}", self.stream(stream)
        grants = {
            field: grant
            for field, grant in self.streams[stream].fields.items()
            if way in grant.directions and grant.purpose in self.purposes
        }
        spoken = self.written_form(stream).names
        named = (field for field in agreed.fields if field in grants and field in spoken and agreed.may_leave(field))
        return tuple(field for field in named if grants[field].purpose in agreed.purposes(field))

    def written_form(self, stream: str) -> Form:
        """The major in which messages of ``stream`` are written: what both parties speak."""
        return majors.PREVIOUS[stream] if self.streams[stream].previous_for else majors.current(self.stream(stream))

    def taken_form(self, stream: str, schema_id: str) -> Form | None:
        """The major of a message of ``stream`` that says ``schema_id``; None when it is not taken."""
        taken = (self.written_form(stream), majors.current(self.stream(stream)))
        return next((form for form in taken if form.stream.schema_id == schema_id), None)

    def stream(self, name: str) -> Stream:
        """The agreed stream ``name``. Raises ``AgreementError`` when it is not agreed."""
        if name not in self.streams or name not in STREAMS:
            raise AgreementError(f"{self.id}: stream {name!r} is not agreed; agreed are {', '.join(self.streams)}")
        return STREAMS[name]

    def document_checks(self, stream: str, *, severity: str) -> tuple[Pattern | CheckDigit, ...]:
        """The checks of document numbers of ``stream`` that have this ``severity`` (error, warning), as data."""
        self.stream(stream)
        found: list[Pattern | CheckDigit] = []
        for field, agreed in self.streams[stream].documents.items():
            if agreed.severity == severity:
                found.append(Pattern(DOCUMENT_PATTERN, field, agreed.pattern))
                if agreed.check != "none":
                    found.append(CheckDigit(CHECK_DIGIT, field, agreed.check, agreed.pattern))
        return tuple(found)

    def record_model(self, stream: str) -> type[Record]:
        """The model that a record of ``stream`` keeps to in this corridor: the contract's, and the agreed errors."""
        return corridor_model(self.stream(stream).model, self.document_checks(stream, severity="error"))

    def checked_stream(self, name: str) -> Stream:
        """The agreed stream ``name`` with the model of this corridor: what a record is checked against."""
        return dataclasses.replace(self.stream(name), model=self.record_model(name))

    def add_working_days(self, party: str, start: date, days: int) -> date:
        """The date ``days`` working days of ``party`` after ``start``."""
        return self.parties[party].add_working_days(start, days)


def load(path: Path) -> Agreement:
    """Load the agreement file ``path``. Raises ``AgreementError`` naming the file and every fault with its line."""
    content = path.read_bytes()
    try:
        document = locate(content)
    except UnreadableYaml as error:
        raise AgreementError(f"{path.name} {error}") from None
    clauses = document.data
    if not isinstance(clauses, dict):
        raise AgreementError(f"{path}: expected a mapping of clauses")
    clauses = in_current_majors(clauses)
    faults = [*document.faults, *contradictions(clauses)]
    if "sha256" in clauses:
        faults.append(Fault(("sha256",), "is worked out from the file and cannot stand in it"))
    agreement = None
    try:
        agreement = Agreement.model_validate({**clauses, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults += form_faults([each for each in found if each["type"] != CONTRADICTION])
        faults = faults or [Fault((), each["msg"]) for each in found]  # a refusal always says why
    if agreement is None or faults:
        raise AgreementError(describe(path, faults, document))
    return agreement
