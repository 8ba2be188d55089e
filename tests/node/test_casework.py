"""An official resolves a case, and after the next exchange it is over on both nodes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, hold, holds, ledger_is_whole
from sqlalchemy import select

from amanah.cases.deeds import Deed, NotAllowed
from amanah.cases.lifecycle import Action, Resolution
from amanah.node.amending import CannotAmend, amend
from amanah.node.loading import loader
from amanah.store.tables import case, link

pytestmark = pytest.mark.slow

LATER = "2026-09"
NOW = datetime(2026, 8, 4, 9, tzinfo=UTC)
OURS = [a_placement(f"IDN-P-{n}", contract_no=f"C-{n}", passport_no=f"X100000{n}") for n in (1, 2)]
THEIRS = [
    a_placement("SAU-P-1", contract_no="C-1", passport_no="X1000001", wage_amount=Decimal("1500.00")),
    a_placement("SAU-P-2", contract_no="C-2", passport_no="X1000002"),
]


@pytest.fixture
def nodes(corridor):
    """Both nodes, which differ in one wage and share a complaint."""
    for node, records in ((corridor.idn, OURS), (corridor.sau, THEIRS)):
        hold(node, *records)
        hold(node, a_complaint(f"{node.us}-C-1", placement_ref=f"{node.us}-P-2"), stream="complaint")
    return {"IDN": corridor.idn, "SAU": corridor.sau}


@pytest.fixture
def run(corridor, nodes):
    """Everything of a month on both sides, up to the reconciled worklists."""

    def month(name):
        for node in nodes.values():
            for stream in node.agreement.streams:
                node.publish(stream, name)
        corridor.exchange()
        return {party: node.reconcile(name) for party, node in nodes.items()}

    return month


def cases(node):
    with node.database.engine.connect() as connection:
        return {row.number: row for row in connection.execute(select(case))}


def the_case(node):
    [found] = cases(node).values()
    return found


def links(node):
    with node.database.engine.connect() as connection:
        query = select(link.c.ours_ref, link.c.theirs_ref).where(
            link.c.stream == "placement", link.c.closed_in.is_(None)
        )
        return set(map(tuple, connection.execute(query)))


def resolve(node, resolution, *, number=None, value=None):
    deed = Deed(number or the_case(node).number, Action.RESOLVE, "siti", why="seen the contract", resolution=resolution)
    return node.cases.act(deed, value=value)


def test_our_record_was_wrong_it_is_amended_and_the_case_is_over_on_both_sides(nodes, run):
    run(MONTH)
    idn, sau = nodes["IDN"], nodes["SAU"]
    number = the_case(idn).number
    assert number == the_case(sau).number  # the same in Jakarta and in Riyadh

    assert resolve(idn, Resolution.OURS_WRONG, value="1500.00") == "resolved"
    run(NEXT_MONTH)

    assert holds(sau, "IDN")["IDN-P-1"]["wage_amount"] == Decimal("1500.00")  # it travelled as a correction
    for node in nodes.values():
        assert (the_case(node).state, the_case(node).closed_in) == ("closed", NEXT_MONTH)
        assert ledger_is_whole(node)
    entries = [(each.by, each.action) for each in idn.cases.show(number, by="siti", role="test", why="test").history]
    assert entries == [("amanah", "found"), ("siti", "resolve"), ("amanah", "agreed")]


def test_what_a_record_cannot_be_is_said_and_nothing_is_done(nodes, run):
    run(MONTH)
    idn = nodes["IDN"]

    with pytest.raises(CannotAmend, match="wage_amount: expected an amount such as"):
        resolve(idn, Resolution.OURS_WRONG, value="KANARI")
    with pytest.raises(NotAllowed, match="a value goes with resolve and ours_wrong only"):
        resolve(idn, Resolution.THEIRS_WRONG, value="1500.00")

    assert the_case(idn).state == "open"
    assert holds(idn, "IDN")["IDN-P-1"]["wage_amount"] == OURS[0]["wage_amount"]


def test_an_amended_field_stays_until_the_system_says_something_new_of_it(database, agreement):
    office = loader("IDN", agreement, agreement.checked_stream("placement"), "office", {})
    about = {"us": "IDN", "stream": "placement", "record_ref": "IDN-P-1", "field": "wage_amount", "number": "D1"}

    def say(connection, **values):
        row = OURS[0] | values
        office.load(connection, [row], {}, period=MONTH, batch="office")
        return current(connection)

    def current(connection):
        query = "SELECT employer_ref, wage_amount FROM placement ORDER BY revision DESC LIMIT 1"
        employer, wage = connection.exec_driver_sql(query).one()
        return employer, f"{wage:.2f}"

    with database.engine.begin() as connection:
        assert say(connection) == ("E-7", "1800.00")
        for value in ("1600.00", "1500.00"):  # the second in place of the first
            amend(connection, agreement, **about, value=value, by="siti", now=NOW)
        assert current(connection) == ("E-7", "1500.00")

        assert say(connection, employer_ref="E-8") == ("E-8", "1500.00")
        assert say(connection, wage_amount=Decimal("1700.00")) == ("E-7", "1700.00")


def test_what_an_exchange_does_not_show_comes_back(nodes, run):
    run(MONTH)
    idn = nodes["IDN"]
    resolve(idn, Resolution.THEIRS_WRONG)

    run(NEXT_MONTH)
    assert the_case(idn).state == "resolved"  # the month in which they can mend it
    run(LATER)

    assert (the_case(idn).state, the_case(idn).resolution, the_case(idn).opened_in) == ("open", None, LATER)


def test_both_right_is_over_as_long_as_both_values_stay(nodes, run):
    run(MONTH)
    idn, sau = nodes["IDN"], nodes["SAU"]
    assert resolve(idn, Resolution.BOTH_RIGHT) == "closed"

    run(NEXT_MONTH)
    assert the_case(idn).state == "closed"
    there = sau.cases.show(the_case(sau).number, by="ali", role="test", why="test").there
    assert (there.state, there.resolution, there.action) == ("closed", "both_right", "resolve")

    hold(sau, THEIRS[0] | {"wage_amount": Decimal("1400.00")}, month=LATER)
    run(LATER)
    assert (the_case(idn).state, the_case(idn).resolution) == ("open", None)


def test_not_the_same_person_parts_them_on_both_sides_in_the_same_month(nodes, run):
    run(MONTH)
    idn, sau = nodes["IDN"], nodes["SAU"]
    number = the_case(idn).number
    assert ("IDN-P-1", "SAU-P-1") in links(idn)
    resolve(idn, Resolution.NOT_SAME_PERSON)

    found = run(NEXT_MONTH)

    assert links(idn) == {("IDN-P-2", "SAU-P-2")}
    assert links(sau) == {("SAU-P-2", "IDN-P-2")}
    assert {row.number for row in cases(idn).values()} == {row.number for row in cases(sau).values()}
    assert (cases(idn)[number].state, cases(sau)[number].state) == ("closed", "closed")
    assert found["IDN"].discrepancies.keys() >= {"missing_here", "missing_there"}

    idn.cases.act(Deed(number, Action.REOPEN, "siti", why="it is her after all"))
    run(LATER)
    assert ("IDN-P-1", "SAU-P-1") in links(idn)
    assert ("SAU-P-1", "IDN-P-1") in links(sau)


def test_nothing_that_a_person_wrote_travels(nodes, run):
    run(MONTH)
    idn, sau = nodes["IDN"], nodes["SAU"]
    idn.cases.act(Deed(the_case(idn).number, Action.COMMENT, "siti", why="KANARI BURUNG was at the embassy"))
    run(NEXT_MONTH)

    shown = sau.cases.show(the_case(sau).number, by="ali", role="test", why="test")
    assert (shown.there.action, shown.there.state) == ("comment", "open")
    assert "KANARI" not in repr(shown)
    assert "siti" not in repr(shown)


def test_a_month_waits_for_both_words_about_cases(nodes, run):
    idn = nodes["IDN"]
    run(MONTH)
    with idn.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM reconciliation")
        assert idn.months_to_reconcile() == []
    assert idn.months_to_reconcile() == [MONTH]
    with idn.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM case_word WHERE party = 'SAU'")

    assert idn.months_to_reconcile() == []
