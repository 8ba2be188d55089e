"""The quarterly evaluation: indicators, disclosure control, charts and pages.

Takes a frozen snapshot folder in, gives files out. Knows the contract (``schemas``) and nothing else of ours.

Example:
    >>> from reports import evaluate
    >>> edition = evaluate(snapshot, agreement, out)  # doctest: +SKIP
    >>> edition.pages["en"].name  # doctest: +SKIP
    'evaluation-IDN-SAU-2026Q3.en.html'
"""

from reports.evaluation import Edition, evaluate
from reports.snapshot import SnapshotError

__all__ = ["Edition", "SnapshotError", "evaluate"]
