"""From the second month of a quarter on, a reconciliation looks only at what changed; it finds what all would show."""

from dataclasses import replace

import pytest
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, hold
from sqlalchemy import delete, select, update

from amanah.node import carrying_on, changes, learning
from amanah.node.findings import find
from amanah.store import findings, positions
from amanah.store.positions import Overtaken
from amanah.store.tables import RECORDS, discrepancy, learned, link, position, reconciliation

pytestmark = pytest.mark.slow

LAST_MONTH = "2026-09"
WORKERS = range(1, 13)


def a_worker(party, number, **values):
    papers = {"contract_no": f"C-{number}", "passport_no": f"X10000{number:02}", "person_ref": f"{party}-W-{number}"}
    return a_placement(f"{party}-P-{number}", **papers, **values)


@pytest.fixture
def both(corridor):
    return corridor.idn, corridor.sau


def publish(both, month):
    for node in both:
        for stream in node.agreement.streams:
            node.publish(stream, month)


@pytest.fixture
def conclude(corridor, both):
    """Exchange a month in full and reconcile it on both nodes."""

    def month_of(month):
        publish(both, month)
        corridor.exchange()
        for node in both:
            node.reconcile(month)

    return month_of


@pytest.fixture
def first_month(both, conclude):
    """Twelve workers, alike on both sides but for the wage of one."""
    for node in both:
        hold(node, *(a_worker(node.us, number) for number in WORKERS))
    hold(both[1], a_worker("SAU", 3, wage_amount="1400.00"))
    conclude(MONTH)


def recorded(node, month):
    """The open links and discrepancies, as the node keeps them."""
    with node.database.engine.connect() as connection:
        links = connection.execute(
            select(link.c.stream, link.c.ours_ref, link.c.theirs_ref, link.c.grade, link.c.score, link.c.why).where(
                findings.open_as_of(link, month)
            )
        )
        found = connection.execute(
            select(discrepancy.c.id, discrepancy.c.severity, discrepancy.c.reason).where(
                findings.open_as_of(discrepancy, month)
            )
        )
        return sorted(map(tuple, links)), sorted(map(tuple, found))


def everything(node, month):
    """What a reconciliation of everything finds."""
    found = find(node.database, node.agreement, us=node.us, period=month)
    links = found.links.select(["stream", "ours_ref", "theirs_ref", "grade", "score", "why"]).to_pylist()
    discrepancies = found.discrepancies.select(["id", "severity", "reason"]).to_pylist()
    return sorted(tuple(row.values()) for row in links), sorted(tuple(row.values()) for row in discrepancies)


def looked_at(node, month):
    """How many of our placements were looked at."""
    with node.database.engine.connect() as connection:
        summary = connection.execute(
            select(reconciliation.c.summary).where(reconciliation.c.period == month)
        ).scalar_one()
    return summary["placement"]["records"]["ours"]


@pytest.mark.usefixtures("first_month")
def test_only_what_changed_is_looked_at_and_all_is_found(both, conclude):
    idn, sau = both
    hold(idn, a_worker("IDN", 1, stage="returned"), month=NEXT_MONTH)  # differs now
    hold(idn, a_worker("IDN", 2), month=NEXT_MONTH, withdrawn=True)  # missing there now
    hold(
        sau, a_placement("SAU-P-99", contract_no="C-4", passport_no="X9999999"), month=NEXT_MONTH
    )  # holds a number twice
    hold(sau, a_worker("SAU", 3), month=NEXT_MONTH)  # agrees now
    hold(idn, a_worker("IDN", 20), month=NEXT_MONTH)  # new, on both sides
    hold(sau, a_worker("SAU", 20), month=NEXT_MONTH)
    hold(idn, a_complaint("IDN-C-1", placement_ref="IDN-P-5"), month=NEXT_MONTH, stream="complaint")

    conclude(NEXT_MONTH)

    for node in both:
        assert recorded(node, NEXT_MONTH) == everything(node, NEXT_MONTH)
    assert looked_at(idn, MONTH) == 12
    assert looked_at(idn, NEXT_MONTH) == 4  # 1, 3, 4 and 20

    conclude(LAST_MONTH)

    for node in both:
        assert recorded(node, LAST_MONTH) == everything(node, LAST_MONTH)


@pytest.mark.usefixtures("first_month")
def test_a_person_in_danger_is_seen_though_the_placement_did_not_change(both, conclude):
    _, sau = both
    for node in both:
        hold(node, a_worker(node.us, 7, stage="absconding_reported"), month=NEXT_MONTH)
    conclude(NEXT_MONTH)
    hold(sau, a_complaint("SAU-C-7", placement_ref="SAU-P-7"), month=LAST_MONTH, stream="complaint")

    conclude(LAST_MONTH)

    for node in both:
        _, found = recorded(node, LAST_MONTH)
        assert "absconding_with_open_complaint" in {reason for _, _, reason in found}
        assert recorded(node, LAST_MONTH) == everything(node, LAST_MONTH)


@pytest.mark.usefixtures("first_month")
def test_the_whole_can_be_asked_for_and_finds_the_same(both, conclude):
    idn, _ = both
    hold(idn, a_worker("IDN", 1, stage="returned"), month=NEXT_MONTH)
    conclude(NEXT_MONTH)
    of_changes = recorded(idn, NEXT_MONTH)

    idn.reconcile(NEXT_MONTH, whole=True)

    assert recorded(idn, NEXT_MONTH) == of_changes
    assert looked_at(idn, NEXT_MONTH) == 12


@pytest.mark.usefixtures("first_month")
@pytest.mark.parametrize("changed", [{"agreement_sha256": "0" * 64}, {"linker": "an earlier release"}], ids=str)
def test_another_agreement_or_release_looks_at_everything(both, conclude, changed):
    idn, _ = both
    with idn.database.engine.begin() as connection:
        connection.execute(update(position).values(changed))

    conclude(NEXT_MONTH)

    assert looked_at(idn, NEXT_MONTH) == 12


@pytest.mark.usefixtures("first_month")
def test_a_quarter_begins_with_everything(both, conclude):
    conclude("2026-10")

    assert looked_at(both[0], "2026-10") == 12


@pytest.mark.usefixtures("first_month")
def test_a_message_that_came_while_the_last_run_was_reading_is_looked_at(both):
    idn, _ = both
    left = positions.load(idn.database, "placement", run=run_of(idn))
    assert {id_.split("-")[0] for id_ in left.heard} == {"IDN", "SAU"}
    missed = replace(left, heard=frozenset(id_ for id_ in left.heard if id_.startswith("IDN")))

    found = changes.since(missed, idn.database, idn.agreement, "placement", us="IDN", period=NEXT_MONTH)

    assert found["ours"].refs.to_pylist() == []
    assert sorted(found["theirs"].refs.to_pylist()) == sorted(f"SAU-P-{number}" for number in WORKERS)


def run_of(node):
    """Which run left the position that the next one would go on from."""
    with node.database.engine.connect() as connection:
        return positions.newest(connection, "placement").run


@pytest.mark.usefixtures("first_month")
@pytest.mark.parametrize("meanwhile", [(NEXT_MONTH, False), (MONTH, True)], ids=["another month", "the same once more"])
def test_what_was_worked_on_while_something_else_was_recorded_is_to_be_run_again(both, conclude, meanwhile):
    idn, _ = both
    terms = {"us": "IDN", "period": LAST_MONTH, "going_on": {"placement": run_of(idn)}}
    slow = find(idn.database, idn.agreement, **terms)
    month, again = meanwhile
    if again:
        idn.reconcile(month)
    else:
        conclude(month)

    with idn.database.engine.begin() as connection, pytest.raises(Overtaken, match="placement: another run"):
        carrying_on.keep(connection, idn.agreement, slow, period=LAST_MONTH)
    with pytest.raises(Overtaken):
        find(idn.database, idn.agreement, **terms)


@pytest.mark.usefixtures("first_month")
def test_what_the_partner_turns_out_not_to_hold_is_looked_at(corridor, both):
    idn, sau = both
    lost = RECORDS["placement"]
    with sau.database.engine.begin() as connection:
        connection.execute(delete(lost).where(lost.c.record_ref == "IDN-P-5"))
    sau.reconcile(MONTH)  # and its certificate says so
    publish(both, NEXT_MONTH)  # before the difference is found
    for _ in range(4):
        corridor.exchange()

    for node in both:
        node.reconcile(NEXT_MONTH)

    assert recorded(idn, NEXT_MONTH) == everything(idn, NEXT_MONTH)
    assert recorded(idn, NEXT_MONTH)[1] == recorded(sau, NEXT_MONTH)[1] != []


def test_what_left_with_a_later_message_is_of_that_month_on_both_sides(corridor, both):
    idn, sau = both
    for node in both:
        hold(node, *(a_worker(node.us, number) for number in WORKERS))
    publish(both, MONTH)
    corridor.exchange()
    hold(idn, a_worker("IDN", 30))  # known in the month whose message has left
    publish(both, NEXT_MONTH)
    corridor.exchange()

    for node in both:
        node.reconcile(MONTH)

    assert recorded(idn, MONTH)[1] == recorded(sau, MONTH)[1] == []

    for node in both:
        node.reconcile(NEXT_MONTH)

    assert recorded(idn, NEXT_MONTH) == everything(idn, NEXT_MONTH)
    assert [number for number, *_ in recorded(idn, NEXT_MONTH)[1]] == [
        number for number, *_ in recorded(sau, NEXT_MONTH)[1]
    ]


def test_a_death_that_one_side_knows_of_stays_where_stages_are_not_compared(both, conclude):
    for node in both:
        agree(node, compare=lambda rules: {field: rule for field, rule in rules.items() if field != "stage"})
        hold(node, *(a_worker(node.us, number) for number in WORKERS))
    hold(both[1], a_worker("SAU", 3, stage="died"))

    for month in (MONTH, NEXT_MONTH):
        conclude(month)
        for node in both:
            assert [reason for *_, reason in recorded(node, month)[1]] == ["unknown_death"]


def test_who_learns_again_learns_the_same(corridor, both, conclude):
    for node in both:
        hold(node, a_placement(f"{node.us}-P-77", contract_no=f"{node.us}-77", passport_no=None))
    publish(both, MONTH)
    corridor.exchange()
    hold(both[0], a_placement("IDN-P-30", name_latin="DEWI CONTOH"))  # leaves with the next message
    for node in both:
        node.reconcile(MONTH)
    first = parameters(both)
    conclude(NEXT_MONTH)
    for node in both:
        with node.database.engine.begin() as connection:
            connection.execute(delete(learned))

    assert len(set(first)) == 1
    assert parameters(both) == first


def test_nothing_is_learned_from_a_month_without_records(both, conclude):
    conclude(MONTH)
    for node in both:
        hold(node, *(a_worker(node.us, number) for number in WORKERS), month=NEXT_MONTH)
    conclude(NEXT_MONTH)

    for node in both:
        with node.database.engine.connect() as connection:
            assert learning.month_of_learning(connection, "placement", LAST_MONTH) == NEXT_MONTH
    assert looked_at(both[0], NEXT_MONTH) == 12


def test_where_no_probable_links_are_agreed_nothing_is_learned(both, conclude, monkeypatch):
    for node in both:
        agree(node, probable=lambda _: {})
        hold(node, *(a_worker(node.us, number) for number in WORKERS))
    conclude(MONTH)
    monkeypatch.setattr(learning, "reconcile", None)  # would look at everything

    conclude(NEXT_MONTH)

    assert looked_at(both[0], NEXT_MONTH) == 0


def agree(node, **changed):
    """Let ``node`` work under other rules for linking placements."""
    terms = node.agreement.streams["placement"]
    rules = {name: change(getattr(terms.linkage, name)) for name, change in changed.items()}
    terms = terms.model_copy(update={"linkage": terms.linkage.model_copy(update=rules)})
    streams = {**node.agreement.streams, "placement": terms}
    node.__dict__["agreement"] = node.agreement.model_copy(update={"streams": streams})


def parameters(both):
    """By which parameters each node judges the second month."""
    terms = {"stream": "placement", "period": NEXT_MONTH, "anew": False}
    return [learning.parameters(n.database, n.agreement, us=n.us, **terms).to_json() for n in both]
