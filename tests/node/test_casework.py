"""Officials of both sides resolve cases; what the next exchanges make of that on both nodes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, hold, holds, ledger_is_whole
from sqlalchemy import select

from amanah.cases import decisions
from amanah.cases.deeds import Deed
from amanah.cases.lifecycle import Action, Resolution
from amanah.node.amending import amend
from amanah.node.loading import loader
from amanah.store.tables import case, link
from schemas.agreement_terms import CaseTerms

pytestmark = pytest.mark.slow

LATER = "2026-09"
NOW = datetime(2026, 8, 4, 9, tzinfo=UTC)
WRONG, ACCUSED, RIGHT, OTHER, ALIKE, STOOD = range(1, 7)  # what becomes of each pair
NAMES = ("", "AMINAH", "BUDIARTI", "DEWI", "FATIMAH", "RAHAYU", "SULASTRI")


def pair(number, wage="1800.00"):
    return [
        a_placement(
            f"{party}-P-{number}",
            contract_no=f"C-{number}",
            name_latin=f"CONTOH {NAMES[number]}",
            birth_date=date(1980 + number, number, 3 * number),
            passport_no=f"X100000{number}",
            wage_amount=Decimal(amount),
        )
        for party, amount in (("IDN", "1800.00"), ("SAU", wage))
    ]


@pytest.fixture
def nodes(corridor):
    """Both nodes, which differ in four wages and share a complaint."""
    told = corridor.idn.agreement.model_copy(update={"cases": CaseTerms(told=True)})
    for node in (corridor.idn, corridor.sau):
        node.__dict__["agreement"] = told
    pairs = [pair(number, "1500.00") for number in (WRONG, ACCUSED, RIGHT, OTHER)] + [pair(ALIKE), pair(STOOD)]
    for node, records in zip((corridor.idn, corridor.sau), zip(*pairs, strict=True), strict=True):
        hold(node, *records)
        hold(node, a_complaint(f"{node.us}-C-1", placement_ref=f"{node.us}-P-{ALIKE}"), stream="complaint")
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
    """The case of each pair, by the number of the pair; of those that differ."""
    with node.database.engine.connect() as connection:
        rows = connection.execute(select(case).where(case.c["class"] == "field"))
        side = "ours_ref" if node.us == "IDN" else "theirs_ref"
        return {int(row._mapping[side][-1]): row for row in rows}


def links(node):
    """The numbers of the pairs that are linked, as this node sees them."""
    with node.database.engine.connect() as connection:
        open_now = select(link).where(link.c.stream == "placement", link.c.closed_in.is_(None))
        return {(int(row.ours_ref[-1]), int(row.theirs_ref[-1])) for row in connection.execute(open_now)}


def look(node, number):
    return node.cases.show(cases(node)[number].number, by="ali", role="test", why="test")


def test_what_an_official_found_and_what_the_exchange_makes_of_it(nodes, run):
    idn, sau = nodes["IDN"], nodes["SAU"]

    def find(number, resolution, value=None):
        deed = Deed(cases(idn)[number].number, Action.RESOLVE, "siti", why="KANARI BURUNG", resolution=resolution)
        return idn.cases.act(deed, value=value)

    run(MONTH)
    # A case has the same number in Jakarta and in Riyadh.
    assert {n: row.number for n, row in cases(idn).items()} == {n: row.number for n, row in cases(sau).items()}
    assert find(WRONG, Resolution.OURS_WRONG, value="1500.00") == "resolved"
    assert find(ACCUSED, Resolution.THEIRS_WRONG) == "resolved"
    assert find(RIGHT, Resolution.BOTH_RIGHT) == "closed"
    assert find(OTHER, Resolution.NOT_SAME_PERSON) == "resolved"

    # A pair alike in everything can have a case too: a worker in danger. It stood, and was not to be looked at again.
    endangered = SimpleNamespace(
        stream="placement", ours_ref=f"IDN-P-{STOOD}", theirs_ref=f"SAU-P-{STOOD}", number="0" * 16
    )
    with idn.database.engine.begin() as connection:
        decisions.part(connection, endangered, us="IDN", now=NOW)

    found = run(NEXT_MONTH)
    # Our record was wrong: it was amended, travelled as a correction, and the case is over on both sides.
    assert holds(sau, "IDN")[f"IDN-P-{WRONG}"]["wage_amount"] == Decimal("1500.00")
    assert {(cases(node)[WRONG].state, cases(node)[WRONG].closed_in) for node in nodes.values()} == {
        ("closed", NEXT_MONTH)
    }
    assert [(each.by, each.action) for each in look(idn, WRONG).history] == [
        *(("amanah", "found"), ("siti", "resolve"), ("amanah", "agreed"))
    ]
    # Theirs is wrong: it stays resolved for the month in which they can mend it.
    assert cases(idn)[ACCUSED].state == "resolved"
    # Both are right: it stays closed, and the partner sees what we found, and nothing that we wrote.
    assert cases(idn)[RIGHT].state == "closed"
    there = look(sau, RIGHT)
    assert (there.there.state, there.there.resolution, there.there.action) == ("closed", "both_right", "resolve")
    assert not {"KANARI", "siti"} & set(repr(there).replace("'", " ").split())
    # Not the same person: both nodes part them in the same month.
    assert links(idn) == links(sau) == {(n, n) for n in (WRONG, ACCUSED, RIGHT, ALIKE)}
    assert {look(node, OTHER).history[-1].action for node in nodes.values()} == {"parted"}
    assert found["IDN"].discrepancies.keys() >= {"missing_here", "missing_there"}

    idn.cases.act(Deed(cases(idn)[OTHER].number, Action.REOPEN, "siti", why="it is her after all"))
    hold(sau, pair(RIGHT, "1400.00")[1], month=LATER)
    run(LATER)
    # An exchange went by that does not show it; a value changed; a decision was taken back.
    assert [cases(idn)[n].state for n in (WRONG, ACCUSED, RIGHT, OTHER)] == ["closed", "open", "open", "open"]
    assert look(idn, ACCUSED).history[-1].action == "still_differs"
    assert links(idn) == links(sau) == {(n, n) for n in range(1, 6)}
    assert all(ledger_is_whole(node) for node in nodes.values())


def test_a_month_waits_for_both_words_about_cases(nodes, run):
    idn = nodes["IDN"]
    run(MONTH)
    with idn.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM reconciliation")
    assert idn.months_to_reconcile() == [MONTH]

    with idn.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM case_word WHERE party = 'SAU'")

    assert idn.months_to_reconcile() == []


def test_an_amended_field_stays_until_the_system_says_something_new_of_it(database, agreement):
    office = loader("IDN", agreement, agreement.checked_stream("placement"), "office", {})
    about = {"us": "IDN", "stream": "placement", "record_ref": "IDN-P-1", "field": "wage_amount", "number": "D1"}

    def say(connection, **values):
        row = pair(WRONG)[0] | values
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
