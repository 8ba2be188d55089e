"""The other terms: purposes and their grounds, figures, protection, package, transport, times, report, assessments."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.clause import Amount, Clause, Country, Cron, Currency, Day, Language, MailAddress, OnceEach, Whole


class PurposeTerms(Clause):
    """One purpose for which data may travel."""

    meaning: str = Field(min_length=1, description="what may be done with a field granted for it, in words")
    grounds: Mapping[Country, Annotated[str, Field(min_length=1)]] = Field(
        description="party -> legal ground on which it processes and transfers for this purpose"
    )


class Money(Clause):
    """An amount with its currency."""

    amount: Amount = Field(description="how much")
    currency: Currency = Field(description="ISO 4217")


class Rate(Clause):
    """A fixed rate between two currencies."""

    one: Currency = Field(description="the currency of which one unit is meant")
    worth: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=6)] = Field(
        alias="is", description="how many units of the other it is"
    )
    of: Currency = Field(description="the other currency; amounts are compared in it")


class Thresholds(Clause):
    """Figures the two governments agreed on."""

    minimum_wage: Money = Field(description="lowest wage for a month; below it a record gets a caution")
    cost_cap: Money | None = Field(default=None, description="most an employer may be charged for a recruitment")
    worker_cost_cap: Money | None = Field(
        default=None, description="most a worker may be made to pay; zero where the worker pays nothing"
    )


class Protection(Clause):
    """Rules that raise a discrepancy because a person may be in danger."""

    absconding_stage: str = Field(description="stage of a placement that says the worker was reported absconded")
    wage_complaints: tuple[str, ...] = Field(description="kinds of complaint that make such a report suspicious")
    open_complaint_stages: tuple[str, ...] = Field(description="stages in which a complaint is still open")
    known_by_both: tuple[str, ...] = Field(description="stages that both sides must know of, such as died")


class Package(Clause):
    """The form of what travels."""

    parts: Literal["parquet", "ndjson", "csv"] = Field(description="format of the data parts in a package")
    seal: Literal["gnupg", "aead"] = Field(
        description="OpenPGP profile of a package: gnupg is what GnuPG 2.2 reads and writes (SEIPD version 1), "
        "aead the modern one between two nodes (version 2)"
    )


class Transport(Clause):
    """The wires between the two sides."""

    use: Literal["sftp", "api"] = Field(description="the wire; read by deliver and collect")
    fallback: Annotated[tuple[Literal["sftp", "api"], ...], OnceEach] = Field(
        default=(),
        description="wires to the same exchange point, in the order in which deliver and collect try them when the "
        "first does not work",
    )


class Schedule(Clause):
    """When the pipelines run; cron in the party's own time zone."""

    publish: Cron = Field(description="when a month is published")
    collect: Cron = Field(description="when the exchange point is looked at")


class Deadlines(Clause):
    """How long somebody may take."""

    answer_hours: Whole = Field(ge=1, description="hours the other side has to answer a message")
    deliver_hours: Whole = Field(
        default=24, ge=1, description="hours a side has to lay a message at the exchange point that it has built"
    )
    arrival_days: Whole = Field(
        default=7, ge=1, description="days after a month's end by which its message of each stream is to be there"
    )
    case_working_days: Whole = Field(ge=1, description="working days of its party an official has for a case")
    evaluation_days: Whole = Field(
        ge=1, description="days after a quarter at which evaluate goes ahead and names what is missing"
    )


class CaseTerms(Clause):
    """How both sides work on cases."""

    told: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="whether each side's message `cases` tells the other every month what its officials did and which "
        "pairs they parted; a month is then reconciled once both are there",
    )


class Retention(Clause):
    """How long things are kept, in days. Read by the verb that removes what is past its time."""

    packages: Whole = Field(ge=1, description="sealed packages, from the day of their answer")
    quarantine: Whole = Field(ge=1, description="rows that failed, from the day they were refused")
    records_after_end: Whole = Field(ge=1, description="records, from the end of the agreement or of the last stage")


class Member(Clause):
    """A member of the joint task force, or the desk of one."""

    party: Country = Field(description="whose delegation; that side mails them each edition")
    mail: MailAddress = Field(description="where the edition's summary is sent")
    language: Language = Field(description="language of the mail, one of the report's")


class Report(Clause):
    """How the quarterly evaluation is published."""

    languages: Annotated[tuple[Language, ...], Field(min_length=1), OnceEach] = Field(
        description="languages of the report"
    )
    members: tuple[Member, ...] = Field(
        default=(), description="the task force: whom each edition is mailed to, and who may read its exact figures"
    )
    smallest_count: Whole = Field(ge=1, description="counts from 1 up to below this are never printed")
    disclosure: Literal["rounding", "noise"] = Field(
        default="rounding",
        description="how every other count is changed, by at most 2: rounded to the nearest 5, or by noise that is the "
        "same wherever the same records are counted, which needs a key that both nodes hold (`noise_key`)",
    )
    catalogue: Whole = Field(ge=1, description="version of the indicator catalogue; read by evaluate")


class Assessment(Clause):
    """A paper without which nothing may leave: what could go wrong, and what is done about it."""

    kind: Literal["data_protection_impact", "transfer_risk"] = Field(description="which assessment")
    party: Country = Field(description="whose law asks for it")
    id: str = Field(min_length=1, description="reference of the paper")
    review_by: Day = Field(description="last day on which it stands without a new review")
