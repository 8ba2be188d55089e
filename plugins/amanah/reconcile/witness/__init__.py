"""A witness: a register of one side's own, such as the foreign ministry's, that speaks beside the two compared.

Its records are linked to both sides' by the agreement's own keys and what is learned, as the sides are to each other
(`knowing`); then it is told what it says of each discrepancy (`saying`). It is heard when all is found: nothing it says
links two records or makes, changes or ends a discrepancy, since the partner does not have it and must find the same.
`hear` is for tables, `hear_files` for what `reconcile_files` wrote, `unhear` takes that back.
"""

from amanah.reconcile.witness.run import Heard, hear, hear_files, unhear

__all__ = ["Heard", "hear", "hear_files", "unhear"]
