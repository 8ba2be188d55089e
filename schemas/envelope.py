"""The envelope: message ids, the manifest of a package and the status message that answers one.

``docs/protocol.md`` explains the same to a partner's engineer; the JSON Schemas are published beside the models.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

SHA256 = r"^[0-9a-f]{64}$"
PERIOD = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
STATUS_STREAM = "status"  # of words from node to node

_MESSAGE_ID = re.compile(r"^([A-Z]{3})-([A-Z]{3})-([a-z][a-z_]{1,30})-([0-9]{6,12})$")


@dataclass(frozen=True, order=True)
class MessageId:
    """``IDN-SAU-placement-000123``: sender, receiver, stream and sequence; fixed before the first send."""

    sender: str
    receiver: str
    stream: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.sender}-{self.receiver}-{self.stream}-{self.sequence:06d}"

    @property
    def file_name(self) -> str:
        """Name of the sealed package on any wire."""
        return f"{self}.tar.pgp"

    @classmethod
    def parse(cls, text: str) -> "MessageId":
        """Read a message id. Raises ``ValueError`` when ``text`` is not one."""
        found = _MESSAGE_ID.fullmatch(text)
        if found is None:
            raise ValueError(f"not a message id: expected e.g. IDN-SAU-placement-000123, got {text[:80]!r}")
        return cls(found[1], found[2], found[3], int(found[4]))


class Kind(StrEnum):
    """What a message is: what changed, that nothing did, all there is; an answer, a request, what both held, cases."""

    RECORDS = "records"
    NIL = "nil"
    SNAPSHOT = "snapshot"
    STATUS = "status"
    RESEND_REQUEST = "resend-request"
    CERTIFICATE = "certificate"
    CASES = "cases"


class Action(StrEnum):
    """What the sender says about one record."""

    NEW = "new"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


class Environment(StrEnum):
    """Live data and test data never mix."""

    LIVE = "live"
    TEST = "test"


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Envelope):
    """One file in the package beside the manifest."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,60}\.(parquet|ndjson|csv|json|asc)$")]
    sha256: Annotated[str, Field(pattern=SHA256)]
    size: Annotated[int, Field(ge=0, description="bytes")]
    records: Annotated[int, Field(ge=0)]


class Counts(_Envelope):
    """Records per action."""

    new: int = Field(default=0, ge=0)
    correct: int = Field(default=0, ge=0)
    withdraw: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        """Records of every action together."""
        return self.new + self.correct + self.withdraw


class Manifest(_Envelope):
    """``manifest.json``: first member of the tar; says what the package holds and what it follows."""

    protocol: Literal["amanah/1"] = "amanah/1"
    message_id: Annotated[str, Field(pattern=_MESSAGE_ID.pattern)]
    kind: Kind
    environment: Environment
    schema_id: Annotated[str, Field(description="placement/1, complaint/1 or status/1")]
    agreement_sha256: Annotated[str, Field(pattern=SHA256)]
    period: Annotated[str, Field(pattern=PERIOD, description="month that the content is known up to the end of")]
    created_at: AwareDatetime
    counts: Counts
    parts: tuple[Part, ...] = Field(max_length=64)
    previous_manifest_sha256: Annotated[str, Field(pattern=SHA256)] | None = Field(
        description="hash of the manifest before this one in the same sequence; null for the first"
    )
    legal_ground: str
    software: str

    @property
    def id(self) -> MessageId:
        """The parsed message id."""
        return MessageId.parse(self.message_id)


class Verdict(StrEnum):
    """The receiver's decision on one message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


Said = Annotated[
    str, Field(max_length=2000, pattern="^[^\\x00]*$", description="text without NUL, which no database holds")
]


class FileError(_Envelope):
    """Why a whole message was refused."""

    code: Annotated[int, Field(ge=100, le=599)]
    message: Said


class RecordError(_Envelope):
    """Why one record was refused. ``message`` never holds the value."""

    code: Annotated[int, Field(ge=400, le=599)]
    record_ref: Said
    field: Said | None
    message: Said
    held_revision: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="with 503, the newest revision that the receiver holds: the next one must be higher"
    )


class StatusMessage(_Envelope):
    """``status.json``: exactly one per message; ``manifest_sha256`` proves which message it answers."""

    answers: Annotated[str, Field(pattern=_MESSAGE_ID.pattern)]
    manifest_sha256: Annotated[str, Field(pattern=SHA256)] | None = Field(
        description="hash of the manifest answered; null when the package could not be opened"
    )
    package_sha256: Annotated[str, Field(pattern=SHA256)]
    verdict: Verdict
    file_errors: tuple[FileError, ...] = ()
    record_errors: tuple[RecordError, ...] = ()
    applied: Counts
    decided_at: AwareDatetime


class ResendRequest(_Envelope):
    """``resend.json``: messages that are missing here, and are to be put at the exchange point again as they were."""

    stream: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$")]
    from_sequence: Annotated[int, Field(ge=1)]
    to_sequence: Annotated[int, Field(ge=1)] | None = Field(
        description="the last one missing; null asks for every one from from_sequence on"
    )
    asked_at: AwareDatetime


StreamName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$")]
Party = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Sha256 = Annotated[str, Field(pattern=SHA256)]
Count = Annotated[int, Field(ge=0)]
CaseNumber = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="the discrepancy's shared id")]
CaseCode = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$", description="a code of the case_... lists")]
Byte = Annotated[str, Field(pattern=r"^[0-9a-f]{2}$")]


class HeldTree(_Envelope):
    """What both are to hold of one side's records: how many, and one hash over all of them."""

    stream: StreamName
    holder: Party
    records: Count
    root: Sha256


class Certificate(_Envelope):
    """``certificate.json``: what the sender holds and found at the end of a month; equal on both sides if all is well.

    ``discrepancies`` are counted as the agreement's first party sees them.
    """

    period: Annotated[str, Field(pattern=PERIOD)]
    agreement_sha256: Sha256
    trees: Annotated[tuple[HeldTree, ...], Field(max_length=64)]
    links: Annotated[Mapping[StreamName, Count], Field(description="stream -> records linked")]
    discrepancies: Annotated[Mapping[StreamName, Mapping[str, Count]], Field(description="stream -> class -> how many")]


class Branch(_Envelope):
    """Hashes directly below ``prefix`` in the sender's tree: of all 256 branches, or of the 256 in one of them."""

    stream: StreamName
    holder: Party
    prefix: Annotated[str, Field(pattern=r"^([0-9a-f]{2})?$")]
    hashes: Annotated[
        Mapping[Byte, Sha256], Field(max_length=256, description="two digits -> hash; empty ones left out")
    ]


class HeldRecord(_Envelope):
    """A record as its holder's partner holds it; no value of it."""

    record_ref: Said
    revision: Annotated[int, Field(ge=0)]
    fingerprint: Sha256


class BranchRecords(_Envelope):
    """The records that the sender holds in one branch."""

    stream: StreamName
    holder: Party
    branch: Annotated[str, Field(pattern=r"^[0-9a-f]{4}$")]
    records: Annotated[tuple[HeldRecord, ...], Field(max_length=10_000)]


class Difference(_Envelope):
    """``difference.json``: one step in finding the records in which two certificates differ."""

    period: Annotated[str, Field(pattern=PERIOD)]
    branches: Annotated[tuple[Branch, ...], Field(max_length=64)] = ()
    records: Annotated[tuple[BranchRecords, ...], Field(max_length=64)] = ()


class CaseView(_Envelope):
    """What the sender's officials did last with one case; nothing of what they wrote."""

    number: CaseNumber
    state: CaseCode
    resolution: CaseCode | None
    action: CaseCode
    acted_on: date


class PairDecision(_Envelope):
    """Two records that are not of one person, as an official of the sender found."""

    number: CaseNumber
    stream: StreamName
    first_ref: Annotated[Said, Field(description="record of the agreement's first party")]
    second_ref: Annotated[Said, Field(description="record of its second party")]


class Cases(_Envelope):
    """``cases.json``: the sender's view of the cases its officials work on, and every decision that it holds to.

    It is the whole each time. What it decides holds for the month it is of and those after it, on both sides.
    """

    period: Annotated[str, Field(pattern=PERIOD)]
    cases: Annotated[tuple[CaseView, ...], Field(max_length=500_000)] = ()
    decisions: Annotated[tuple[PairDecision, ...], Field(max_length=500_000)] = ()


def canonical_time(moment: datetime) -> datetime:
    """Drop what JSON would not carry, so that a time is the same before and after travelling."""
    return moment.replace(microsecond=0)
