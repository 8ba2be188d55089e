"""What is told of one count, and what a reader can conclude from it.

Two ways, the agreement chooses (``report.disclosure``); both hide 1 up to below the smallest count, leave 0 as it is,
and change every other count by at most 2:

* ``rounding``: to the nearest multiple of 5, the Office for National Statistics' "10-5 rule".
* ``noise``: cell-key perturbation as the Australian Bureau of Statistics does it: the cell keys of the counted records
  are added up, and the sum decides what is added to the count. The same records are told alike in every table and
  edition, so that nothing is gained by subtracting or by averaging.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from reports.counted import Measured, Tally
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE, Cell

Method = Literal["rounding", "noise"]

BASE = 5
MOST = 2  # by which a told count differs from the exact one, unless the smallest count lifts it
KEYS = 2**32  # cell keys are drawn evenly from 0 up to below this
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Rule:
    """How counts are told. ``smallest``: counts from 1 up to below it never are."""

    smallest: int
    method: Method = "rounding"

    def may_be_told(self, tally: Tally) -> bool:
        """Whether a figure may stand for this count."""
        return tally.count == 0 or tally.count >= self.smallest

    def cell(self, tally: Tally) -> Cell:
        """The cell of a count."""
        if not self.may_be_told(tally):
            return CONFIDENTIAL
        if tally.count == 0:
            return Cell(value=0)
        changed = self._changed(tally.count)
        return Cell(value=changed[tally.key % KEYS * len(changed) // KEYS])

    def measured(self, measured: Measured) -> Cell:
        """The cell of a value that is not a count."""
        if measured.value is None:
            return NOT_AVAILABLE
        if not all(self.may_be_told(group) for group in measured.of):
            return CONFIDENTIAL
        if isinstance(measured.value, int):
            return Cell(value=measured.value)
        return Cell(value=float(measured.value.quantize(_TENTH, rounding=ROUND_HALF_UP)))

    def counts_behind(self, value: int) -> tuple[int, int]:
        """The smallest and the largest count of which ``value`` may be told."""
        if value == 0:
            return 0, 0
        reach = range(max(self.smallest, value - BASE), max(self.smallest, value) + BASE + 1)
        behind = [count for count in reach if value in self._changed(count)]
        return (behind[0], behind[-1]) if behind else (value, value)

    def _changed(self, count: int) -> tuple[int, ...]:
        """What may be told of a count that is large enough, each as likely as the others."""
        if self.method == "rounding":
            lowest = -(-self.smallest // BASE) * BASE
            return (max(lowest, (count + MOST) // BASE * BASE),)
        return tuple(max(self.smallest, count + noise) for noise in range(-MOST, MOST + 1))
