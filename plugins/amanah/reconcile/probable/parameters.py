"""All that linking learns from records: by the same parameters, the same records are linked the same.

What a run learns hangs on all the records that were left to it. So who works on what changed since, and would have the
result of working on everything, takes the parameters of an earlier run; and so do both sides, lest a record that only
one of them has seen already shifts a probability.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from amanah.reconcile.names import WordBits
from amanah.reconcile.probable.estimation import Learned

MODEL = 2
"""What the parameters are parameters of. Raised whenever the same records would be judged otherwise."""


@dataclass(frozen=True)
class Parameters:
    """What was learned.

    Attributes:
        bits: circumstance (``c_0`` ...) -> how much it tells that two records share it.
        enough: bits from which something is telling, in a name as in a circumstance.
        words: how much the words of names tell.
        alone: who bears a name alone on a side: `reading.BEARER` of side and name, sorted.
        learned: what the levels say.
        claim: what it adds that nobody else can be meant (`matching.claim_of`).
    """

    bits: Mapping[str, float]
    enough: float
    words: WordBits
    alone: tuple[int, ...]
    learned: Learned
    claim: float

    def to_json(self) -> str:
        """The parameters as text. It holds single words of names, and so is as confidential as the records."""
        content = asdict(self)
        content["learned"]["strangers"] = [[*levels, pairs] for levels, pairs in self.learned.strangers.items()]
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        content: dict[str, Any] = json.loads(text)
        learned = content["learned"]
        return cls(
            bits=content["bits"],
            enough=content["enough"],
            words=WordBits(**content["words"]),
            alone=tuple(content["alone"]),
            learned=Learned(
                learned["share"],
                tuple({level: (one, two) for level, (one, two) in levels.items()} for levels in learned["levels"]),
                {tuple(levels): pairs for *levels, pairs in learned["strangers"]},
            ),
            claim=content["claim"],
        )
