"""``complaint/1``: one complaint by or for a worker, as one side knows it."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict

from schemas.fields import Classification, Purpose, described, required
from schemas.placement import AREA, CURRENCY, DOCUMENT_NO, NAME, PERSON_REF, PLACEMENT_REF, REFERENCE
from schemas.record import Record
from schemas.rules import InOrder, Needs, Rule
from schemas.values import Amount, Day, InList, Text

_ID, _PERSONAL, _OPERATIONAL = Classification.IDENTIFIER, Classification.PERSONAL, Classification.OPERATIONAL
_SENSITIVE = Classification.SENSITIVE
_LINK, _PROTECT, _EVALUATE = Purpose.LINKAGE, Purpose.PROTECTION, Purpose.EVALUATION

COMPLAINT_REF = r"^[A-Z]{3}-C-[A-Z0-9-]{1,32}$"


class Complaint(Record):
    """A complaint. ``placement_ref`` is absent for a worker outside the placement system ("non-procedural")."""

    model_config = ConfigDict(title="complaint/1")

    # Which record this is, and whom it is about
    record_ref: Text = required(
        "The holder's own reference of this complaint, stable for its life; begins with the holder's country.",
        classification=_ID,
        purposes=(_LINK, _PROTECT, _EVALUATE),
        pattern=COMPLAINT_REF,
    )
    placement_ref: Text | None = described(
        "The holder's reference of the placement the complaint is about.",
        classification=_ID,
        purposes=(_LINK, _PROTECT),
        pattern=PLACEMENT_REF,
    )
    person_ref: Text | None = described(
        "The holder's reference of the person, the same in all of that person's placements and complaints.",
        classification=_ID,
        purposes=(_LINK,),
        pattern=PERSON_REF,
    )
    worker_passport_no: Text | None = described(
        "Passport of a worker who has no placement on record.",
        classification=_ID,
        purposes=(_LINK, _PROTECT),
        pattern=DOCUMENT_NO,
    )
    worker_name_latin: Text | None = described(
        "Name in Latin script of a worker who has no placement on record.",
        classification=_PERSONAL,
        purposes=(_LINK, _PROTECT),
        max_length=NAME,
    )
    worker_name_arabic: Text | None = described(
        "Name in Arabic script of a worker who has no placement on record.",
        classification=_PERSONAL,
        purposes=(_LINK, _PROTECT),
        max_length=NAME,
    )
    worker_birth_date: Day | None = described(
        "Date of birth, Gregorian, of a worker who has no placement on record.",
        classification=_PERSONAL,
        purposes=(_LINK, _PROTECT),
    )
    worker_sex: Annotated[Text, InList("sex")] | None = described(
        "Sex of a worker who has no placement on record.", classification=_PERSONAL, purposes=(_EVALUATE, _LINK)
    )

    # What it is about
    kind: Annotated[Text, InList("complaint_kind")] = required(
        "What the complaint is about.", classification=_SENSITIVE, purposes=(_PROTECT, _EVALUATE)
    )
    further_kinds: list[Annotated[Text, InList("complaint_kind")]] | None = described(
        "What else it is about.", classification=_SENSITIVE, purposes=(_PROTECT, _EVALUATE), max_length=10
    )
    channel: Annotated[Text, InList("channel")] | None = described(
        "How the complaint came in.", classification=_OPERATIONAL, purposes=(_EVALUATE,)
    )
    reported_by: Annotated[Text, InList("reporter")] | None = described(
        "Who brought it.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    office_ref: Text | None = described(
        "Office that handles it.", classification=_OPERATIONAL, purposes=(_PROTECT,), max_length=REFERENCE
    )
    area: Text | None = described(
        "Area where it happened, ISO 3166-2.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        pattern=AREA,
    )
    incident_on: Day | None = described(
        "Day on which it happened or began.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )

    # Its handling
    received_on: Day = required(
        "Day on which it was received.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    stage: Annotated[Text, InList("complaint_stage")] = required(
        "Latest stage of its handling.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    stage_date: Day | None = described(
        "Day on which that stage was reached.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    outcome: Annotated[Text, InList("complaint_outcome")] | None = described(
        "What came of it.", classification=_SENSITIVE, purposes=(_PROTECT, _EVALUATE)
    )
    closed_on: Day | None = described(
        "Day on which its handling ended.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    claim_amount: Amount | None = described(
        "Money the worker claims.", classification=_PERSONAL, purposes=(_PROTECT, _EVALUATE), unit="claim_currency"
    )
    claim_currency: Text | None = described(
        "Currency of the claim, ISO 4217.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        pattern=CURRENCY,
    )
    remedy_amount: Amount | None = described(
        "Money paid to the worker as remedy.",
        classification=_PERSONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="remedy_currency",
    )
    remedy_currency: Text | None = described(
        "Currency of the remedy, ISO 4217.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        pattern=CURRENCY,
    )
    remedy_paid_on: Day | None = described(
        "Day on which the remedy was paid.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )

    # Danger
    urgency: Annotated[Text, InList("urgency")] | None = described(
        "How soon somebody has to act.", classification=_SENSITIVE, purposes=(_PROTECT,)
    )
    forced_labour_indicators: list[Annotated[Text, InList("forced_labour_indicator")]] | None = described(
        "ILO indicators of forced labour that were found; an empty list says that none was.",
        classification=_SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
        max_length=11,
    )
    trafficking_status: Annotated[Text, InList("trafficking_status")] | None = described(
        "Whether the worker is a victim of trafficking (HTCDS vic_TraffickingStatus).",
        classification=_SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
    )
    methods_of_control: list[Annotated[Text, InList("method_of_control")]] | None = described(
        "How the worker was controlled (HTCDS vic_MethodsOfControl).",
        classification=_SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
        max_length=16,
    )
    exploitation_types: list[Annotated[Text, InList("exploitation_type")]] | None = described(
        "How the worker was exploited (HTCDS vic_TypeOfExploitation).",
        classification=_SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
        max_length=11,
    )

    not_applicable: list[Text] | None = described(
        "Names of the fields above that do not apply to this complaint, as against being unknown.",
        classification=_OPERATIONAL,
        purposes=(_LINK, _PROTECT, _EVALUATE),
        max_length=100,
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        InOrder("stage_before_receipt", "received_on", "stage_date"),
        InOrder("received_before_incident", "incident_on", "received_on"),
        InOrder("closed_before_receipt", "received_on", "closed_on"),
        InOrder("remedy_before_incident", "incident_on", "remedy_paid_on"),
        Needs("claim_currency", "claim_amount", "claim_currency"),
        Needs("remedy_currency", "remedy_amount", "remedy_currency"),
    )
