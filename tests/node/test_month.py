"""A month between two nodes, from the ministries' systems to the evaluation, and the same again without effect."""

import json

import pytest
from builders import a_complaint, a_placement, with_canaries
from corridor import MONTH, NEXT_MONTH, PARTIES, answer, entries, holds, ledger_is_whole, row_counts, states

from amanah.exchange import ledger
from amanah.node.intake import LoadedAlready, NotExtracted
from amanah.node.node import NotReady
from amanah.node.settings import SettingsError
from amanah.periods import first_day_after
from amanah.quality.checkpoint import BatchRefused
from amanah.sources import SourceUnavailable
from amanah.store import confirmations

pytestmark = pytest.mark.slow

OURS = [
    a_placement("IDN-P-1", contract_no="C-1", passport_no="X1000001"),
    a_placement("IDN-P-2", contract_no="C-2", passport_no="X1000002"),
]
THEIRS = [
    a_placement("SAU-P-1", contract_no="C-1", passport_no="X1000001", wage_amount="1500.00"),
    a_placement("SAU-P-2", contract_no="C-2", passport_no="X1000002"),
]


@pytest.fixture
def offices(office):
    made = {party: [office(party, stream) for stream in ("placement", "complaint")] for party in PARTIES}
    for party, records in (("IDN", OURS), ("SAU", THEIRS)):
        placements, complaints = made[party]
        placements.lay(MONTH, *records)
        complaints.lay(MONTH, a_complaint(f"{party}-C-1", placement_ref=f"{party}-P-1"))
    return made


@pytest.fixture
def nodes(a_node, exchange_point, offices, post_office):
    """Both nodes, fully configured; Indonesia mails."""
    return {
        party: a_node(
            party,
            sftp=exchange_point.settings(party),
            mail=post_office.settings,
            sources={each.name: each.settings for each in offices[party]},
        )
        for party in PARTIES
    }


def run_month(nodes, month=MONTH):
    """Every verb of the month on both sides, in the order of the pipelines."""
    exchange_month(nodes, month)
    for node in nodes.values():
        node.reconcile(month)
        node.notify(first_day_after(month))
    exchange(nodes)  # what both certify of the month


def exchange_month(nodes, month):
    """Every verb up to the partner's answers."""
    for node in nodes.values():
        for source in node.settings.sources:
            node.extract(source, month)
            node.validate(source, month)
        for stream in node.agreement.streams:
            node.publish(stream, month)
    exchange(nodes)


def exchange(nodes):
    """What each side built, and the answers to it."""
    for _ in range(2):
        for node in nodes.values():
            node.deliver()
        for node in nodes.values():
            node.collect()
            node.admit()


def test_a_month_from_the_ministries_to_the_evaluation(nodes, post_office):
    run_month(nodes)

    idn, sau = nodes["IDN"], nodes["SAU"]
    assert holds(sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    assert holds(idn, "SAU", stream="complaint").keys() == {"SAU-C-1"}
    assert {state for node in nodes.values() for state in states(node).values()} == {
        *("accepted", "answered", "stored", "settled")
    }
    again = {party: node.reconcile(MONTH) for party, node in nodes.items()}
    assert again["IDN"].links == again["SAU"].links == {"complaint": 1, "placement": 2}
    assert again["IDN"].discrepancies == again["SAU"].discrepancies == {"field": 1}
    assert {mail["To"] for mail in post_office.taken} == {"attache.riyadh@kp2mi.example", "riyadh.office@mhrsd.example"}

    made = idn.evaluate("2026-Q3")
    assert made.publish.exists()
    assert all(page.exists() for page in made.pages.values())


def test_every_verb_again_changes_nothing(nodes, post_office):
    run_month(nodes)
    before = {party: (row_counts(node), len(entries(node))) for party, node in nodes.items()}
    applied = {
        party: answer(node, f"{party}-{node.agreement.other(party)}-placement-000001") for party, node in nodes.items()
    }

    run_month(nodes)

    assert {party: (row_counts(node), len(entries(node))) for party, node in nodes.items()} == before
    assert {
        party: answer(node, f"{party}-{node.agreement.other(party)}-placement-000001") for party, node in nodes.items()
    } == applied
    assert len(post_office.taken) == 2
    assert all(ledger_is_whole(node) for node in nodes.values())


def test_a_quarter_is_frozen_once_and_names_what_is_missing(nodes):
    run_month(nodes)
    idn = nodes["IDN"]
    snapshot = idn.settings.store / "snapshots" / "2026-Q3" / "v1"

    first = idn.evaluate("2026-Q3")
    frozen = {path.name: path.read_bytes() for path in snapshot.iterdir()}
    second = idn.evaluate("2026Q3")

    assert {path.name: path.read_bytes() for path in snapshot.iterdir()} == frozen
    assert first.sha256 == second.sha256
    about = frozen["snapshot.json"].decode()
    with idn.database.engine.connect() as connection:
        head = str(ledger.head(connection))
    assert f'"ledger_head": "{head}"' in about
    assert all(head in page.read_text(encoding="utf-8") for page in first.pages.values())
    missing = json.loads(about)["missing"]
    assert {each["period"] for each in missing if each["what"] == "reconciliation"} == {NEXT_MONTH, "2026-09"}
    for month in (NEXT_MONTH, "2026-09"):
        for stream in ("placement", "complaint"):
            assert {"what": "message", "period": month, "stream": stream, "sender": "SAU"} in missing


def test_only_what_changed_since_the_last_batch_becomes_a_revision(nodes, offices):
    run_month(nodes)
    idn = nodes["IDN"]
    offices["IDN"][0].lay(NEXT_MONTH, OURS[0], OURS[1] | {"stage": "completed"})

    idn.extract("placement_office", NEXT_MONTH)
    result = idn.validate("placement_office", NEXT_MONTH)

    assert (result.accepted, result.changed) == (2, 1)
    assert holds(idn, "IDN", month=NEXT_MONTH)["IDN-P-2"]["stage"] == "completed"
    assert holds(idn, "IDN", month=MONTH)["IDN-P-2"]["stage"] == "arrived"


def test_what_fails_its_schema_waits_in_quarantine_with_its_row(nodes, offices):
    offices["IDN"][0].lay(MONTH, *OURS, with_canaries("IDN-P-3", sex="W", wage_currency=None))
    idn = nodes["IDN"]
    idn.extract("placement_office", MONTH)

    result = idn.validate("placement_office", MONTH)

    assert (result.read, result.accepted, result.quarantined) == (3, 2, 1)
    assert holds(idn, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    with idn.database.engine.connect() as connection:
        [kept] = connection.exec_driver_sql("SELECT record_ref, field, code, raw FROM quarantine").all()
    assert (kept.record_ref, kept.field, kept.code, kept.raw["passport_no"]) == (
        *("IDN-P-3", "sex", "unknown_code"),
        "QZ9990001",
    )


def test_steps_out_of_order_say_what_is_missing(nodes):
    idn = nodes["IDN"]

    with pytest.raises(NotExtracted, match=f"placement_office {MONTH}: nothing is staged; run extract"):
        idn.validate("placement_office", MONTH)
    with pytest.raises(NotReady, match=f"placement {MONTH}: not loaded yet: placement_office"):
        idn.publish("placement", MONTH)
    idn.extract("placement_office", MONTH)
    with pytest.raises(NotReady, match="placement_office"):
        idn.publish("placement", MONTH)
    with pytest.raises(NotReady, match=f"{MONTH}: not yet exchanged in full"):
        idn.reconcile(MONTH)
    assert states(idn) == {}


def test_a_source_that_is_down_is_not_an_empty_one(nodes, offices):
    idn = nodes["IDN"]
    (offices["IDN"][0].drop / f"export_{MONTH}.csv").unlink()

    with pytest.raises(SourceUnavailable, match="placement_office"):
        idn.extract("placement_office", MONTH)
    with pytest.raises(NotExtracted):
        idn.validate("placement_office", MONTH)
    assert holds(idn, "IDN") == {}


def test_an_emptied_source_is_refused_and_wipes_nothing(nodes, offices):
    """A file with a header alone, where a month before had placements: it must not look like a quiet month."""
    idn = nodes["IDN"]
    idn.extract("placement_office", MONTH)
    idn.validate("placement_office", MONTH)
    offices["IDN"][0].lay(MONTH)
    offices["IDN"][0].lay(NEXT_MONTH)

    assert idn.extract("placement_office", NEXT_MONTH) == 0
    with pytest.raises(BatchRefused, match="placement_office"):
        idn.validate("placement_office", NEXT_MONTH)
    assert len(holds(idn, "IDN", month=NEXT_MONTH)) == len(OURS)


def test_a_month_that_was_not_delivered_is_not_an_empty_one_though_others_were(nodes, offices):
    idn = nodes["IDN"]
    idn.extract("placement_office", MONTH)
    idn.validate("placement_office", MONTH)

    with pytest.raises(SourceUnavailable, match=rf"export_{NEXT_MONTH}\.csv is not in .*has not delivered it"):
        idn.extract("placement_office", NEXT_MONTH)
    assert len(holds(idn, "IDN", month=NEXT_MONTH)) == len(OURS)

    offices["IDN"][0].lay(NEXT_MONTH)
    assert idn.extract("placement_office", NEXT_MONTH) == len(OURS), "what the month before brought is read again"


def test_a_batch_that_is_not_what_is_expected_is_not_loaded_and_can_be_mended(nodes, offices):
    idn = nodes["IDN"]
    offices["IDN"][0].lay(MONTH, *(record | {"passport_no": None} for record in OURS))
    idn.extract("placement_office", MONTH)

    with pytest.raises(BatchRefused, match=r"(?s)placement_office.*passport_no.*2 of 2 \(100 %\) have none.*Data Docs"):
        idn.validate("placement_office", MONTH)
    assert holds(idn, "IDN") == {}

    offices["IDN"][0].lay(MONTH, *OURS)
    idn.extract("placement_office", MONTH)
    assert idn.validate("placement_office", MONTH).accepted == 2


def test_a_batch_that_is_unusual_and_right_is_loaded_once_somebody_has_confirmed_it(nodes, offices):
    idn = nodes["IDN"]
    offices["IDN"][0].lay(MONTH, *(record | {"passport_no": None} for record in OURS))
    idn.extract("placement_office", MONTH)
    with pytest.raises(BatchRefused) as refused:
        idn.validate("placement_office", MONTH)

    idn.confirm_batch("placement_office", MONTH, ["volume"], by="dewi", why="that was not the question")
    with pytest.raises(BatchRefused):
        idn.validate("placement_office", MONTH)
    idn.confirm_batch("placement_office", MONTH, refused.value.checks, by="dewi", why="passports come next month")

    loaded = idn.validate("placement_office", MONTH)
    assert loaded.accepted == 2
    assert any("present.passport_no" in warning for warning in loaded.warnings)
    with pytest.raises(LoadedAlready):
        idn.confirm_batch("placement_office", MONTH, ["volume"], by="dewi", why="too late")
    with idn.database.engine.connect() as connection:
        kept = confirmations.of_batch(connection, "placement_office", MONTH)
    assert [(row.by, row.checks) for row in kept] == [("dewi", ["volume"]), ("dewi", ["present.passport_no"])]


def test_an_earlier_month_is_not_reconciled_over_a_later_one(nodes, offices):
    for each in (*offices["IDN"], *offices["SAU"]):
        each.lay(NEXT_MONTH)
    offices["IDN"][0].lay(NEXT_MONTH, OURS[1] | {"stage": "completed"})
    offices["SAU"][0].lay(NEXT_MONTH, THEIRS[1] | {"stage": "completed"})
    for month in (MONTH, NEXT_MONTH):
        exchange_month(nodes, month)
    idn = nodes["IDN"]
    idn.reconcile(NEXT_MONTH)

    done = idn.reconcile(MONTH)

    assert (done.superseded_by, done.links, done.cases.opened) == (NEXT_MONTH, {}, 0)


def test_what_is_not_configured_is_named(a_node):
    bare = a_node("IDN")

    for verb, missing in ((bare.deliver, "sftp"), (bare.notify, "mail")):
        with pytest.raises(SettingsError, match=f"node.yaml has no {missing}"):
            verb()
    with pytest.raises(SettingsError, match="no source 'siskop2mi'; it has none"):
        bare.extract("siskop2mi", MONTH)


def test_a_number_that_fails_the_corridors_check_digit_goes_to_quarantine(nodes, offices):
    offices["IDN"][0].lay(MONTH, *OURS, with_canaries("IDN-P-3", residence_no="2123456780"))
    idn = nodes["IDN"]
    idn.extract("placement_office", MONTH)

    assert idn.validate("placement_office", MONTH).quarantined == 1
    with idn.database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT field, code FROM quarantine").all()
    assert [tuple(row) for row in kept] == [("residence_no", "check_digit")]
