"""``amanah doctor``: what a node is configured with, what it can reach, and what is about to end."""

from amanah.node.doctor.examination import examine
from amanah.node.doctor.finding import WARN_BEFORE, Finding, State
from amanah.node.doctor.wires import SftpWay, Ways

__all__ = ["WARN_BEFORE", "Finding", "SftpWay", "State", "Ways", "examine"]
