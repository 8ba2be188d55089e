"""Out of the quarantine: by hand with a correction, or by the source sending the row again."""

from datetime import date

import pytest
from builders import a_placement, with_canaries
from corridor import MONTH, NEXT_MONTH, holds

from amanah.node.quarantine import NoSuchEntry, NotReleasable

pytestmark = pytest.mark.slow

GOOD = a_placement("IDN-P-1", contract_no="C-1", passport_no="X1000001")
FRESH = a_placement("IDN-P-9", contract_no="C-9", passport_no="X1000009", stage_date=date(2026, 8, 10))
BAD = with_canaries("IDN-P-3", sex="W", wage_currency=None)


@pytest.fixture
def placements(office):
    return office("IDN", "placement")


@pytest.fixture
def node(a_node, placements):
    """A node with one refused row in its quarantine, for two reasons."""
    node = a_node("IDN", sources={placements.name: placements.settings})
    placements.lay(MONTH, GOOD, BAD)
    run(node, MONTH)
    return node


def run(node, month):
    node.extract("placement_office", month)
    return node.validate("placement_office", month)


def waiting(node):
    return [(each.record_ref, each.field, each.code) for each in node.quarantined()]


def test_what_waits_is_listed_without_its_row(node):
    [entry] = node.quarantined(source="placement_office", period=MONTH)

    assert (entry.record_ref, entry.field, entry.state) == ("IDN-P-3", "sex", "waiting")
    assert "KANARI" not in repr(entry)
    assert node.quarantined(period=NEXT_MONTH) == node.quarantined(source="another") == []
    assert node.quarantined_row(entry.id)["raw"]["name_latin"] == "KANARI BURUNG"


def test_a_row_is_released_by_hand_once_it_is_right(node):
    [entry] = node.quarantined()

    with pytest.raises(NotReleasable, match=r"(?s)still fails.*sex"):
        node.release(entry.id, {"sex": "Q"}, by="siti", why="seen in the passport")
    with pytest.raises(NotReleasable, match=r"(?s)still fails.*wage_currency"):
        node.release(entry.id, {"sex": "F"}, by="siti", why="seen in the passport")
    assert holds(node, "IDN").keys() == {"IDN-P-1"}
    assert len(waiting(node)) == 1

    right = {"sex": "F", "wage_currency": "SAR"}
    done = node.release(entry.id, right, by="siti", why="seen in the passport")

    assert (done.record_ref, done.state, done.changed) == ("IDN-P-3", "released", 1)
    assert holds(node, "IDN")["IDN-P-3"]["sex"] == "F"
    assert waiting(node) == []
    [settled] = node.quarantined(settled=True)
    assert (settled.settled_by, settled.settled_why) == ("siti", "seen in the passport")
    assert node.quarantined_row(entry.id)["correction"] == right

    again = node.release(entry.id, {"sex": "M"}, by="budi", why="again")

    assert (again.before, again.settled_by) == (True, "siti")
    assert holds(node, "IDN")["IDN-P-3"]["sex"] == "F"


def test_a_number_that_a_spreadsheet_has_damaged_is_released_only_with_the_right_one(node, placements):
    placements.lay(NEXT_MONTH, FRESH, FRESH | {"record_ref": "IDN-P-7", "passport_no": "1.23457E+12"})
    run(node, NEXT_MONTH)
    [entry] = node.quarantined(period=NEXT_MONTH)
    assert (entry.record_ref, entry.code) == ("IDN-P-7", "damaged")

    with pytest.raises(NotReleasable, match="passport_no, damaged"):
        node.release(entry.id, {}, by="siti", why="looks right")
    node.release(entry.id, {"passport_no": "X7000007"}, by="siti", why="the copy of the passport")

    assert holds(node, "IDN")["IDN-P-7"]["passport_no"] == "X7000007"


def test_a_row_that_was_released_is_not_refused_again_when_it_is_read_late(node, placements):
    [entry] = node.quarantined()
    node.release(entry.id, {"sex": "F", "wage_currency": "SAR"}, by="siti", why="seen in the passport")
    placements.lay(NEXT_MONTH, FRESH)

    run(node, NEXT_MONTH)

    assert waiting(node) == []
    assert holds(node, "IDN")["IDN-P-3"]["sex"] == "F"


def test_a_row_that_the_source_corrects_is_released_by_that_batch(node, placements):
    placements.lay(NEXT_MONTH, FRESH, BAD | {"sex": "F", "wage_currency": "SAR"})

    run(node, NEXT_MONTH)

    assert holds(node, "IDN").keys() == {"IDN-P-1", "IDN-P-3", "IDN-P-9"}
    [settled] = node.quarantined(settled=True)
    assert (settled.state, settled.settled_by) == ("released", f"placement_office {NEXT_MONTH}")
    assert waiting(node) == []


def test_a_row_that_fails_again_waits_once(node, placements):
    placements.lay(NEXT_MONTH, FRESH, BAD | {"sex": "Q"})

    run(node, NEXT_MONTH)

    [entry] = node.quarantined()
    [old] = node.quarantined(settled=True)
    assert (entry.period, old.period, old.state) == (NEXT_MONTH, MONTH, "superseded")


def test_a_row_that_the_source_does_not_send_again_goes_on_waiting(node, placements):
    placements.lay(NEXT_MONTH, FRESH, GOOD | {"stage": "completed"})

    run(node, NEXT_MONTH)

    assert len(waiting(node)) == 1


def test_what_cannot_be_released_says_why(node):
    [entry] = node.quarantined()

    with pytest.raises(NoSuchEntry, match="entry 999 does not exist"):
        node.release(999, {}, by="siti", why="")
    with pytest.raises(NotReleasable, match="no column shoe_size; it has"):
        node.release(entry.id, {"shoe_size": "38"}, by="siti", why="")
