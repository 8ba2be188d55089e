"""A synthetic corridor: two registers of the same placements that disagree the way real ones do, and the answer sheet.

Shaped by the published figures of the corridor and the published reasons why its records differ. Nobody in it
exists. What is true is made first (placements, complaints), then what each side shows of it (views, pairs), then the
faults (identity, substitution, presence, faults); ``Corridor`` plays it month by month.
"""

from amanah.demo.corridor.corridor import Corridor
from amanah.demo.corridor.files import write
from amanah.demo.corridor.generation import THREE_QUARTERS, generate
from amanah.demo.corridor.noise import PROFILES, Noise

__all__ = ["PROFILES", "THREE_QUARTERS", "Corridor", "Noise", "generate", "write"]
