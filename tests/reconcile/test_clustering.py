"""Which records of one table are of one person: pairs weighed beside each other, so that no chain joins strangers."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.reconcile.probable import clustering
from amanah.reconcile.probable.clustering import together
from amanah.reconcile.probable.components import hanging_together


def weighed(records, pairs):
    """The probability of each pair of that many records that comes out above one half."""
    one, other = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    alone = np.array(list(pairs.values()))
    group = hanging_together(one, other, records)
    ones, others, scores = together(group, one, other, alone, alone)
    return {(int(x), int(y)): float(score) for x, y, score in zip(ones, others, scores, strict=True) if score > 0.5}


def of_two_people(first, second, inside, between):
    """Pairs of records ``first`` of one person and ``second`` of another."""
    pairs = {pair: inside for people in (first, second) for pair in combinations(people, 2)}
    return pairs | dict.fromkeys(product(first, second), between)


def test_a_pair_by_itself_keeps_its_probability():
    assert weighed(4, {(0, 1): 0.9, (2, 3): 0.6}) == {(0, 1): pytest.approx(0.9), (2, 3): pytest.approx(0.6)}


def test_a_damaged_copy_is_one_with_the_others_through_the_best_of_them():
    """The copy 2 hardly fits the copy 1, but both fit the original."""
    found = weighed(3, {(0, 1): 0.99999, (0, 2): 0.99999, (1, 2): 0.2})
    assert set(found) == {(0, 1), (0, 2), (1, 2)}
    assert min(found.values()) > 0.99


def test_a_pair_that_was_not_looked_at_since_everything_speaks_against_it_joins_nobody():
    assert weighed(3, {(0, 1): 0.999, (1, 2): 0.999}) == {}


def test_a_record_that_fits_two_people_is_joined_to_neither():
    assert weighed(3, {(0, 1): 0.99, (0, 2): 0.99, (1, 2): 0.0}) == {}


def test_one_pair_that_fits_does_not_chain_two_people():
    pairs = of_two_people((0, 1, 2), (3, 4, 5), 0.99999, 0.01) | {(2, 3): 0.999}
    found = weighed(6, pairs)
    assert {x // 3 == y // 3 for x, y in found} == {True}
    assert len(found) == 6


def test_a_rule_that_forbids_a_link_by_one_pair_does_not_part_those_whom_others_join():
    one, other = np.array([0, 0, 1]), np.array([1, 2, 2])
    alone = np.array([0.999, 0.999, 0.0])
    scores = together(hanging_together(one, other, 3), one, other, alone, np.array([0.999, 0.999, 0.4]))[2]
    assert scores.min() > 0.99


def test_many_lukewarm_pairs_are_not_many_proofs():
    """Twins, each with three records: every pair of the two fits a little, and that stays a little."""
    found = weighed(6, of_two_people((0, 1, 2), (3, 4, 5), 0.99999, 0.6))
    assert found[0, 1] > 0.99
    assert found[0, 3] == pytest.approx(0.6)


class TestMoreThanCanBeCountedOut:
    TWO = tuple(range(7)), tuple(range(7, 20))

    def test_all_records_of_one_person_are_one(self):
        assert len(weighed(30, dict.fromkeys(combinations(range(30), 2), 0.999))) == 30 * 29 // 2

    def test_one_pair_that_fits_does_not_chain_two_people(self):
        found = weighed(20, of_two_people(*self.TWO, 0.9999, 0.001) | {(6, 7): 0.9999})
        assert {(x < 7) == (y < 7) for x, y in found} == {True}
        assert len(found) == 7 * 6 // 2 + 13 * 12 // 2

    def test_a_record_that_fits_two_people_a_little_is_joined_to_neither(self):
        people = tuple(range(10)), tuple(range(10, 20))
        pairs = of_two_people(*people, 0.9999, 0.001) | {(record, 20): 0.9 for record in range(20)}
        found = weighed(21, pairs)
        assert len(found) == 2 * 10 * 9 // 2
        assert not {pair for pair in found if 20 in pair}

    def test_a_record_that_fits_two_people_of_many_is_joined_to_neither(self):
        """Eleven people with two records each, who hang together although they are none."""
        pairs = dict.fromkeys(combinations(range(22), 2), 0.001)
        pairs |= {(record, record + 1): 0.9999 for record in range(0, 22, 2)}
        pairs |= {(record, 22): 0.99 if record < 4 else 0.001 for record in range(22)}
        assert set(weighed(23, pairs)) == {(record, record + 1) for record in range(0, 22, 2)}

    @given(st.integers(0, 10_000))
    @settings(max_examples=30, deadline=None)
    def test_clear_cases_come_out_as_if_they_were_counted_out(self, seed):
        draw = np.random.default_rng(seed)
        person = draw.integers(0, 3, 7)
        pairs = {
            (x, y): float(draw.uniform(0.99, 0.9999) if person[x] == person[y] else draw.uniform(0, 0.01))
            for x, y in combinations(range(7), 2)
        } | {(0, 1): float(draw.uniform(0.3, 0.7))}
        counted = weighed(7, pairs)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clustering, "MOST_COUNTED", 3)
            assert {pair for pair, score in weighed(7, pairs).items() if score > 0.9} == {
                pair for pair, score in counted.items() if score > 0.9
            }


@given(st.dictionaries(st.tuples(st.integers(0, 5), st.integers(6, 9)), st.floats(0, 1), min_size=1))
@settings(deadline=None)
def test_what_is_surer_than_nine_in_ten_never_joins_what_is_less_likely_than_not(pairs):
    """So clusters can be read off the pairs: three who are joined by two such pairs are joined by the third."""
    found = weighed(10, pairs)
    sure = {pair for pair, score in found.items() if score > 0.9}
    for (a, b), (c, d) in combinations(sorted(sure), 2):
        ends = {a, b} ^ {c, d}
        assert len(ends) != 2 or tuple(sorted(ends)) in found
