"""No count from 1 up to below the smallest count is ever told, and what is told still adds up."""

from hypothesis import given
from hypothesis import strategies as st

from reports import disclosure
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE

SMALLEST = 10

categories = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=3),
    st.tuples(*[st.one_of(st.just(0), st.integers(1, 15), st.integers(0, 400))] * 3),
    max_size=12,
)


def values(cells):
    return [cell.value for cell in cells]


def test_small_categories_are_pooled_until_they_may_be_told():
    rows, total = disclosure.breakdown({"a": [120], "b": [40], "c": [6], "d": [3]}, 1, SMALLEST)

    assert [(row.code, row.pooled, values(row.cells)) for row in rows] == [
        ("a", 0, [120]),
        ("pooled", 3, [49]),
    ]
    assert values(total) == [169]


@given(categories)
def test_every_told_cell_is_zero_or_large_enough(counts):
    rows, total = disclosure.breakdown(counts, 3, SMALLEST)

    told = [value for row in rows for value in values(row.cells)] + values(total)
    assert all(value is None or value == 0 or value >= SMALLEST for value in told)


@given(categories)
def test_totals_are_exact_and_equal_the_sum_of_the_rows(counts):
    rows, total = disclosure.breakdown(counts, 3, SMALLEST)

    for place, cell in enumerate(total):
        exact = sum(row[place] for row in counts.values())
        if disclosure.may_be_told(exact, SMALLEST):
            assert cell.value == exact == sum(row.cells[place].value for row in rows)
        else:
            assert cell == CONFIDENTIAL
            assert all(row.cells[place] == CONFIDENTIAL for row in rows)


@given(categories)
def test_a_pool_is_never_one_category(counts):
    rows, _ = disclosure.breakdown(counts, 3, SMALLEST)

    assert all(row.pooled != 1 for row in rows)
    assert sum(row.pooled or 1 for row in rows) == len(counts)


def test_one_side_that_is_not_available_does_not_hide_the_other():
    rows, total = disclosure.breakdown({"a": [50, None], "b": [20, None]}, 2, SMALLEST)

    assert [row.cells for row in rows] == [(rows[0].cells[0], NOT_AVAILABLE), (rows[1].cells[0], NOT_AVAILABLE)]
    assert values(total) == [70, None]


def test_a_share_shows_its_fraction():
    numerator, denominator, share = disclosure.share(126, 166, SMALLEST)

    assert (numerator.value, denominator.value, share.value, share.mark) == (126, 166, 75.9, None)


def test_a_share_of_nothing_is_not_available():
    assert disclosure.share(0, 0, SMALLEST)[2] == NOT_AVAILABLE


def test_a_share_with_a_small_rest_is_a_bound():
    numerator, denominator, share = disclosure.share(997, 1000, SMALLEST)

    assert numerator == CONFIDENTIAL
    assert denominator.value == 1000
    assert (share.value, share.mark) == (99.0, "more_than")


def test_a_share_with_a_small_numerator_is_a_bound():
    assert disclosure.share(3, 1000, SMALLEST)[2].model_dump(exclude={"states"}) == {"value": 1.0, "mark": "less_than"}


@given(st.integers(0, 40).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_a_share_tells_the_same_for_every_hidden_numerator(fraction):
    """What is told of a hidden numerator would be told of any other numerator that is hidden for the same reason."""
    numerator, denominator = fraction
    cells = disclosure.share(numerator, denominator, SMALLEST)
    if cells[0] == CONFIDENTIAL and cells[1] != CONFIDENTIAL:
        same = [n for n in range(denominator + 1) if disclosure.share(n, denominator, SMALLEST) == cells]
        assert len(same) >= SMALLEST - 1


def test_a_rate_is_told_only_when_the_rest_of_its_whole_may_be_told():
    assert disclosure.rate(48, 266, 60, SMALLEST)[2].value == 180.5
    assert disclosure.rate(56, 266, 60, SMALLEST)[2] == CONFIDENTIAL
    assert disclosure.rate(0, 0, 0, SMALLEST)[2] == NOT_AVAILABLE
