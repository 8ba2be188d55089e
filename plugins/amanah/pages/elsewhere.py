"""Where our pages lead to outside themselves: whoever serves them knows, or knows not."""

from typing import Protocol

from amanah.node import Node


class Elsewhere(Protocol):
    """Addresses of what belongs to others; each is None where there is nothing to open."""

    def runs(self, node: Node, verb: str, period: str | None) -> str | None:
        """The runs of the pipeline ``verb``, of one month where given."""

    def data_docs(self, node: Node, source: str) -> str | None:
        """What was judged of the batches of ``source``."""


class Nowhere:
    """Served by ourselves, there is nothing else to open."""

    def runs(self, node: Node, verb: str, period: str | None) -> str | None:  # noqa: ARG002
        """None."""
        return None

    def data_docs(self, node: Node, source: str) -> str | None:  # noqa: ARG002
        """None."""
        return None
