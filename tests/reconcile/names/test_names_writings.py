"""Many names read once: what it tells that two have a word in common, and that reading fast reads the same."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.reconcile import names

NAMES = ["SITI AMINAH", "SITI KARTIKA", "SITI", "Siti Aminah Ahmad", "سيتي أمينة", "KARTIKA SITI", "", "..."]


@pytest.fixture
def writings():
    return names.Writings(NAMES)


def level_and_told(writings, one, other):
    """Of a hundred people; only two are called Kartika."""
    told = writings.tell([60, 1, 20, 10, 7, 1, 1, 0])
    judged = writings.compare(np.array([NAMES.index(one)]), np.array([NAMES.index(other)]), told)
    return names.LEVELS[judged.level[0]], judged.told[0]


def test_a_rare_word_in_common_tells_more_than_one_that_many_bear(writings):
    _, common = level_and_told(writings, "SITI AMINAH", "SITI KARTIKA")
    level, rare = level_and_told(writings, "SITI KARTIKA", "KARTIKA SITI")
    assert level == "parts_swapped"
    assert common < 0.2
    assert rare > 5


def test_of_two_writings_the_more_frequent_one_says_how_rare_a_word_is(writings):
    level, told = level_and_told(writings, "SITI AMINAH", "سيتي أمينة")
    assert level == "other_script"
    assert told < 1


def test_levels_are_those_of_compare(writings):
    pairs = [(one, other) for one in range(6) for other in range(6)]
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    judged = writings.compare(one, other, writings.tell([1] * len(NAMES)))
    compared = names.compare(*(pa.array([NAMES[n] for n in side]) for side in (one, other)))
    assert [names.LEVELS[n] for n in judged.level] == compared.field("level").to_pylist()


def test_a_name_without_a_letter_has_no_words_and_no_keys(writings):
    assert writings.known.to_pylist() == [True] * 6 + [False] * 2
    assert writings.keys().to_pylist() == [names.keys(name) for name in NAMES]


WORDS = (*"HABL", "bin", "Abdul", "Abdullah", "Al", "HJ", "Siti", "Rahman", "fnu", "sdr")


@given(st.lists(st.sampled_from(WORDS), max_size=5))
def test_plain_names_are_read_fast_and_alike(parts):
    """A mark that nobody sees sends the same name the long way."""
    name = " ".join(parts)
    assert names.normal(name) == names.normal(name + "\u200b")
