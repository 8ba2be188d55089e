"""Reconciliation: what both sides say about the same worker, and where they disagree.

Link records by exact keys, compare them field by field with the agreement's tolerances, classify what differs.
Both nodes, given the same records, find the same discrepancies under the same ids. The work is plain SQL in named
steps. What belongs here: `spec` (what was agreed), `engine` (SQL runs, records come in), `keys`, `link` and
`near` (which records are one), `compare` and `names` (do two values agree), `classify`, `finding` and
`protection` (what a disagreement is), `standing` (what need not be looked at again), `outcome` and `tables` (files out
and in). Cases and mail are not here.

    >>> ours, theirs = read_table(Path("ours.csv"), stream="placement"), read_table(Path("theirs.csv"), ...)
    >>> outcome = reconcile(ours, theirs, stream="placement", agreement=agreement, us="IDN", period="2026-09")
    >>> write(outcome, Path("out"))
"""

from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.known import Known, read_decisions
from amanah.reconcile.outcome import Outcome, write
from amanah.reconcile.probable.parameters import Parameters
from amanah.reconcile.protection import Sides, protection
from amanah.reconcile.run import reconcile, reconcile_files
from amanah.reconcile.tables import read_table

__all__ = [
    "Known",
    "Outcome",
    "Parameters",
    "ReconcileError",
    "Sides",
    "protection",
    "read_decisions",
    "read_table",
    "reconcile",
    "reconcile_files",
    "write",
]
