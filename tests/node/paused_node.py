"""A node that does one verb in a process of its own and stops at a chosen step until a line comes in.

``python paused_node.py NODE_FILE VERB ARGUMENT MODULE:NAME``: writes ``there`` after the function ``NAME`` has done its
work, waits for a line, and goes on.
"""

import sys
from pathlib import Path

from dying_node import VERBS, after

from amanah.node.node import Node


def main(file: str, verb: str, argument: str, target: str) -> None:
    after(target, pause)
    VERBS[verb](Node.load(Path(file)), argument)


def pause() -> None:
    print("there", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
