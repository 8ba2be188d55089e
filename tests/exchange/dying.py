"""Nodes that do a verb in a process of their own, and may be killed, or stopped for a while, at a chosen step of it.

``python dying.py`` reads orders, one line of JSON each, and forks a process for each: so a test has real processes to
kill without waiting for a new Python each time. It answers with a line of JSON. ``stages.py`` speaks to it.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial, reduce
from pathlib import Path
from typing import Any

from sqlalchemy import event

from amanah.exchange import ledger
from amanah.node.node import Node

MONTH = "2026-07"


def carry(node: Node) -> list[object]:
    """Everything that a node does between two publications, three times over."""
    return [each for _ in range(3) for each in (node.deliver(), node.collect(), node.admit())]


VERBS: dict[str, Callable[[Node], object]] = {
    "publish": lambda node: node.publish("placement", MONTH),
    "publish_snapshot": lambda node: node.publish_snapshot("placement", MONTH),
    "deliver": lambda node: node.deliver().message_ids,
    "collect": lambda node: node.collect().message_ids,
    "admit": lambda node: node.admit(),
    "reconcile": lambda node: node.reconcile(MONTH),
    "let_pass": lambda node: node.let_pass("placement", by="x", why="x"),
    "carry": carry,
}
ACTS = {"die": signal.SIGKILL, "stop": signal.SIGSTOP}


def at_step(target: str, when: str, act: Callable[[], None]) -> None:
    """Let ``act`` happen before or after the function that ``target`` (``MODULE:NAME``) names does its work."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    real = getattr(owner, name)

    def acting(*arguments: object, **named: object) -> object:
        if when == "before":
            act()
        done = real(*arguments, **named)
        if when == "after":
            act()
        return done

    setattr(owner, name, acting)


def at_event(wanted: str, when: str, act: Callable[[], None], countdown: Iterator[int]) -> None:
    """Let ``act`` happen ``before`` the ledger has the event, or when its transaction is ``committed``."""
    real = ledger.append

    def appending(connection: Any, message_id: str, name: str, **detail: str | int) -> None:
        this = wanted in {name, "any"} and next(countdown, -1) == 0
        if this and when == "before":
            act()
        real(connection, message_id, name, **detail)
        if this:  # what is given back to the pool has been committed
            event.listen(connection.engine, "checkin", lambda *_: act())

    ledger.append = appending


def do(order: dict[str, Any], talk: int) -> None:
    """Be the node and do the verb; never returns."""
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.dup2(1, 2)
    os.close(talk)
    status = 1
    try:
        act = partial(lambda number: os.kill(os.getpid(), number), ACTS[order["act"]])
        if order.get("event"):
            at_event(order["event"], order["when"], act, iter(range(order["nth"] - 1, -1, -1)))
        elif order.get("step"):
            at_step(order["step"], order["when"], act)
        node = Node.load(Path(order["node"]))
        if order["ready"]:
            node.database.engine.connect().close()
            os.kill(os.getpid(), signal.SIGSTOP)
        done = VERBS[order["verb"]](node)
        print(len(done) if isinstance(done, list | tuple) else 1)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def main() -> None:
    talk = os.dup(1)
    with ExitStack() as stack:
        answers = stack.enter_context(os.fdopen(talk, "w", buffering=1))
        for line in sys.stdin:
            order = json.loads(line)
            if "verb" in order:
                pid = os.fork()
                if pid == 0:
                    do(order, talk)
                answer: dict[str, int] = {"pid": pid}
            else:
                _, status = os.waitpid(order["wait"], os.WUNTRACED)
                stopped = os.WIFSTOPPED(status)
                answer = {"stopped": stopped, "code": 0 if stopped else os.waitstatus_to_exitcode(status)}
            print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
