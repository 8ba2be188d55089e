"""``amanah doctor``: what a node is configured with, what it can reach, and what is about to end."""

from amanah.node.doctor.examination import examine
from amanah.node.doctor.finding import WARN_BEFORE, Finding, State

__all__ = ["WARN_BEFORE", "Finding", "State", "examine"]
