"""Personal names: are two writings of a name the same, across clerks, documents and the two scripts of a corridor.

`normal` gives the words of a name without what says nothing; `compare` says of many pairs how alike they are and in
what they part; `align` shows pairs word by word; `keys` and `keys_of` give keys to block on; `disagree` and `apart` are
`compare` in SQL, for a database that `install` was called on; `Writings` are many names that are read once. Pure
functions: no state, no network, the same on every machine.

Within one script words are measured by an edit distance with prices for what clerks do (`drift`), across Arabic and
Latin by a model learned from public pairs (`crossing`; `learn` learns it again). What it gets wrong is in
docs/linkage.md.
"""

from amanah.reconcile.names.aligning import align
from amanah.reconcile.names.blocking import keys, keys_of
from amanah.reconcile.names.comparing import LEVELS, compare
from amanah.reconcile.names.normal import normal
from amanah.reconcile.names.sql import apart, disagree, install
from amanah.reconcile.names.writings import WordBits, Writings

__all__ = [
    "LEVELS",
    "WordBits",
    "Writings",
    "align",
    "apart",
    "compare",
    "disagree",
    "install",
    "keys",
    "keys_of",
    "normal",
]
