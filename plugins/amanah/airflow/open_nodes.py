"""The nodes that the API server keeps open: each opened when it is first asked for, and anew once its files changed."""

from pathlib import Path
from threading import Lock
from typing import Any

import yaml

from amanah.airflow.connections import open_node
from amanah.airflow.plans import node_files
from amanah.node import Node

Stamp = tuple[tuple[str, int], ...]


class OpenNodes:
    """Gives the node of a party, or None. Who is taken off its file of people is out with the next request."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[Stamp, Node]] = {}
        self._lock = Lock()

    def __call__(self, party: str) -> Node | None:
        """The node of ``party`` as its files are now."""
        for file in node_files():
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            if content["party"] == party:
                return self._opened(file, content)
        return None

    def _opened(self, file: Path, content: dict[str, Any]) -> Node:
        stamp = _stamp(file, content)
        with self._lock:
            before, node = self._kept.get(file, (None, None))
            if node is None or before != stamp:
                fresh = open_node(str(file))
                if node is not None:
                    node.database.engine.dispose()
                self._kept[file] = (stamp, fresh)
                return fresh
            return node


def _stamp(file: Path, content: dict[str, Any]) -> Stamp:
    """When what the node reads once was last changed: its settings, the agreement, the people."""
    named = [file.parent / content[name] for name in ("agreement", "people") if content.get(name)]
    return tuple((str(each), each.stat().st_mtime_ns) for each in (file, *named))
