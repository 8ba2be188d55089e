"""The published codes of a status message and of a refusal by the HTTPS service, and the error that carries one.

Ranges as in ``docs/protocol.md``: 1xx transport, 2xx seal, 3xx manifest and parts, 4xx record, 5xx correction.
The split in file and record errors follows the OECD's CRS status message.
"""

from enum import IntEnum


class Code(IntEnum):
    """Why a message, a record or a request was refused."""

    NOT_A_PACKAGE = 101
    KILLS_ITS_READER = 103
    NOT_SIGNED_IN = 120
    NOT_YOURS = 121
    NOT_THERE = 122
    OTHER_CONTENT = 123
    DIGEST_NEEDED = 124
    DIGEST_DIFFERS = 125
    OFFSET_DIFFERS = 126
    UPLOAD_BUSY = 127
    TOO_LARGE = 128
    TOO_MANY = 129
    NO_ROOM = 130
    WRONG_TYPE = 131
    REQUEST_MALFORMED = 132
    CURSOR_UNKNOWN = 133
    TOO_SLOW = 134
    OUT_OF_ORDER = 135
    CANNOT_OPEN = 201
    OTHER_SEAL = 202
    KEY_OUT_OF_TERM = 203
    MALFORMED = 301
    MANIFEST_INVALID = 302
    NOT_FOR_US = 303
    WRONG_ENVIRONMENT = 304
    OTHER_AGREEMENT = 305
    OTHER_SCHEMA = 306
    NAME_DIFFERS = 307
    CHAIN_BROKEN = 308
    PART_DIFFERS = 309
    FIELD_NOT_AGREED = 310
    COUNTS_DIFFER = 311
    PERIOD_NOT_AGREED = 312
    TOO_MANY_ERRORS = 313
    RECORD_INVALID = 401
    NOT_SENDERS_RECORD = 402
    RECORD_TWICE = 403
    ALREADY_KNOWN = 501
    UNKNOWN_RECORD = 502
    STALE_REVISION = 503
    NOT_IN_A_SNAPSHOT = 504


HTTPS = range(120, 140)  # said by the HTTPS service to a request, never in a status message

MEANING: dict[Code, str] = {
    Code.NOT_A_PACKAGE: "the file is not a package: it is empty",
    Code.KILLS_ITS_READER: "every try to read the package ended the process that read it",
    Code.NOT_SIGNED_IN: "no access token, or one that does not hold (HTTPS)",
    Code.NOT_YOURS: "the message is not the caller's to send or to read (HTTPS)",
    Code.NOT_THERE: "no such message, upload or address (HTTPS)",
    Code.OTHER_CONTENT: "the message id is stored already, with other content (HTTPS)",
    Code.DIGEST_NEEDED: "the header Repr-Digest with the file's sha-256 is missing or malformed (HTTPS)",
    Code.DIGEST_DIFFERS: "the file that arrived is not what its sha-256 says (HTTPS)",
    Code.OFFSET_DIFFERS: "the upload goes on at another byte (HTTPS)",
    Code.UPLOAD_BUSY: "another request is still writing this upload (HTTPS)",
    Code.TOO_LARGE: "larger than the exchange point takes (HTTPS)",
    Code.TOO_MANY: "too many requests, uploads or failed attempts (HTTPS)",
    Code.NO_ROOM: "the exchange point has no room left (HTTPS)",
    Code.WRONG_TYPE: "another content type than the API takes (HTTPS)",
    Code.REQUEST_MALFORMED: "a parameter or header is not as the API describes it (HTTPS)",
    Code.CURSOR_UNKNOWN: "the mark is not known any more; list again without it (HTTPS)",
    Code.TOO_SLOW: "the rest of the request did not come in time (HTTPS)",
    Code.OUT_OF_ORDER: "the exchange point does not work as it should (HTTPS)",
    Code.CANNOT_OPEN: "not encrypted to us, not signed by a pinned key, or damaged",
    Code.OTHER_SEAL: "sealed in another way than agreed: another OpenPGP profile, armored, compressed, not encrypted",
    Code.KEY_OUT_OF_TERM: "signed by a pinned key that is out of its term, expired or revoked",
    Code.MALFORMED: "the tar inside is not as specified",
    Code.MANIFEST_INVALID: "manifest.json does not keep to manifest/1",
    Code.NOT_FOR_US: "sender or receiver is not who it should be",
    Code.WRONG_ENVIRONMENT: "test data in a live exchange, or live data in a test",
    Code.OTHER_AGREEMENT: "the sender works from another text of the agreement",
    Code.OTHER_SCHEMA: "the schema is not the agreed one",
    Code.NAME_DIFFERS: "the message id in the manifest is not the one in the file name",
    Code.CHAIN_BROKEN: "the manifest does not follow the one before it",
    Code.PART_DIFFERS: "a part is missing, extra, or not what its hash says",
    Code.FIELD_NOT_AGREED: "a field that the agreement does not let travel this way, or of another type",
    Code.COUNTS_DIFFER: "the records are not as many as the manifest says",
    Code.PERIOD_NOT_AGREED: "the agreement is not in force in that month, or the month has not begun",
    Code.TOO_MANY_ERRORS: "so many records are refused that none is taken",
    Code.RECORD_INVALID: "the record does not keep to its schema",
    Code.NOT_SENDERS_RECORD: "the record's reference does not belong to the sender",
    Code.RECORD_TWICE: "the same record stands twice in one message",
    Code.ALREADY_KNOWN: "sent as new, but the receiver holds it already",
    Code.UNKNOWN_RECORD: "corrected or withdrawn, but the receiver does not hold it",
    Code.STALE_REVISION: "the revision is not newer than the one the receiver holds",
    Code.NOT_IN_A_SNAPSHOT: "a snapshot holds new records only",
}


class Refused(ValueError):
    """A message that cannot be taken. ``str()`` never holds a value from a record."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value} {MEANING[code]}" + (f": {detail}" if detail else ""))
        self.code = code
