"""Two editions side by side: every figure that differs is named, and no other."""

import pytest
from frozen import a_quarter

from reports.comparison import changes
from reports.figure import Cell


@pytest.fixture
def later(written, edition_of):
    """The edition of the same quarter with twenty more cooks: too few before to be shown apart."""
    frozen = a_quarter()
    frozen.both("placement", range(700, 720), occupation_isco="5120", area="SA-02")
    return edition_of(frozen).publication


def test_an_edition_does_not_differ_from_itself(written):
    assert changes(written.publication, written.publication) == ()


def test_what_differs_is_named_with_both_values(written, later):
    found = {
        (each.indicator, each.row, each.column): (each.before, each.after)
        for each in changes(written.publication, later)
    }

    assert found["F1", "2026-Q3", "matched"] == (Cell(value=150), Cell(value=170))
    assert found["F1.sex", "F", "matched"] == (Cell(value=110), Cell(value=130))
    assert found["F1.sex", "total", "matched"] == (Cell(value=150), Cell(value=170))
    assert ("F1.sex", "M", "matched") not in found
    assert not [place for place in found if place[0] in {"R0", "R2", "P1", "X1"}]


def test_a_row_that_only_one_has_is_named_from_both_sides(written, later):
    def rows(before, after):
        found = changes(before, after)
        gone = {each.row for each in found if each.after is None}
        return gone, {each.row for each in found if each.before is None}

    assert rows(written.publication, later) == ({"pooled"}, {"5120", "8322"})
    assert rows(later, written.publication) == ({"5120", "8322"}, {"pooled"})
