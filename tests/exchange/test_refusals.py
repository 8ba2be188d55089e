"""Why a message or a record is refused: one example for every code, and nothing of a refused message is applied."""

from dataclasses import replace

import pysequoia
import pytest
from builders import CANARIES, a_placement, with_canaries
from corridor import alarms, entries, holds, ledger_is_whole, message
from forgery import Forger, correct, new, withdraw
from pydantic import ValidationError
from sqlalchemy import update

from amanah.exchange import admission, seal
from amanah.exchange.again import MOST_TIMES
from amanah.exchange.codes import HTTPS, MEANING, Code
from amanah.exchange.inbound import MOST_TRIES
from amanah.node.node import Node
from amanah.node.settings import KeySettings
from amanah.partner.faults import FAULTS
from amanah.store import tables
from schemas.envelope import StatusMessage, Verdict

pytestmark = pytest.mark.slow

RECORD = with_canaries("SAU-P-1")


MOST_ERRORS_HERE = 3


@pytest.fixture(autouse=True)
def few_errors_are_many(monkeypatch):
    monkeypatch.setattr(admission, "MOST_ERRORS", MOST_ERRORS_HERE)


@pytest.fixture
def forger(corridor, tmp_path, a_manifest) -> Forger:
    return Forger(corridor, tmp_path / "forged", a_manifest())


def kills_its_reader(forger):
    """Every admission begun ended with the process; see test_killed for real ones."""
    forger.lay("SAU-IDN-placement-000001", b"KANARI" * 1000)
    with forger.corridor.idn.database.engine.begin() as connection:
        connection.execute(update(tables.message).values(tries=MOST_TRIES))
    return forger.answered("SAU-IDN-placement-000001")


def too_many_errors(forger):
    return forger.send(*[new(a_placement(f"SAU-P-{number}", sex="KANARI")) for number in range(MOST_ERRORS_HERE + 1)])


def signed_by_a_revoked_key(forger):
    """Indonesia has been given the revocation of Saudi Arabia's key, and the certificate that takes its place."""
    key = pysequoia.Tsk.from_file(str(forger.corridor.sau.settings.keys.ours[0]))
    certificate = key.extract_certificate()
    forger.folder.mkdir()
    held = forger.folder / "revoked.pgp"
    held.write_bytes(bytes(certificate) + bytes(certificate.revoke(key.certifier())))
    seal.generate("SAU second", forger.folder / "second.key", forger.folder / "second.pgp")
    settings = forger.corridor.idn.settings
    keys = KeySettings(ours=settings.keys.ours, partner=[held, forger.folder / "second.pgp"])
    idn = Node(settings.model_copy(update={"keys": keys}))
    return replace(forger, corridor=replace(forger.corridor, idn=idn)).send(new(RECORD))


MESSAGES = {
    Code.KILLS_ITS_READER: kills_its_reader,
    Code.KEY_OUT_OF_TERM: signed_by_a_revoked_key,
    Code.TOO_MANY_ERRORS: too_many_errors,
}


def after(forger, *first):
    """Saudi Arabia's first message has been accepted."""
    assert forger.send(*(first or [new(RECORD)])).record_errors == ()
    return forger


RECORDS = {
    Code.RECORD_INVALID: lambda f: f.send(new(RECORD | {"sex": "KANARI"})),
    Code.NOT_SENDERS_RECORD: lambda f: f.send(new(RECORD | {"record_ref": "IDN-P-1"})),
    Code.RECORD_TWICE: lambda f: f.send(new(RECORD), new(RECORD)),
    Code.ALREADY_KNOWN: lambda f: after(f).send(new(RECORD, 2), sequence=2),
    Code.UNKNOWN_RECORD: lambda f: f.send(correct(RECORD, 2)),
    Code.STALE_REVISION: lambda f: after(f).send(correct(RECORD, 1), sequence=2),
    Code.NOT_IN_A_SNAPSHOT: lambda f: after(f).send(correct(RECORD, 2), sequence=2, kind="snapshot"),
}


def test_every_code_has_its_example_and_its_meaning():
    said_over_https = {code for code in Code if code in HTTPS}  # their examples are in tests/exchange/api
    by_one_package = {fault.code for fault in FAULTS}

    assert by_one_package | MESSAGES.keys() | RECORDS.keys() | said_over_https == set(Code) == MEANING.keys()


def tells_nothing(corridor, answer) -> bool:
    """No value of a record is in the answer or in the ledger."""
    said = answer.model_dump_json() + str(entries(corridor.idn))
    return not [canary for canary in CANARIES if canary in said]


def refused_as_a_whole(corridor, answer, code) -> bool:
    assert (answer.verdict, [error.code for error in answer.file_errors]) == (Verdict.REJECTED, [code])
    assert answer.applied.total == 0
    assert holds(corridor.idn, "SAU") == {}
    assert ledger_is_whole(corridor.idn)
    return tells_nothing(corridor, answer)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code.value} {fault.what}")
def test_a_package_that_is_wrong_in_one_thing_is_refused_as_a_whole(corridor, forger, fault):
    if reason := fault.not_here(forger.forge):
        assert fault.code in MESSAGES, reason
        return
    name = forger.forge.message_id("placement", 1)

    answer = forger.put_sealed(str(name), fault.make(forger.forge, name, [new(RECORD)]))

    assert refused_as_a_whole(corridor, answer, fault.code)


@pytest.mark.parametrize("code", MESSAGES)
def test_a_message_is_refused_as_a_whole(corridor, forger, code):
    assert refused_as_a_whole(corridor, MESSAGES[code](forger), code)


@pytest.mark.parametrize("code", RECORDS)
def test_a_record_is_refused_and_the_message_accepted(corridor, forger, code):
    answer = RECORDS[code](forger)

    assert (answer.verdict, [error.code for error in answer.record_errors]) == (Verdict.ACCEPTED, [code])
    assert tells_nothing(corridor, answer)


def test_no_plaintext_is_left_after_a_refusal(corridor, forger):
    for sequence, code in enumerate((Code.PART_DIFFERS, Code.COUNTS_DIFFER), start=1):
        forger.folder.mkdir(exist_ok=True)
        forger.send(new(RECORD), sequence=sequence, **({"counts": {"new": 2}} if code is Code.COUNTS_DIFFER else {}))

    left = [path for path in corridor.idn.settings.store.rglob("*") if path.is_file()]
    assert {path.suffix for path in left} == {".pgp"}


def test_what_is_right_in_a_message_is_applied_beside_what_is_refused(corridor, forger):
    answer = forger.send(new(a_placement("SAU-P-1")), new(a_placement("SAU-P-2", sex="W")), new(a_placement("IDN-P-3")))

    assert [(error.record_ref, error.code, error.field) for error in answer.record_errors] == [
        ("SAU-P-2", Code.RECORD_INVALID, "sex"),
        ("IDN-P-3", Code.NOT_SENDERS_RECORD, None),
    ]
    assert answer.applied.new == 1
    assert holds(corridor.idn, "SAU").keys() == {"SAU-P-1"}


def test_a_text_that_no_database_can_hold_is_refused_as_a_record(corridor, forger):
    answer = forger.send(new(a_placement("SAU-P-1", name_latin="SITI\0")), new(a_placement("SAU-P-2")))

    assert [(error.record_ref, error.code, error.field) for error in answer.record_errors] == [
        ("SAU-P-1", Code.RECORD_INVALID, "name_latin")
    ]


def test_a_record_corrected_and_withdrawn_and_sent_again(corridor, forger):
    forger.send(new(a_placement("SAU-P-1")))
    forger.send(correct(a_placement("SAU-P-1", stage="completed"), 2), sequence=2)
    assert holds(corridor.idn, "SAU")["SAU-P-1"]["stage"] == "completed"

    forger.send(withdraw("SAU-P-1", 3), sequence=3)
    assert holds(corridor.idn, "SAU") == {}
    assert forger.send(correct(a_placement("SAU-P-1"), 4), sequence=4).record_errors[0].code == Code.UNKNOWN_RECORD
    assert forger.send(new(a_placement("SAU-P-1"), 3), sequence=5).record_errors[0].code == Code.STALE_REVISION

    assert forger.send(new(a_placement("SAU-P-1"), 5), sequence=6).record_errors == ()
    assert holds(corridor.idn, "SAU").keys() == {"SAU-P-1"}


def test_a_field_granted_one_way_is_refused_the_other_way(corridor, forger):
    """``name_arabic`` goes from Saudi Arabia to Indonesia only: here Indonesia receives it, and may not miss it."""
    every = corridor.sau.agreement.granted("placement", sender="SAU")
    without = [field for field in every if field != "name_arabic"]

    assert forger.send(new(a_placement("SAU-P-1")), fields=without).file_errors[0].code == Code.FIELD_NOT_AGREED
    assert forger.send(new(a_placement("SAU-P-1")), fields=every, sequence=2).file_errors == ()


def test_a_status_message_that_cannot_be_read_however_often_it_is_fetched_is_set_aside_with_an_alarm(corridor):
    room = corridor.point.room("SAU", "status")
    room.mkdir(parents=True)
    (room / "SAU-IDN-status-000001.tar.pgp").write_bytes(b"nothing")

    for _ in range(MOST_TIMES + 1):
        corridor.idn.collect()
        corridor.idn.admit()

    assert message(corridor.idn, "SAU-IDN-status-000001").state == "settled"
    assert alarms(corridor.idn) == [f"201 {MEANING[Code.CANNOT_OPEN]}: {alarms(corridor.idn)[0].split(': ')[1]}"]


def test_an_answer_that_no_database_could_hold_is_no_answer():
    error = {"code": 301, "message": "ends\0here"}
    said = {"answers": "IDN-SAU-placement-000001", "manifest_sha256": None, "package_sha256": "0" * 64}
    said |= {"verdict": "rejected", "applied": {}, "decided_at": "2026-08-01T00:00:00Z"}

    assert StatusMessage.model_validate(said | {"file_errors": [error | {"message": "ends here"}]})
    with pytest.raises(ValidationError, match="message"):
        StatusMessage.model_validate(said | {"file_errors": [error]})


@pytest.mark.parametrize(
    "name",
    [
        "SAU-IDN-placement-000001.tar.pgp.part",
        "IDN-SAU-placement-000001.tar.pgp",
        "SAU-MYS-placement-000001.tar.pgp",
        "SAU-IDN-complaint-000001.tar.pgp",
        "SAU-IDN-placement-1.tar.pgp",
        "SAU-IDN-placement-000001.zip",
        "readme.txt",
    ],
)
def test_a_file_that_is_no_complete_message_for_us_in_this_stream_is_never_seen(corridor, name):
    room = corridor.point.room("SAU", "placement")
    room.mkdir(parents=True)
    (room / name).write_bytes(b"half of a package")

    assert corridor.idn.collect().message_ids == ()
    assert entries(corridor.idn) == []
