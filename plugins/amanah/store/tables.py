"""The tables of a node's database.

The record tables derive their columns from the shared models. Every fact carries the period in which the node
came to know it, so that any earlier month can be asked again and gives the same answer.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from schemas.streams import STREAMS, Stream
from schemas.values import DECIMALS, MOST_DIGITS

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
        "uq": "%(table_name)s_%(column_0_N_name)s_uq",
    }
)

_SQL: dict[Any, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    str: Text,
    date: Date,
    Decimal: Numeric(MOST_DIGITS, DECIMALS),
    int: Integer,
    list[str]: ARRAY(Text),
    list[date]: ARRAY(Date),
}

_Period = String(7)
_Party = String(3)
_Hash = String(64)
_Moment = DateTime(timezone=True)


def _record_table(stream: Stream) -> Table:
    """Every revision of every record of ``stream``, ours (``holder`` is our party) and the partner's."""
    content = [Column(f, _SQL[stream.python_type(f)], nullable=True) for f in stream.fields if f != "record_ref"]
    return Table(
        stream.name,
        metadata,
        Column("holder", _Party, primary_key=True),
        Column("record_ref", Text, primary_key=True),
        Column("revision", Integer, primary_key=True),
        Column("known_in", _Period, nullable=False),
        Column("withdrawn", Boolean, nullable=False),
        Column("fingerprint", _Hash, nullable=False),
        Column("origin", Text, nullable=False, comment="source or message the revision came from"),
        Column("origins", JSONB(none_as_null=True), comment="field -> source, where several systems made one record"),
        *content,
        Index(None, "holder", "known_in"),
    )


RECORDS: dict[str, Table] = {name: _record_table(stream) for name, stream in STREAMS.items()}

batch = Table(
    "batch",
    metadata,
    Column("source", Text, primary_key=True),
    Column("period", _Period, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unattached", Integer, nullable=False, default=0, comment="rows of this batch that no record is made of"),
    Column("listed", Integer, nullable=False, default=0, comment="what this batch put on the list for a person"),
    Column("read_until", _Moment, nullable=False, comment="watermark: the next batch reads from here"),
    Column("loaded_at", _Moment, nullable=False),
)

batch_profile = Table(
    "batch_profile",
    metadata,
    Column("source", Text, primary_key=True),
    Column("period", _Period, primary_key=True),
    Column("what", Text, primary_key=True, comment="code, presence or median"),
    Column("field", Text, primary_key=True),
    Column("code", Text, primary_key=True, comment="the code or currency; empty for presence"),
    Column("records", Integer, nullable=False),
    Column("median", Numeric(14, 4)),
)

batch_confirmation = Table(
    "batch_confirmation",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("period", _Period, nullable=False),
    Column("checks", JSONB, nullable=False, comment="names of the checks that warn for this batch instead of stopping"),
    Column("by", Text, nullable=False, comment="who decided: a sign-in name"),
    Column("at", _Moment, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "source", "period"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("period", _Period, nullable=False),
    Column("position", Text, nullable=False, comment="where in the source the row stands"),
    Column("record_ref", Text),
    Column("field", Text),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("raw", JSONB, nullable=False, comment="the row as read, so that nothing is lost"),
    Column("state", Text, nullable=False, default="waiting", comment="waiting, released or superseded"),
    Column("settled_at", _Moment),
    Column("settled_by", Text, comment="who released it, or the batch that did"),
    Column("settled_why", Text),
    Column("correction", JSONB(none_as_null=True), comment="column -> value set by hand at its release; personal"),
    Index(None, "source", "period"),
    Index(None, "state"),
)

contribution = Table(
    "contribution",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("source_ref", Text, primary_key=True),
    Column("updated_at", _Moment, nullable=False),
    Column("known_in", _Period, nullable=False),
    Column("fingerprint", _Hash, nullable=False, comment="of the newest row as the system sent it"),
    Column("said", JSONB, nullable=False, comment="what the system says of it: field -> value; personal"),
    Column("since", JSONB, nullable=False, comment="field -> moment, for what an earlier row said"),
    Column("record_ref", Text, comment="the record it is part of; absent while it is part of none"),
    Index(None, "stream", "record_ref"),
)

contribution_key = Table(
    "contribution_key",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("source_ref", Text, primary_key=True),
    Index(None, "stream", "source", "source_ref"),
)

witness_record = Table(
    "witness_record",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("witness", Text, primary_key=True, comment="the source; its records stay apart from ours, and stay here"),
    Column("record_ref", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("known_in", _Period, nullable=False),
    Column("updated_at", _Moment, nullable=False),
    Column("fingerprint", _Hash, nullable=False),
    Column("said", JSONB, nullable=False, comment="what the row says: field -> value; personal"),
)

message = Table(
    "message",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("direction", String(3), nullable=False),
    Column("sender", _Party, nullable=False),
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("period", _Period),
    Column("state", Text, nullable=False),
    Column("package_sha256", _Hash, nullable=False),
    Column("manifest_sha256", _Hash),
    Column("records", Integer, nullable=False),
    Column("verdict", Text),
    Column("rejected_records", Integer, nullable=False),
    Column("answer", JSONB, comment="the status message given or received"),
    Column("answered_by", Text, comment="id of the status message that carries the answer"),
    Column("created_at", _Moment, nullable=False),
    Column("answered_at", _Moment),
    Column("answer_due_at", _Moment),
    Column("put_again", Boolean, nullable=False, default=False, comment="the exchange point is to have it once more"),
    Column("tries", Integer, nullable=False, default=0, comment="admissions begun that came to no end"),
    Column("manifest", Text, comment="manifest.json as it travelled, byte for byte"),
    Column("mark", Text, comment="what the exchange point told of the partner's package when it was fetched"),
    Column("receipt", Text, comment="the signed receipt of the answer given or received"),
    Column("passed_by", Text, comment="who let the stream go on after this message was refused"),
    Column("passed_why", Text),
    UniqueConstraint("direction", "sender", "stream", "environment", "sequence"),
    Index(None, "state"),
    Index(None, "period"),
    Index(None, "answered_by"),
    Index(None, "answer", postgresql_using="gin", postgresql_ops={"answer": "jsonb_path_ops"}),
)

sent_record = Table(
    "sent_record",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("record_ref", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("fingerprint", _Hash, nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="of the message: what was said last counts"),
    Column("rejected", Boolean, nullable=False),
    Index(None, "stream", "record_ref"),
)

unsent = Table(
    "unsent",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("record_ref", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("known_in", _Period, nullable=False),
    Index(None, "stream", "known_in"),
)

gap = Table(
    "gap",
    metadata,
    Column("stream", Text, primary_key=True),
    Column(
        "from_sequence",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="the first of the partner's messages that is missing",
    ),
    Column("to_sequence", BigInteger, comment="the last one; absent where more may have been lost"),
    Column("asked_at", _Moment, nullable=False),
    Column("asked_by", Text, nullable=False, comment="id of the resend request"),
)

certificate = Table(
    "certificate",
    metadata,
    Column("period", _Period, primary_key=True),
    Column("party", _Party, primary_key=True),
    Column("said", Text, nullable=False, comment="the lines that were signed"),
    Column("signed", Text, nullable=False, comment="the same with the party's signature"),
    Column("carried_by", Text, nullable=False, comment="id of the message that carries it"),
    Column("at", _Moment, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("about", Text, primary_key=True, comment="what somebody was told of, as long as it lasts"),
    Column("told_at", _Moment, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", _Moment, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("previous_hash", _Hash, nullable=False, unique=True),
    Column("hash", _Hash, nullable=False, unique=True),
    Index(None, "message_id"),
    Index(None, "at"),
)

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("period", _Period, primary_key=True),
    Column("summary", JSONB, nullable=False),
    Column("finished_at", _Moment, nullable=False),
)

learned = Table(
    "learned",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("month", _Period, primary_key=True, comment="that it was learned from"),
    Column("agreement_sha256", _Hash, primary_key=True),
    Column("linker", Text, primary_key=True, comment="versions of what learned it"),
    Column("parameters", Text, nullable=False, comment="by which probable links are judged; holds words of names"),
)

position = Table(
    "position",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("part", Integer, primary_key=True, comment="0 is a whole run, those after it are what changed since"),
    Column("run", String(32), nullable=False, comment="which run it is of, for one that goes on from it to find again"),
    Column("period", _Period, nullable=False),
    Column("agreement_sha256", _Hash, nullable=False),
    Column("linker", Text, nullable=False, comment="versions of what found it"),
    Column("heard", JSONB, nullable=False, comment="messages whose records were reconciled"),
    Column("standing", LargeBinary, nullable=False, comment="pairs that need no look until they change: Parquet"),
    Column("fallen", LargeBinary, nullable=False, comment="pairs of earlier parts that stand no more: Parquet"),
    Column("others", LargeBinary, nullable=False, comment="references of all other records: Parquet"),
)

link = Table(
    "link",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("ours_ref", Text, primary_key=True),
    Column("theirs_ref", Text, primary_key=True),
    Column("opened_in", _Period, primary_key=True),
    Column("closed_in", _Period),
    Column("grade", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("why", Text, nullable=False),
)

discrepancy = Table(
    "discrepancy",
    metadata,
    Column("id", Text, primary_key=True),
    Column("opened_in", _Period, primary_key=True),
    Column("closed_in", _Period),
    Column("stream", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("reason", Text),
    Column("field", Text),
    Column("ours_ref", Text),
    Column("theirs_ref", Text),
    Column("area", Text),
    Column("ours", Text, comment="the value as we hold it; personal"),
    Column("theirs", Text, comment="the value as they hold it; personal"),
)

testimony = Table(
    "testimony",
    metadata,
    Column("id", Text, primary_key=True, comment="of the discrepancy"),
    Column("witness", Text, primary_key=True),
    Column("opened_in", _Period, primary_key=True),
    Column("closed_in", _Period),
    Column("says", Text, nullable=False, comment="ours, theirs, both, neither, apart, knows, joins or silent"),
    Column("witness_ref", Text, comment="its record of the worker; absent where it has none"),
    Column("joined_ref", Text, comment="the record of the side that misses the worker which it takes for the same"),
)

witnessed = Table(
    "witnessed",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("witness", Text, primary_key=True),
    Column("witness_ref", Text, primary_key=True, comment="its record of a person in neither register"),
    Column("opened_in", _Period, primary_key=True),
    Column("closed_in", _Period),
    Column("area", Text),
    Column("official", Text, nullable=False, comment="the desk that is to look for the person"),
)

case = Table(
    "case",
    metadata,
    Column("number", Text, primary_key=True, comment="the discrepancy's shared id"),
    Column("stream", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("reason", Text),
    Column("field", Text),
    Column("ours_ref", Text),
    Column("theirs_ref", Text),
    Column("area", Text),
    Column("official", Text, nullable=False),
    Column("handed_over", Boolean, nullable=False, comment="by a person: routes do not move it any more"),
    Column("assignee", Text, comment="who took it"),
    Column("state", Text, nullable=False),
    Column("waits_for", Text, comment="partner, document or office, while it waits"),
    Column("version", Integer, nullable=False, comment="of the case: who acts names the one they have seen"),
    Column("opened_in", _Period, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closed_in", _Period),
    Column("resolution", Text, comment="the last one given; a code of the list case_resolution"),
    Column("resolved_in", _Period, comment="month in which what was resolved becomes known"),
    Column("values_sha256", _Hash, comment="of both values as they were compared last"),
    Column("escalated", Integer, nullable=False, comment="how many times it was taken to the supervisor"),
    Column("acknowledged_by", Text, comment="who has seen that a worker may be in danger"),
    Column("acknowledged_at", _Moment),
    Index(None, "official", "state", "due_on"),
    Index(None, "state", "due_on"),
    Index(None, "ours_ref"),
    Index(None, "theirs_ref"),
)

case_event = Table(
    "case_event",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the case after it"),
    Column("at", _Moment, nullable=False),
    Column("by", Text, nullable=False, comment="sign-in name, or amanah"),
    Column("action", Text, nullable=False),
    Column("before", Text, comment="state; absent when the case began with it"),
    Column("after", Text, nullable=False),
    Column("why", Text, comment="in the person's own words; personal"),
    Column("detail", JSONB, nullable=False),
    Index(None, "number", "id"),
)

case_relation = Table(
    "case_relation",
    metadata,
    Column("one", Text, primary_key=True, comment="the lower number"),
    Column("other", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", _Moment, nullable=False),
)

case_look = Table(
    "case_look",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", _Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("why", Text, nullable=False, comment="what it was looked at for"),
    Column("refused", Boolean, nullable=False),
    Index(None, "number", "id"),
    Index(None, "at"),
)

pair_decision = Table(
    "pair_decision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("party", _Party, nullable=False, comment="whose official decided"),
    Column("stream", Text, nullable=False),
    Column("ours_ref", Text, nullable=False),
    Column("theirs_ref", Text, nullable=False),
    Column("number", Text, nullable=False, comment="of the case"),
    Column("at", _Moment, nullable=False),
    Column("told_from", _Period, comment="first month that both sides know it in; absent until it is told"),
    Column("told_until", _Period, comment="first month in which it holds no more"),
    Column("withdrawn_at", _Moment),
    Index(None, "number"),
    Index(None, "stream", "ours_ref"),
)

case_there = Table(
    "case_there",
    metadata,
    Column("number", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("resolution", Text),
    Column("action", Text, nullable=False, comment="the last thing that a person of the partner did"),
    Column("acted_on", Date, nullable=False),
    Column("told_in", _Period, nullable=False),
)

case_word = Table(
    "case_word",
    metadata,
    Column("period", _Period, primary_key=True),
    Column("party", _Party, primary_key=True),
    Column("carried_by", Text, nullable=False, comment="id of the message that carries it"),
    Column("at", _Moment, nullable=False),
)

amendment = Table(
    "amendment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("stream", Text, nullable=False),
    Column("record_ref", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("was", Text, nullable=False, comment="what the ministry's systems say, as schemas.texts has it; personal"),
    Column("value", Text, nullable=False, comment="what an official found right, likewise; personal"),
    Column("number", Text, nullable=False, comment="of the case"),
    Column("by", Text, nullable=False),
    Column("at", _Moment, nullable=False),
    Index(None, "stream", "record_ref"),
)

mail = Table(
    "mail",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("official", Text, nullable=False, comment="address of whom it is to: a desk, a supervisor, the engineer"),
    Column("day", Date, nullable=False, comment="the day it is for, where the party lives"),
    Column("kind", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", _Moment, nullable=False),
    Column("next_try_at", _Moment, comment="not before; at once where absent"),
    Column("answer", Text, comment="code of the last refusal or bounce, such as 550 or 5.1.1"),
    Column("sent_at", _Moment),
    Index(None, "state", "next_try_at"),
)

case_told = Table(
    "case_told",
    metadata,
    Column("who", Text, primary_key=True, comment="address of a desk or a supervisor"),
    Column("number", Text, primary_key=True),
    Column("version", Integer, comment="of the case when the last digest told of it"),
    Column("there", Text, comment="what the partner had done when the last digest told of it"),
    Column("missed", Integer, comment="version of the last missed deadline that was told"),
    Column("alerted_on", Date, comment="day of the last mail that a worker may be in danger"),
)

edition = Table(
    "edition",
    metadata,
    Column("quarter", String(7), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("snapshot_sha256", _Hash, nullable=False),
    Column("reason", JSONB(none_as_null=True), comment="why it was revised, by language; absent in the first version"),
    Column("files", JSONB, nullable=False),
    Column("finished_at", _Moment, nullable=False),
)

edition_decision = Table(
    "edition_decision",
    metadata,
    Column("id", BigInteger, Identity(always=False), primary_key=True),
    Column("quarter", String(7), nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot_sha256", _Hash, nullable=False, index=True, comment="what was frozen when it was decided on"),
    Column("approved", Boolean, nullable=False),
    Column("by", Text, nullable=False, comment="who decided: a sign-in name"),
    Column("at", _Moment, nullable=False),
    Column("why", Text, nullable=False),
)
