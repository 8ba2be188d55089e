"""One node: a party's end of a corridor, and the verbs that a pipeline or a person calls on it."""

from amanah.node.node import Node
from amanah.node.settings import NodeSettings

__all__ = ["Node", "NodeSettings"]
