"""No count from 1 up to below the smallest count is told, in a cell of its own or in a ratio."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.counted import Counted, Measured, Tally
from reports.disclosure import Rule, protect
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE, Cell, Column

SMALLEST = 10
ROUNDING, NOISE = Rule(SMALLEST), Rule(SMALLEST, "noise")

tallies = st.builds(Tally, st.one_of(st.just(0), st.integers(1, 15), st.integers(0, 400)), st.integers(0, 2**40))
categories = st.dictionaries(st.text("abcdefghij", min_size=1, max_size=3), st.tuples(tallies, tallies), max_size=12)
rules = st.builds(Rule, st.integers(1, 12), st.sampled_from(["rounding", "noise"]))


def breakdown(rows, columns=2):
    total = [sum((cells[place] for cells in rows.values()), Tally(0)) for place in range(columns)]
    headings = tuple(Column(code=str(place), unit="count") for place in range(columns))
    return Counted("F9", "breakdown", headings, rows, tuple(total))


def ratio(form, numerator, denominator, rule=ROUNDING):
    columns = (Column(code="numerator", unit="count"), Column(code="denominator", unit="count"))
    figure = protect([Counted("W9", form, columns, {"IDN": (Tally(numerator), Tally(denominator))})], rule)[0]
    return figure.rows[0].cells


@pytest.mark.parametrize(
    ("count", "told"), [(0, 0), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (17, 15), (997, 995), (998, 1000)]
)
def test_a_count_is_told_to_the_nearest_five_or_not_at_all(count, told):
    assert ROUNDING.cell(Tally(count)) == (CONFIDENTIAL if told is None else Cell(value=told))


@given(tallies, rules)
def test_what_is_told_is_large_enough_and_off_by_two_at_most(tally, rule):
    cell = rule.cell(tally)

    if tally.count == 0:
        assert cell == Cell(value=0)
    elif tally.count < rule.smallest:
        assert cell == CONFIDENTIAL
    else:
        assert cell.value >= rule.smallest
        assert abs(cell.value - tally.count) <= 2 or cell.value <= rule.smallest + 4
        low, high = rule.counts_behind(cell.value)
        assert low <= tally.count <= high


def test_the_same_records_are_told_alike_in_every_table_and_others_are_not():
    told = [NOISE.cell(Tally(100, key)).value for key in (1, 2**30, 2**31, 3 * 2**30, 2**32 - 1)]

    assert told == [98, 99, 100, 101, 102]
    assert NOISE.cell(Tally(60, 5) + Tally(40, 2**30)) == NOISE.cell(Tally(100, 2**30 + 5))


def test_small_categories_are_pooled_until_they_may_be_told():
    rows = {"a": [120], "b": [40], "c": [6], "d": [3]}
    figure = protect([breakdown({code: (Tally(n[0]),) for code, n in rows.items()}, 1)], ROUNDING)[0]

    assert [(row.code, row.pooled, row.cells[0].value) for row in figure.rows] == [("a", 0, 120), ("pooled", 3, 50)]
    assert figure.total == (Cell(value=170),)


@given(categories, rules)
def test_every_told_cell_of_a_table_is_zero_or_large_enough(counts, rule):
    figure = protect([breakdown(counts)], rule)[0]

    told = [cell.value for row in figure.rows for cell in row.cells] + [cell.value for cell in figure.total]
    assert all(value is None or value == 0 or value >= rule.smallest for value in told)


@given(categories)
def test_a_pool_is_never_one_category(counts):
    rows = protect([breakdown(counts)], ROUNDING)[0].rows

    assert all(row.pooled != 1 for row in rows)
    assert sum(row.pooled or 1 for row in rows) == len(counts)


@given(categories)
def test_a_column_with_a_small_total_tells_nothing_in_any_row(counts):
    figure = protect([breakdown(counts)], ROUNDING)[0]

    for place, cell in enumerate(figure.total):
        if cell == CONFIDENTIAL:
            assert all(row.cells[place] == CONFIDENTIAL for row in figure.rows)


def test_one_side_that_is_not_available_does_not_hide_the_other():
    counted = Counted(
        *("F9", "breakdown", (Column(code="IDN", unit="count"), Column(code="SAU", unit="count"))),
        *({"a": (Tally(50), None), "b": (Tally(20), None)}, (Tally(70), None)),
    )
    figure = protect([counted], ROUNDING)[0]

    assert [row.cells for row in figure.rows] == [(Cell(value=50), NOT_AVAILABLE), (Cell(value=20), NOT_AVAILABLE)]
    assert figure.total == (Cell(value=70), NOT_AVAILABLE)


def test_a_share_is_that_of_the_told_counts():
    assert [cell.value for cell in ratio("share", 126, 166)] == [125, 165, 75.8]
    assert [cell.value for cell in ratio("rate", 48, 266)] == [50, 265, 188.7]


def test_a_share_of_nothing_is_not_available():
    assert ratio("share", 0, 0)[2] == NOT_AVAILABLE


def test_a_share_with_a_small_numerator_is_a_bound():
    assert ratio("share", 3, 1000) == (CONFIDENTIAL, Cell(value=1000), Cell(value=1.0, mark="less_than"))


@pytest.mark.parametrize("rest", range(3))
def test_a_share_does_not_say_whether_it_is_all_or_nearly_all(rest):
    assert ratio("share", 1000 - rest, 1000)[2] == Cell(value=99.0, mark="more_than")


def test_of_a_small_whole_not_even_none_is_told():
    assert ratio("share", 0, 6) == (CONFIDENTIAL, CONFIDENTIAL, CONFIDENTIAL)


def test_a_median_is_told_when_every_group_behind_it_may_be():
    assert ROUNDING.measured(Measured(Decimal("41.26"), (Tally(25),))) == Cell(value=41.3)
    assert ROUNDING.measured(Measured(41, (Tally(25), Tally(0)))) == Cell(value=41)
    assert ROUNDING.measured(Measured(41, (Tally(25), Tally(9)))) == CONFIDENTIAL
    assert ROUNDING.measured(Measured(None, (Tally(25),))) == NOT_AVAILABLE
