"""What the exchange needs of a wire, whichever it is: whole packages in, whole packages out.

A folder is named ``/<corridor>/<sender>/<stream>`` on every wire; a reader never sees half of a file.
"""

from pathlib import Path
from typing import Protocol


class TransportError(ConnectionError):
    """The exchange point could not be reached or did not do what was asked; trying again later is right."""


class OtherContent(ValueError):
    """The message id is at the exchange point already, with other content: no wire and no waiting mends that."""


class Transport(Protocol):
    """What the exchange needs of a wire."""

    def names(self, folder: str) -> list[str]:
        """The complete files in ``folder``; none when it does not exist."""

    def marks(self, folder: str) -> dict[str, str]:
        """The same, each with its mark.

        A mark begins with the kind of wire and a space. It changes when the file's content does, as far as the wire can
        tell without fetching it.
        """

    def put(self, source: Path, folder: str) -> None:
        """Store ``source`` in ``folder`` under its own name, in one piece; nothing is done when it is there already."""

    def get(self, folder: str, name: str, target: Path) -> None:
        """Fetch ``name`` from ``folder`` into ``target``, in one piece."""
