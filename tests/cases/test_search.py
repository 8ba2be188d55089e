"""Finding cases: by what they are and whose, page after page, none twice and none left out."""

from datetime import date

import pytest

from amanah.cases import search
from amanah.cases.ageing import Age
from amanah.cases.search import Wanted

pytestmark = pytest.mark.slow

TODAY, AMBER = date(2026, 8, 12), date(2026, 8, 15)


@pytest.fixture
def find(database, month_ends, a_discrepancy):
    month_ends("2026-06", a_discrepancy("a1", severity="low"), a_discrepancy("a2", area="SA-02"))
    month_ends(
        "2026-07",
        a_discrepancy("a1", severity="low"),
        a_discrepancy("b1", severity="high"),
        a_discrepancy("b2", stream="complaint", severity="medium"),
        a_discrepancy("b3", **{"class": "stage"}),
    )

    def numbers(after=None, most=search.PAGE, **wanted):
        with database.engine.connect() as connection:
            page = search.find(connection, Wanted(today=TODAY, amber_before=AMBER, **wanted), after=after, most=most)
        return [row.number for row in page.cases]

    return numbers


def test_the_severe_ones_first_then_those_due_first(find):
    assert find() == ["b1", "b2", "b3", "a1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"states": ("closed",)}, ["a2"]),
        ({"states": ()}, ["b1", "a2", "b2", "b3", "a1"]),
        ({"classes": ("stage",)}, ["b3"]),
        ({"streams": ("complaint",)}, ["b2"]),
        ({"severities": ("low", "high")}, ["b1", "a1"]),
        ({"desks": ("complaints.desk@kp2mi.example",)}, ["b2"]),
        ({"desks": ()}, []),
        ({"opened_in": "2026-06"}, ["a1"]),
        ({"number": "b"}, ["b1", "b2", "b3"]),
        ({"number": "%"}, []),
        ({"age": Age.RED}, ["a1"]),
        ({"age": Age.AMBER}, ["b1", "b2", "b3"]),
        ({"age": Age.GREEN}, []),
    ],
)
def test_what_is_wanted(find, wanted, found):
    assert find(**wanted) == found


def test_page_after_page(find):
    first = find(most=2)
    second = find(most=2, after=first[-1])

    assert first + second == find()
    assert find(after=second[-1]) == []


def test_counts_by_class_state_and_age(find, database):
    with database.engine.connect() as connection:
        counted = search.count(connection, Wanted(today=TODAY, amber_before=AMBER, states=()))

    assert counted == {
        "class": {"field": 4, "stage": 1},
        "state": {"open": 4, "closed": 1},
        "age": {"red": 2, "amber": 3},
    }
