"""Keys under which two writings of one name meet, whatever script and clerk."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.names.normal import normal
from amanah.reconcile.names.sounds import condensed, skeletons
from amanah.reconcile.names.vocabulary import MOST_WORDS

MOST_KEYS = 16
"""Keys of one name at most."""


def keys(text: str) -> list[str]:
    """The consonants of each word of a name, and of each two neighbours as one word; sorted, each once.

    Two writings of a name share at least one key, whether words were added, left out, swapped, joined or parted. Many
    names share a key such as that of Siti: block on a key together with something else, or leave out what is frequent.
    A sound that is heard in two ways (kh in Khadijah) gives a key for each.

        >>> keys("SITI NURHALIZA"), keys("سيتي نور هاليزا")
        (['NRLS', 'ST', 'STNRLS'], ['LS', 'NR', 'NRLS', 'ST', 'STNR'])
    """
    return keys_of_words(normal(text)[:MOST_WORDS], skeletons)


def keys_of_words(words: Sequence[str], readings_of: Callable[[str], tuple[str, ...]]) -> list[str]:
    """The same from words in `normal` form; ``readings_of`` is `skeletons`, or a memory of it."""
    found = [readings_of(word) for word in words]
    first = [readings[0].replace("-", "") for readings in found]
    joined = [condensed(one + other) for one, other in pairwise(first)]
    every = dict.fromkeys([*(reading for readings in found for reading in readings), *joined])
    return sorted(list(every)[:MOST_KEYS])


def keys_of(names: "pa.Array | pa.ChunkedArray") -> pa.ListArray:
    """`keys` of every name of an array of strings; null where the name is null, empty where it has no letter."""
    array = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    distinct = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    known = cache(skeletons)  # for this call: names share their words, and no name stays in memory
    words = (normal(text)[:MOST_WORDS] for text in distinct.dictionary.to_pylist())
    found = pa.array([keys_of_words(each, known) for each in words], pa.list_(pa.string()))
    return found.take(distinct.indices)
