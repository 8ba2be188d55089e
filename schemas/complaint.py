"""``complaint/1``: one complaint by or for a worker, as one side knows it."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from schemas import codelists
from schemas.fields import Classification, Purpose, Record, described, required


class Complaint(Record):
    """A complaint. ``placement_ref`` is absent for a worker outside the placement system ("non-procedural")."""

    model_config = ConfigDict(title="complaint/1")

    record_ref: str = required(
        "The holder's own reference of this complaint, stable for its life; begins with the holder's country.",
        classification=Classification.IDENTIFIER,
        purpose=Purpose.LINKAGE,
        pattern=r"^[A-Z]{3}-C-[A-Z0-9-]{1,32}$",
    )
    placement_ref: str | None = described(
        "The holder's reference of the placement the complaint is about.",
        classification=Classification.IDENTIFIER,
        purpose=Purpose.LINKAGE,
        pattern=r"^[A-Z]{3}-P-[A-Z0-9-]{1,32}$",
    )
    kind: Annotated[str, AfterValidator(codelists.member_of("complaint_kind"))] = required(
        "What the complaint is about.", classification=Classification.SENSITIVE, purpose=Purpose.PROTECTION
    )
    channel: Annotated[str | None, AfterValidator(codelists.member_of("channel"))] = described(
        "How the complaint came in.",
        classification=Classification.OPERATIONAL,
        purpose=Purpose.EVALUATION,
        codes=codelists.load("channel").codes,
    )
    received_on: date = required(
        "Day on which it was received.", classification=Classification.OPERATIONAL, purpose=Purpose.PROTECTION
    )
    stage: Annotated[str, AfterValidator(codelists.member_of("complaint_stage"))] = required(
        "Latest stage of its handling.", classification=Classification.OPERATIONAL, purpose=Purpose.PROTECTION
    )
    stage_date: date | None = described(
        "Day on which that stage was reached.", classification=Classification.OPERATIONAL, purpose=Purpose.PROTECTION
    )
    urgency: Annotated[str | None, AfterValidator(codelists.member_of("urgency"))] = described(
        "How soon somebody has to act.",
        classification=Classification.SENSITIVE,
        purpose=Purpose.PROTECTION,
        codes=codelists.load("urgency").codes,
    )

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.stage_date and self.stage_date < self.received_on:
            raise PydanticCustomError("stage_before_receipt", "stage_date lies before received_on")
        return self
