"""Which records hang together: what a library of graphs says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from amanah.reconcile.probable.components import hanging_together

RECORDS = 40
PLACE = st.integers(0, RECORDS - 1)


def by_scipy(one, other, records):
    """The first record of each one's component."""
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(records, records))
    group = connected_components(graph, directed=False)[1]
    return np.unique(group, return_index=True)[1][group]


@given(st.lists(st.tuples(PLACE, PLACE), max_size=60))
def test_records_hang_together_as_the_pairs_say(pairs):
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T

    assert hanging_together(one, other, RECORDS).tolist() == by_scipy(one, other, RECORDS).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_chain_of_thousands_is_one_whatever_the_order_of_its_records(seed):
    records = 5_000
    chain = np.random.default_rng(seed).permutation(records)

    assert not hanging_together(chain[:-1], chain[1:], records).any()
