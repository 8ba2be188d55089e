"""The envelope: message ids, and what a manifest may say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.envelope import Counts, Manifest, MessageId, Part, StatusMessage, canonical_time

parties = st.from_regex(r"[A-Z]{3}", fullmatch=True)
streams = st.from_regex(r"[a-z][a-z_]{1,30}", fullmatch=True)


def a_manifest(**values):
    return {
        "message_id": "IDN-SAU-placement-000001",
        "kind": "nil",
        "environment": "test",
        "schema_id": "placement/1",
        "agreement_sha256": "0" * 64,
        "period": "2026-07",
        "created_at": "2026-08-01T02:00:00Z",
        "counts": {},
        "parts": [],
        "previous_manifest_sha256": None,
        "legal_ground": "test",
        "software": "test",
        **values,
    }


@given(parties, parties, streams, st.integers(0, 10**12 - 1))
def test_a_message_id_can_be_written_and_read(sender, receiver, stream, sequence):
    message_id = MessageId(sender, receiver, stream, sequence)

    assert MessageId.parse(str(message_id)) == message_id
    assert message_id.file_name == f"{message_id}.tar.pgp"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IDN-SAU-placement-1",
        "IDN-SAU-placement-000001\n",
        " IDN-SAU-placement-000001",
        "../IDN-SAU-placement-000001",
        "IDN-SAU-placement-000001.tar.pgp",
        "idn-sau-placement-000001",
    ],
)
def test_what_only_resembles_a_message_id_is_none(text):
    with pytest.raises(ValueError, match="not a message id"):
        MessageId.parse(text)
    with pytest.raises(ValidationError):
        Manifest.model_validate(a_manifest(message_id=text))
    with pytest.raises(ValidationError):
        StatusMessage.model_validate(
            {
                "answers": text,
                "manifest_sha256": None,
                "package_sha256": "0" * 64,
                "verdict": "accepted",
                "applied": {},
                "decided_at": "2026-08-01T02:00:00Z",
            }
        )


@pytest.mark.parametrize(
    "values",
    [
        {"period": "2026-13"},
        {"created_at": "2026-08-01T02:00:00"},
        {"kind": "letter"},
        {"environment": "staging"},
        {"counts": {"new": -1}},
        {"comment": "hello"},
        {"protocol": "amanah/2"},
        {"agreement_sha256": "0" * 63 + "G"},
    ],
)
def test_a_manifest_says_nothing_but_what_is_specified(values):
    Manifest.model_validate(a_manifest())
    with pytest.raises(ValidationError):
        Manifest.model_validate(a_manifest(**values))


@pytest.mark.parametrize(
    "name", ["../x.json", "/etc/passwd", "a/b.parquet", "x.exe", ".json", "X.json", "x.json\n", "a" * 62 + ".json"]
)
def test_a_part_cannot_be_named_like_a_path(name):
    with pytest.raises(ValidationError):
        Part(name=name, sha256="0" * 64, size=0, records=0)


def test_counts_add_up():
    assert Counts(new=2, correct=3, withdraw=5).total == 10


def test_a_time_is_the_same_after_it_travelled():
    manifest = Manifest.model_validate(a_manifest(created_at=canonical_time(datetime.now(UTC))))

    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest
