"""The distance between shares of codes, and how much of it chance explains."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.quality.drift import by_chance, distance, pooled

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500)).filter(lambda counts: sum(counts.values()))


@pytest.mark.parametrize(
    ("now", "before", "far"),
    [
        ({"a": 5, "b": 5}, {"a": 50, "b": 50}, 0.0),
        ({"a": 3, "b": 1}, {"a": 50, "b": 50}, 0.25),
        ({"a": 10}, {"b": 3}, 1.0),
        ({"a": 8, "new": 2}, {"a": 100}, 0.2),
        ({"a": 100}, {"a": 80, "gone": 20}, 0.2),
    ],
)
def test_it_is_the_share_of_records_that_would_need_another_code(now, before, far):
    assert distance(now, before) == pytest.approx(far)


@given(COUNTS, COUNTS)
def test_it_is_symmetric_and_between_none_and_all(one, other):
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert 0 <= distance(one, other) <= 1 + 1e-9
    assert distance(one, one) == 0


@given(COUNTS, st.integers(1, 9))
def test_the_size_of_a_batch_does_not_move_it(counts, times):
    assert distance({code: count * times for code, count in counts.items()}, counts) == pytest.approx(0)


@given(COUNTS)
def test_the_more_records_the_less_is_left_to_chance(counts):
    many = {code: count * 100 for code, count in counts.items()}

    assert 0 < by_chance(many, many) < by_chance(counts, counts) <= 1


@pytest.mark.parametrize("size", [30, 300, 3000])
def test_batches_drawn_from_the_same_shares_are_within_chance(size):
    draw = random.Random(size)
    codes, weights = "abcdefghij", [40, 20, 10, 10, 5, 5, 4, 3, 2, 1]
    before = Counter(draw.choices(codes, weights, k=4 * size))

    batches = [Counter(draw.choices(codes, weights, k=size)) for _ in range(300)]

    assert not [batch for batch in batches if distance(batch, before) > by_chance(batch, before)]


def test_earlier_batches_count_together():
    assert pooled([{"a": 1, "b": 2}, {}, {"b": 3}]) == {"a": 1, "b": 5}
