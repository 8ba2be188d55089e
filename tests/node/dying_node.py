"""A node that does one verb in a process of its own and is killed at a chosen step of it.

``python dying_node.py NODE_FILE VERB ARGUMENT MODULE:NAME``: killed after the function ``NAME`` has done its work.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path

from amanah.node.node import Node

VERBS = {
    "validate": lambda node, source: node.validate(source, "2026-07"),
    "reconcile": lambda node, month: node.reconcile(month),
    "release": lambda node, number: node.release(int(number), {"sex": "F", "wage_currency": "SAR"}, by="x", why="x"),
}


def main(file: str, verb: str, argument: str, target: str) -> None:
    after(target, lambda: os.kill(os.getpid(), signal.SIGKILL))
    VERBS[verb](Node.load(Path(file)), argument)


def after(target: str, act: Callable[[], None]) -> None:
    """Let ``act`` happen each time the function that ``target`` names has done its work."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    real = getattr(owner, name)

    def acting(*arguments: object, **named: object) -> object:
        done = real(*arguments, **named)
        act()
        return done

    setattr(owner, name, acting)


if __name__ == "__main__":
    main(*sys.argv[1:])
