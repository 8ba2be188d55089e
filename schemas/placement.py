"""``placement/1``: one worker's placement with one employer, as one side knows it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from schemas import codelists
from schemas.fields import Classification, Purpose, Record, described, required

_ID, _PERSONAL, _OPERATIONAL = Classification.IDENTIFIER, Classification.PERSONAL, Classification.OPERATIONAL

DOCUMENT_NO = r"^[A-Z0-9][A-Z0-9/-]{2,31}$"
COUNTRY = r"^[A-Z]{3}$"  # ISO 3166-1 alpha-3
AREA = r"^[A-Z]{2}-[A-Z0-9]{1,3}$"  # ISO 3166-2
OCCUPATION = r"^[0-9]{4}$"  # ISCO-08 unit group
CURRENCY = r"^[A-Z]{3}$"  # ISO 4217


class Placement(Record):
    """A placement. An absent field means "not available"; nothing is ever guessed."""

    model_config = ConfigDict(title="placement/1")

    record_ref: str = required(
        "The holder's own reference of this record, stable for its life; begins with the holder's country.",
        classification=_ID,
        purpose=Purpose.LINKAGE,
        pattern=r"^[A-Z]{3}-P-[A-Z0-9-]{1,32}$",
    )
    contract_no: str | None = described(
        "Number of the employment contract.", classification=_ID, purpose=Purpose.LINKAGE, pattern=DOCUMENT_NO
    )
    passport_no: str | None = described(
        "Number of the passport now in use.", classification=_ID, purpose=Purpose.LINKAGE, pattern=DOCUMENT_NO
    )
    previous_passport_nos: list[Annotated[str, AfterValidator(str.strip)]] | None = described(
        "Numbers of earlier passports, newest first.", classification=_ID, purpose=Purpose.LINKAGE, max_length=10
    )
    visa_no: str | None = described(
        "Number of the entry visa.", classification=_ID, purpose=Purpose.LINKAGE, pattern=DOCUMENT_NO
    )
    residence_no: str | None = described(
        "Number of the residence permit (iqama).", classification=_ID, purpose=Purpose.LINKAGE, pattern=DOCUMENT_NO
    )
    name_latin: str | None = described(
        "Name in Latin script as printed in the document used.",
        classification=_PERSONAL,
        purpose=Purpose.LINKAGE,
        max_length=160,
    )
    name_arabic: str | None = described(
        "Name in Arabic script as printed in the document used.",
        classification=_PERSONAL,
        purpose=Purpose.LINKAGE,
        max_length=160,
    )
    birth_date: date | None = described("Date of birth, Gregorian.", classification=_PERSONAL, purpose=Purpose.LINKAGE)
    sex: Annotated[str | None, AfterValidator(codelists.member_of("sex"))] = described(
        "Sex as printed in the passport.",
        classification=_PERSONAL,
        purpose=Purpose.EVALUATION,
        codes=codelists.load("sex").codes,
    )
    nationality: str | None = described(
        "Nationality, ISO 3166-1 alpha-3.", classification=_PERSONAL, purpose=Purpose.LINKAGE, pattern=COUNTRY
    )
    occupation_isco: str | None = described(
        "Occupation of the contract, ISCO-08 unit group.",
        classification=_OPERATIONAL,
        purpose=Purpose.EVALUATION,
        pattern=OCCUPATION,
    )
    area: str | None = described(
        "Area of work, ISO 3166-2.", classification=_OPERATIONAL, purpose=Purpose.EVALUATION, pattern=AREA
    )
    employer_ref: str | None = described(
        "Reference of the employer: the company that signs the contract, not the household.",
        classification=_OPERATIONAL,
        purpose=Purpose.PROTECTION,
        max_length=64,
    )
    employer_name: str | None = described(
        "Name of the employer.", classification=_PERSONAL, purpose=Purpose.PROTECTION, max_length=160
    )
    origin_agency_ref: str | None = described(
        "Licence of the sending agency.", classification=_OPERATIONAL, purpose=Purpose.EVALUATION, max_length=64
    )
    destination_agency_ref: str | None = described(
        "Licence of the receiving agency.", classification=_OPERATIONAL, purpose=Purpose.EVALUATION, max_length=64
    )
    wage_amount: Decimal | None = described(
        "Agreed monthly wage.",
        classification=_PERSONAL,
        purpose=Purpose.PROTECTION,
        unit="wage_currency per month",
        ge=0,
        max_digits=12,
        decimal_places=2,
    )
    wage_currency: str | None = described(
        "Currency of the wage, ISO 4217.", classification=_OPERATIONAL, purpose=Purpose.PROTECTION, pattern=CURRENCY
    )
    contract_start: date | None = described(
        "First day of the contract.", classification=_OPERATIONAL, purpose=Purpose.PROTECTION
    )
    contract_end: date | None = described(
        "Last day of the contract.", classification=_OPERATIONAL, purpose=Purpose.PROTECTION
    )
    stage: Annotated[str, AfterValidator(codelists.member_of("placement_stage"))] = required(
        "Latest stage reached in the placement.", classification=_OPERATIONAL, purpose=Purpose.PROTECTION
    )
    stage_date: date | None = described(
        "Day on which that stage was reached.", classification=_OPERATIONAL, purpose=Purpose.PROTECTION
    )

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.contract_start and self.contract_end and self.contract_end < self.contract_start:
            raise PydanticCustomError("contract_dates", "contract_end lies before contract_start")
        if self.birth_date and self.contract_start and self.birth_date >= self.contract_start:
            raise PydanticCustomError("birth_after_contract", "birth_date does not lie before contract_start")
        return self

    @model_validator(mode="after")
    def _wage_has_currency(self) -> Self:
        if self.wage_amount is not None and self.wage_currency is None:
            raise PydanticCustomError("wage_currency", "wage_amount is given without wage_currency")
        return self
