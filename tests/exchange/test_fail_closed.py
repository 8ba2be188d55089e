"""What the agreement does not name cannot reach a package: somebody tries, by every door there is."""

import pytest
from builders import a_placement
from corridor import NEXT_MONTH, answer, hold, holds, message, states
from forgery import Forger, new, withdraw
from pydantic import ValidationError

from amanah.exchange import package, parts, seal
from amanah.exchange.codes import Code
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.outbound import publish
from amanah.exchange.parts import Statement
from amanah.node.node import NotReady
from schemas.agreement import Agreement, Grant
from schemas.envelope import Action, Verdict
from schemas.fields import Purpose
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]
SECRETS = {
    "national_id": "3201014505900001",
    "household_ref": "HH-KANARI",
    "surname_latin": "KANARI",
}


def with_terms(agreement: Agreement, **changed: object) -> Agreement:
    """``agreement`` with other terms for placements, made by hand: nothing checks it again."""
    terms = agreement.streams["placement"].model_copy(update=changed)
    return agreement.model_copy(update={"streams": {**agreement.streams, "placement": terms}})


def with_grant(agreement: Agreement, field: str, grant: Grant) -> Agreement:
    return with_terms(agreement, fields={**agreement.streams["placement"].fields, field: grant})


def test_a_field_that_never_leaves_cannot_be_granted_by_hand_either(agreement):
    granted = Grant(directions=("IDN>SAU", "SAU>IDN"), purpose=Purpose.LINKAGE)

    for field in ("national_id", "passport_mrz"):
        assert field not in with_grant(agreement, field, granted).granted("placement", sender="IDN")


def test_a_purpose_that_is_not_named_takes_its_fields_along(agreement):
    purposes = {purpose: terms for purpose, terms in agreement.purposes.items() if purpose is not Purpose.EVALUATION}
    without = agreement.model_copy(update={"purposes": purposes})

    left = without.granted("placement", sender="IDN")
    assert {"sex", "occupation_isco", "area"} & set(left) == set()
    assert {"passport_no", "wage_amount"} <= set(left)


def test_a_purpose_that_nobody_knows_cannot_be_granted():
    with pytest.raises(ValidationError, match="purpose"):
        Grant.model_validate({"directions": ["IDN>SAU"], "purpose": "curiosity"})


def test_a_direction_turned_round_closes_the_other_way(agreement):
    turned = with_grant(agreement, "sex", Grant(directions=("SAU>IDN",), purpose=Purpose.EVALUATION))

    assert "sex" not in turned.granted("placement", sender="IDN")
    assert "sex" in turned.granted("placement", sender="SAU")


@pytest.mark.parametrize("suffix", parts.FORMATS)
def test_a_statement_that_carries_more_takes_only_what_is_granted(agreement, tmp_path, suffix):
    fields = agreement.granted("placement", sender="IDN")
    record = a_placement(**SECRETS, not_applicable=["household_locality"]) | {"blood_group": "KANARI"}
    path = tmp_path / f"placement.{suffix}"

    parts.write(path, [Statement(Action.NEW, "IDN-P-1", 1, record)], PLACEMENT, fields)

    [read] = parts.read(path, PLACEMENT, fields, expected=1)
    assert read.values.keys() == set(fields)
    assert "national_id" not in fields
    assert read.values["not_applicable"] is None
    assert read.values["surname_latin"] == "KANARI"  # granted
    assert b"3201014505900001" not in path.read_bytes()


def unsealed(corridor, message_id, folder):
    """What the package ``message_id`` holds: the names and the bytes of its parts."""
    sealed = corridor.idn.endpoint.outbox(f"{message_id}.tar.pgp")
    folder.mkdir()
    seal.unseal(sealed, folder / "tar", corridor.sau.endpoint.keys)
    manifest, _ = package.read(folder / "tar", folder)
    return {part.name: (folder / part.name).read_bytes() for part in manifest.parts}


@pytest.mark.slow
def test_a_new_field_of_the_contract_stays_until_it_is_granted(corridor, tmp_path):
    """The records hold it, the model knows it, nobody agreed to it."""
    message_id = corridor.send(a_placement("IDN-P-1", **SECRETS))
    [(name, content)] = unsealed(corridor, message_id, tmp_path / "open").items()
    (tmp_path / name).write_bytes(content)

    fields = corridor.idn.agreement.granted("placement", sender="IDN")
    [statement] = parts.read(tmp_path / name, PLACEMENT, fields, expected=1)
    assert {"national_id", "household_ref"} & statement.values.keys() == set()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", parts.FORMATS)
def test_an_agreement_made_by_hand_cannot_let_out_what_never_leaves(corridor, tmp_path, suffix):
    hold(corridor.idn, a_placement("IDN-P-1", **SECRETS))
    ours = corridor.idn.endpoint
    loose = with_grant(ours.agreement, "national_id", Grant(directions=("IDN>SAU",), purpose=Purpose.LINKAGE))
    form = loose.package.model_copy(update={"parts": suffix})
    loose = loose.model_copy(update={"package": form})
    endpoint = Endpoint(us=ours.us, agreement=loose, database=ours.database, keys=ours.keys, folder=ours.folder)

    published = publish(endpoint, "placement", corridor.month)

    [(name, content)] = unsealed(corridor, published.message_id, tmp_path / "open").items()
    assert name == f"placement.{suffix}"
    assert b"3201014505900001" not in content
    assert b"national_id" not in content


@pytest.fixture
def forger(corridor, tmp_path, a_manifest) -> Forger:
    return Forger(corridor, tmp_path / "forged", a_manifest())


@pytest.mark.slow
@pytest.mark.parametrize("extra", ["national_id", "passport_mrz", "worker_cost_amount"])
def test_one_field_too_many_is_refused_on_arrival(corridor, forger, extra):
    granted = corridor.sau.agreement.granted("placement", sender="SAU")
    columns = [field for field in PLACEMENT.fields if field in granted or field == extra]

    told = forger.send(new(a_placement("SAU-P-1", **{extra: None})), fields=columns)

    assert (told.verdict, [error.code for error in told.file_errors]) == (Verdict.REJECTED, [Code.FIELD_NOT_AGREED])
    assert holds(corridor.idn, "SAU") == {}


@pytest.mark.slow
def test_parts_in_another_format_than_agreed_are_refused_on_arrival(corridor, forger, tmp_path):
    part = tmp_path / "placement.csv"
    fields = corridor.sau.agreement.granted("placement", sender="SAU")
    parts.write(part, [new(a_placement("SAU-P-1"))], PLACEMENT, fields)
    manifest = forger.manifest.model_copy(
        update={
            "kind": "records",
            "counts": parts.count([new(a_placement("SAU-P-1"))]),
            "parts": (package.describe(part, records=1),),
        }
    )
    package.write(tmp_path / "package.tar", manifest, [part])
    forger.folder.mkdir()

    told = forger.put("SAU-IDN-placement-000001", tmp_path / "package.tar")

    assert [error.code for error in told.file_errors] == [Code.PART_DIFFERS]


@pytest.mark.slow
def test_a_number_with_a_wrong_check_digit_is_refused_on_arrival(corridor, forger):
    told = forger.send(new(a_placement("SAU-P-1", residence_no="2000000007")), new(a_placement("SAU-P-2")))

    assert [(e.record_ref, e.code, e.field) for e in told.record_errors] == [
        ("SAU-P-1", Code.RECORD_INVALID, "residence_no")
    ]
    assert "2000000007" not in told.model_dump_json()
    assert holds(corridor.idn, "SAU").keys() == {"SAU-P-2"}


@pytest.mark.slow
def test_what_is_kept_is_what_the_model_reads_in_it(corridor, forger):
    told = forger.send(new(a_placement("SAU-P-1", name_latin="  SITI CONTOH ")))

    assert told.record_errors == ()
    assert holds(corridor.idn, "SAU")["SAU-P-1"]["name_latin"] == "SITI CONTOH"


@pytest.mark.slow
def test_what_comes_with_a_withdrawal_is_not_kept(corridor, forger):
    forger.send(new(a_placement("SAU-P-1")))
    gone = withdraw("SAU-P-1", 2)
    gone.values["name_latin"] = "KANARI"

    told = forger.send(gone, sequence=2)

    assert (told.record_errors, told.applied.withdraw) == ((), 1)
    with corridor.idn.database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT name_latin FROM placement ORDER BY revision").scalars().all()
    assert kept == ["SITI CONTOH", None]


@pytest.mark.slow
def test_what_does_not_apply_is_said_only_of_fields_that_may_go(corridor):
    corridor.send(a_placement("IDN-P-1", not_applicable=["residence_no", "household_ref"]))
    corridor.exchange()
    assert holds(corridor.sau, "IDN")["IDN-P-1"]["not_applicable"] == ["residence_no"]

    corridor.send(a_placement("IDN-P-1", not_applicable=["residence_no"]), month=NEXT_MONTH)
    corridor.exchange()
    assert message(corridor.sau, "IDN-SAU-placement-000002").kind == "nil"


@pytest.mark.slow
def test_nothing_leaves_while_an_assessment_is_overdue(corridor):
    hold(corridor.idn, a_placement())
    agreement = corridor.idn.agreement
    lapsed = tuple(
        each.model_copy(update={"review_by": each.review_by.replace(year=2025)}) for each in agreement.assessments
    )
    corridor.idn.__dict__["agreement"] = agreement.model_copy(update={"assessments": lapsed})

    with pytest.raises(NotReady, match=r"data_protection_impact DPIA-2026-01 \(2025-12-31\), transfer_risk"):
        corridor.idn.publish("placement", corridor.month)
    assert states(corridor.idn) == {}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["ndjson", "csv"])
def test_two_nodes_whose_agreement_says_so_exchange_in_that_format(corridor, suffix):
    for node in (corridor.idn, corridor.sau):
        form = node.agreement.package.model_copy(update={"parts": suffix})
        node.__dict__["agreement"] = node.agreement.model_copy(update={"package": form})
    held = a_placement("IDN-P-1", previous_passport_nos=["A1234567"], name_latin='SITI; "CONTOH"', hours_per_day=8)
    corridor.send(held)
    corridor.exchange()

    assert answer(corridor.idn, "IDN-SAU-placement-000001").record_errors == ()
    got = holds(corridor.sau, "IDN")["IDN-P-1"]
    granted = corridor.idn.agreement.granted("placement", sender="IDN")
    assert {field: got[field] for field in granted} == {field: held[field] for field in granted}
