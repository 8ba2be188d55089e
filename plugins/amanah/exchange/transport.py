"""What the exchange needs of a wire, whichever it is: whole packages in, whole packages out.

A folder is named ``/<corridor>/<sender>/<stream>`` on every wire; a reader never sees half of a file.
"""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable


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


Failure = TransportError | OtherContent
Outcomes = Generator[Failure | None, None, None]


class ToPut(NamedTuple):
    """A file to be stored in ``folder`` under its own name."""

    source: Path
    folder: str


class ToGet(NamedTuple):
    """The file ``name`` in ``folder``, to be fetched into ``target``."""

    folder: str
    name: str
    target: Path


@runtime_checkable
class SeveralAtOnce(Protocol):
    """A wire that carries several files faster together than one after the other.

    Both tell what became of each file, in the order given: None when it is stored or here. A file gets its name at the
    exchange point only after those before it.
    """

    def put_each(self, files: Sequence[ToPut]) -> Outcomes:
        """Store ``files``. Who is told of a ``TransportError`` goes no further: what follows must not be seen first."""

    def get_each(self, files: Sequence[ToGet]) -> Outcomes:
        """Fetch ``files``."""


def put_each(wire: Transport, files: Sequence[ToPut]) -> Outcomes:
    """Store ``files`` over any wire; see :class:`SeveralAtOnce`."""
    if isinstance(wire, SeveralAtOnce):
        yield from wire.put_each(files)
    else:
        yield from (attempt(partial(wire.put, *file)) for file in files)


def get_each(wire: Transport, files: Sequence[ToGet]) -> Outcomes:
    """Fetch ``files`` over any wire; see :class:`SeveralAtOnce`."""
    if isinstance(wire, SeveralAtOnce):
        yield from wire.get_each(files)
    else:
        yield from (attempt(partial(wire.get, *file)) for file in files)


def attempt(carry: Callable[[], None]) -> Failure | None:
    """Carry one file; return what is wrong with it or with the wire."""
    try:
        carry()
    except (TransportError, OtherContent) as error:
        return error
    return None
