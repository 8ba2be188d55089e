"""A node that does one verb in a process of its own, and may be killed at a chosen step of it.

``python dying.py NODE_FILE VERB [before|after MODULE:NAME]``; with ``wait``, it waits for a line on its input first.
"""

import importlib
import os
import signal
import sys
from functools import reduce
from pathlib import Path

from amanah.node.node import Node

VERBS = {
    "publish": lambda node: node.publish("placement", "2026-07"),
    "deliver": lambda node: list(node.deliver().message_ids),
    "collect": lambda node: list(node.collect().message_ids),
    "admit": lambda node: node.admit(),
}


def kill_at(when: str, target: str) -> None:
    """Make the function ``target`` kill this process before it begins, or after it has done its work."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    real = getattr(owner, name)

    def dying(*arguments: object, **named: object) -> None:
        if when == "after":
            real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)


def main(file: str, verb: str, *how: str) -> None:
    node = Node.load(Path(file))
    if how == ("wait",):
        node.database.engine.connect().close()
        print("ready", flush=True)
        sys.stdin.readline()
    elif how:
        kill_at(*how)
    done = VERBS[verb](node)
    print(len(done) if isinstance(done, list) else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
