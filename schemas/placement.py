"""``placement/1``: one worker's placement with one employer, as one side knows it."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from schemas import mrz
from schemas.fields import Classification, Purpose, described, required
from schemas.record import Record
from schemas.rules import AtMost, FirstOf, InOrder, MrzHolds, MrzNames, Needs, Rule, SameLength
from schemas.values import Amount, Count, Day, DaysOfWeek, HoursOfDay, InList, Text

_ID, _PERSONAL, _OPERATIONAL = Classification.IDENTIFIER, Classification.PERSONAL, Classification.OPERATIONAL
_LINK, _PROTECT, _EVALUATE = Purpose.LINKAGE, Purpose.PROTECTION, Purpose.EVALUATION

PLACEMENT_REF = r"^[A-Z]{3}-P-[A-Z0-9-]{1,32}$"
PERSON_REF = r"^[A-Z]{3}-W-[A-Z0-9-]{1,32}$"
DOCUMENT_NO = r"^[A-Z0-9][A-Z0-9/-]{2,31}$"
COUNTRY = r"^[A-Z]{3}$"  # ISO 3166-1 alpha-3
AREA = r"^[A-Z]{2}-[A-Z0-9]{1,3}$"  # ISO 3166-2
OCCUPATION = r"^[0-9]{4}$"  # ISCO-08 unit group
CURRENCY = r"^[A-Z]{3}$"  # ISO 4217
NAME, REFERENCE = 160, 64  # longest texts; a passport prints 39 characters of a name, a visa up to 100

DocumentNo = Annotated[Text, Field(pattern=DOCUMENT_NO)]


class Placement(Record):
    """A placement. What is not known is absent; nothing is ever guessed."""

    model_config = ConfigDict(title="placement/1")

    # Which record this is
    record_ref: Text = required(
        "The holder's own reference of this record, stable for its life; begins with the holder's country.",
        classification=_ID,
        purposes=(_LINK, _PROTECT, _EVALUATE),
        pattern=PLACEMENT_REF,
    )
    earlier_record_refs: list[Annotated[Text, Field(pattern=PLACEMENT_REF)]] | None = described(
        "References under which the holder registered this same placement before.",
        classification=_ID,
        purposes=(_LINK,),
        max_length=10,
    )
    person_ref: Text | None = described(
        "The holder's reference of the person, the same in all of that person's placements and complaints.",
        classification=_ID,
        purposes=(_LINK,),
        pattern=PERSON_REF,
    )
    contract_no: Text | None = described(
        "Number of the employment contract.", classification=_ID, purposes=(_LINK,), pattern=DOCUMENT_NO
    )

    # Documents and their validity
    passport_no: Text | None = described(
        "Number of the passport now in use.", classification=_ID, purposes=(_LINK,), pattern=DOCUMENT_NO
    )
    passport_issued_on: Day | None = described(
        "Day on which that passport was issued.", classification=_PERSONAL, purposes=(_LINK,)
    )
    passport_expires_on: Day | None = described(
        "Last day on which that passport is valid.", classification=_PERSONAL, purposes=(_LINK, _PROTECT)
    )
    passport_mrz: Text | None = described(
        "Second line of the passport's machine readable zone; it may hold the national identity number.",
        classification=_ID,
        purposes=(_LINK,),
        leaves=False,
        pattern=mrz.LINE,
    )
    previous_passport_nos: list[DocumentNo] | None = described(
        "Numbers of earlier passports, newest first; an empty list says that there was none.",
        classification=_ID,
        purposes=(_LINK,),
        max_length=10,
    )
    previous_passport_expiries: list[Day] | None = described(
        "Last day of validity of each earlier passport, in the same order.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=10,
    )
    visa_no: Text | None = described(
        "Number of the entry visa.", classification=_ID, purposes=(_LINK,), pattern=DOCUMENT_NO
    )
    visa_expires_on: Day | None = described(
        "Last day on which the visa is valid for entry.", classification=_PERSONAL, purposes=(_LINK,)
    )
    border_no: Text | None = described(
        "Number given at the border, used until a residence permit is issued.",
        classification=_ID,
        purposes=(_LINK,),
        pattern=DOCUMENT_NO,
    )
    residence_no: Text | None = described(
        "Number of the residence permit (iqama).", classification=_ID, purposes=(_LINK,), pattern=DOCUMENT_NO
    )
    residence_expires_on: Day | None = described(
        "Last day on which the residence permit is valid.", classification=_PERSONAL, purposes=(_LINK, _PROTECT)
    )
    national_id: Text | None = described(
        "Identity number of the worker in the holder's population register, such as the Indonesian NIK.",
        classification=_ID,
        purposes=(_LINK,),
        leaves=False,
        pattern=DOCUMENT_NO,
    )

    # The person
    name_latin: Text | None = described(
        "Name in Latin script as printed in the document used.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=NAME,
    )
    surname_latin: Text | None = described(
        "Surname in Latin script, the primary identifier of the machine readable zone.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=NAME,
    )
    given_names_latin: Text | None = described(
        "Given names in Latin script, the secondary identifier of the machine readable zone.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=NAME,
    )
    father_name_latin: Text | None = described(
        "Father's name in Latin script, also where the passport's endorsement page adds it.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=NAME,
    )
    grandfather_name_latin: Text | None = described(
        "Grandfather's name in Latin script.", classification=_PERSONAL, purposes=(_LINK,), max_length=NAME
    )
    name_arabic: Text | None = described(
        "Name in Arabic script as printed in the document used.",
        classification=_PERSONAL,
        purposes=(_LINK,),
        max_length=NAME,
    )
    given_name_arabic: Text | None = described(
        "Given name in Arabic script.", classification=_PERSONAL, purposes=(_LINK,), max_length=NAME
    )
    father_name_arabic: Text | None = described(
        "Father's name in Arabic script.", classification=_PERSONAL, purposes=(_LINK,), max_length=NAME
    )
    grandfather_name_arabic: Text | None = described(
        "Grandfather's name in Arabic script.", classification=_PERSONAL, purposes=(_LINK,), max_length=NAME
    )
    family_name_arabic: Text | None = described(
        "Family name in Arabic script.", classification=_PERSONAL, purposes=(_LINK,), max_length=NAME
    )
    birth_date: Day | None = described(
        "Date of birth, Gregorian; the first day of the month or year (of its own calendar) when no more is known.",
        classification=_PERSONAL,
        purposes=(_LINK, _PROTECT),
    )
    birth_date_precision: Annotated[Text, InList("date_precision")] | None = described(
        "How much of the date of birth is known; the whole date if absent.",
        classification=_PERSONAL,
        purposes=(_LINK,),
    )
    birth_date_calendar: Annotated[Text, InList("calendar")] | None = described(
        "Calendar in which the document gives the date of birth; it was converted if not Gregorian.",
        classification=_PERSONAL,
        purposes=(_LINK,),
    )
    sex: Annotated[Text, InList("sex")] | None = described(
        "Sex as printed in the passport.", classification=_PERSONAL, purposes=(_EVALUATE, _LINK, _PROTECT)
    )
    nationality: Text | None = described(
        "Nationality, ISO 3166-1 alpha-3.", classification=_PERSONAL, purposes=(_LINK,), pattern=COUNTRY
    )

    # The work: the employer is the company that signs, the household is where the work is done
    occupation_isco: Text | None = described(
        "Occupation of the contract, ISCO-08 unit group.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _LINK, _PROTECT),
        pattern=OCCUPATION,
    )
    area: Text | None = described(
        "Area of work, ISO 3166-2.", classification=_OPERATIONAL, purposes=(_EVALUATE, _PROTECT), pattern=AREA
    )
    employer_ref: Text | None = described(
        "Reference of the employer: the company that signs the contract, not the household.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _LINK, _EVALUATE),
        max_length=REFERENCE,
    )
    employer_name: Text | None = described(
        "Name of the employer.", classification=_PERSONAL, purposes=(_PROTECT, _LINK), max_length=NAME
    )
    household_ref: Text | None = described(
        "Reference of the household in which the work is done; never a name or an address.",
        classification=_PERSONAL,
        purposes=(_PROTECT,),
        max_length=REFERENCE,
    )
    household_locality: Text | None = described(
        "Town or district of the household.", classification=_PERSONAL, purposes=(_PROTECT,), max_length=NAME
    )
    origin_agency_ref: Text | None = described(
        "Reference of the sending agency in the holder's register.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
        max_length=REFERENCE,
    )
    origin_agency_name: Text | None = described(
        "Name of the sending agency.", classification=_OPERATIONAL, purposes=(_EVALUATE, _PROTECT), max_length=NAME
    )
    origin_agency_licence_no: Text | None = described(
        "Licence of the sending agency (in Indonesia its SIP3MI).",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
        max_length=REFERENCE,
    )
    destination_agency_ref: Text | None = described(
        "Reference of the receiving agency in the holder's register.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
        max_length=REFERENCE,
    )
    destination_agency_name: Text | None = described(
        "Name of the receiving agency.", classification=_OPERATIONAL, purposes=(_EVALUATE, _PROTECT), max_length=NAME
    )
    destination_agency_licence_no: Text | None = described(
        "Licence of the receiving agency.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
        max_length=REFERENCE,
    )

    # Terms of the contract
    wage_amount: Amount | None = described(
        "Agreed wage for one wage_period; for a month if that is absent.",
        classification=_PERSONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="wage_currency per wage_period",
    )
    wage_currency: Text | None = described(
        "Currency of wage and earnings, ISO 4217.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        pattern=CURRENCY,
    )
    wage_period: Annotated[Text, InList("wage_period")] | None = described(
        "Time for which the wage is agreed.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    rest_days_per_week: DaysOfWeek | None = described(
        "Agreed days of rest in a week.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="days per week",
    )
    hours_per_day: HoursOfDay | None = described(
        "Agreed hours of work in a day.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="hours per day",
    )
    contract_start: Day | None = described(
        "First day of the contract.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    contract_end: Day | None = described(
        "Last day of the contract.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )

    # The funnel: where the placement stands, and the day of each stage that is known
    stage: Annotated[Text, InList("placement_stage")] = required(
        "Latest stage reached in the placement.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    stage_date: Day | None = described(
        "Day on which that stage was reached.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    requested_on: Day | None = described(
        "Day on which the employer requested a worker.", classification=_OPERATIONAL, purposes=(_EVALUATE,)
    )
    approved_on: Day | None = described(
        "Day on which the request was approved.", classification=_OPERATIONAL, purposes=(_EVALUATE,)
    )
    contract_endorsed_on: Day | None = described(
        "Day on which the mission endorsed the contract.", classification=_OPERATIONAL, purposes=(_EVALUATE,)
    )
    visa_issued_on: Day | None = described(
        "Day on which the visa was issued.", classification=_OPERATIONAL, purposes=(_EVALUATE, _LINK)
    )
    departed_on: Day | None = described(
        "Day on which the worker left the country of origin.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
    )
    arrived_on: Day | None = described(
        "Day on which the worker entered the country of destination.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
    )
    residence_issued_on: Day | None = described(
        "Day on which the residence permit was issued.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _LINK, _PROTECT),
    )
    transferred_on: Day | None = described(
        "Day on which the worker's services were last transferred to another employer.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
    )
    absconding_reported_on: Day | None = described(
        "Day of the last report that the worker absconded.",
        classification=Classification.SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
    )
    absconding_revoked_on: Day | None = described(
        "Day on which that report was revoked.",
        classification=Classification.SENSITIVE,
        purposes=(_PROTECT, _EVALUATE),
    )
    completed_on: Day | None = described(
        "Day on which the contract was fulfilled.", classification=_OPERATIONAL, purposes=(_EVALUATE, _PROTECT)
    )
    returned_on: Day | None = described(
        "Day on which the worker was back in the country of origin.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE, _PROTECT),
    )
    died_on: Day | None = described(
        "Day on which the worker died.", classification=Classification.SENSITIVE, purposes=(_PROTECT, _EVALUATE)
    )
    cancelled_on: Day | None = described(
        "Day on which the placement was cancelled.", classification=_OPERATIONAL, purposes=(_EVALUATE,)
    )

    # Costs, earnings, insurance and the wages seen
    worker_cost_amount: Amount | None = described(
        "What the worker paid in all to be recruited and to migrate (SDG indicator 10.7.1).",
        classification=_PERSONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="worker_cost_currency",
    )
    worker_cost_currency: Text | None = described(
        "Currency of that cost, ISO 4217.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        pattern=CURRENCY,
    )
    earnings_amount: Amount | None = described(
        "What the worker earned in the first full month at the destination (SDG indicator 10.7.1).",
        classification=_PERSONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="wage_currency per month",
    )
    recruitment_fee_amount: Amount | None = described(
        "What the employer paid for the recruitment.",
        classification=_OPERATIONAL,
        purposes=(_EVALUATE,),
        unit="recruitment_fee_currency",
    )
    recruitment_fee_currency: Text | None = described(
        "Currency of that fee, ISO 4217.", classification=_OPERATIONAL, purposes=(_EVALUATE,), pattern=CURRENCY
    )
    insurance_no: Text | None = described(
        "Number of the worker's insurance policy.", classification=_ID, purposes=(_PROTECT,), pattern=DOCUMENT_NO
    )
    insurance_from: Day | None = described(
        "First day of that insurance.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    insurance_until: Day | None = described(
        "Last day of that insurance.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )
    wage_payments_due: Count | None = described(
        "Monthly wages that were due by now.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="payments",
    )
    wage_payments_seen: Count | None = described(
        "Monthly wages that were seen to be paid through a bank or wallet.",
        classification=_OPERATIONAL,
        purposes=(_PROTECT, _EVALUATE),
        unit="payments",
    )
    last_wage_paid_on: Day | None = described(
        "Day of the last wage payment seen.", classification=_OPERATIONAL, purposes=(_PROTECT, _EVALUATE)
    )

    not_applicable: list[Text] | None = described(
        "Names of the fields above that do not apply to this placement, as against being unknown.",
        classification=_OPERATIONAL,
        purposes=(_LINK, _PROTECT, _EVALUATE),
        max_length=100,
    )

    # Only orders that hold in every real case. Not ruled: a visa may be issued to the employer before there is a
    # request or contract, or on arrival to who has departed before; a mission also endorses the contract of a worker
    # who is there already; who comes back from leave has had the residence permit before; a contract may be fulfilled
    # during the leave that ends it; who died is brought home afterwards, and who came home may die there.
    rules: ClassVar[tuple[Rule, ...]] = (
        InOrder("contract_dates", "contract_start", "contract_end"),
        InOrder("birth_after_contract", "birth_date", "contract_start", strictly=True),
        InOrder("birth_after_passport", "birth_date", "passport_issued_on"),
        InOrder("birth_after_departure", "birth_date", "departed_on", strictly=True),
        InOrder("birth_after_arrival", "birth_date", "arrived_on", strictly=True),
        InOrder("passport_dates", "passport_issued_on", "passport_expires_on"),
        InOrder("visa_dates", "visa_issued_on", "visa_expires_on"),
        InOrder("residence_dates", "residence_issued_on", "residence_expires_on"),
        InOrder("insurance_dates", "insurance_from", "insurance_until"),
        InOrder("approved_before_request", "requested_on", "approved_on"),
        InOrder("arrived_before_visa", "visa_issued_on", "arrived_on"),
        InOrder("arrived_before_departure", "departed_on", "arrived_on"),
        InOrder("transferred_before_departure", "departed_on", "transferred_on"),
        InOrder("transferred_before_arrival", "arrived_on", "transferred_on"),
        InOrder("absconding_before_departure", "departed_on", "absconding_reported_on"),
        InOrder("absconding_before_arrival", "arrived_on", "absconding_reported_on"),
        InOrder("completed_before_departure", "departed_on", "completed_on"),
        InOrder("completed_before_arrival", "arrived_on", "completed_on"),
        InOrder("returned_before_departure", "departed_on", "returned_on"),
        InOrder("returned_before_arrival", "arrived_on", "returned_on"),
        InOrder("died_before_departure", "departed_on", "died_on"),
        InOrder("revoked_before_report", "absconding_reported_on", "absconding_revoked_on"),
        InOrder("birth_after_death", "birth_date", "died_on"),
        FirstOf("birth_date_precision", "birth_date", "birth_date_precision", "birth_date_calendar"),
        Needs("revoked_without_report", "absconding_revoked_on", "absconding_reported_on"),
        Needs("wage_currency", "wage_amount", "wage_currency"),
        Needs("earnings_currency", "earnings_amount", "wage_currency"),
        Needs("worker_cost_currency", "worker_cost_amount", "worker_cost_currency"),
        Needs("recruitment_fee_currency", "recruitment_fee_amount", "recruitment_fee_currency"),
        AtMost("more_paid_than_due", "wage_payments_seen", "wage_payments_due"),
        SameLength("passport_expiries", "previous_passport_expiries", "previous_passport_nos"),
        MrzHolds("mrz_check_digit", "passport_mrz"),
        MrzNames("mrz_passport", "passport_mrz", "passport_no"),
    )
