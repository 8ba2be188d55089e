"""Write two registers and the truth: ``python -m benchmarks.linkage.generate KIND N OUT [--seed S] [--csv]``.

``KIND`` is ``hard`` or ``clerks``; ``N`` counts placements, of which each side holds some 98 in 100. The same call
writes the same records.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.linkage.clerks import Clerks
from benchmarks.linkage.hard import Hard
from benchmarks.linkage.registers import Part, write

KINDS = ("hard", "clerks")


def generator(kind: str, rows: int, seed: int, *, repeats: bool = True) -> Callable[[int, int], Part]:
    """The generator of ``kind`` for ``rows`` placements; without ``repeats`` no key of ``hard`` stands twice."""
    return Hard(rows, seed, repeats=repeats) if kind == "hard" else Clerks(rows, seed)


def main() -> None:
    """Write what the command line asks for and say where."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("kind", choices=KINDS)
    asked.add_argument("rows", type=int)
    asked.add_argument("out", type=Path)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--csv", action="store_true", help="write the registers as CSV too")
    asked.add_argument("--no-repeats", action="store_true", help="hard: no contract number stands twice on a side")
    given = asked.parse_args()
    made = generator(given.kind, given.rows, given.seed, repeats=not given.no_repeats)
    for path in write(made, given.rows, given.out, csv=given.csv).values():
        print(path)


if __name__ == "__main__":
    main()
