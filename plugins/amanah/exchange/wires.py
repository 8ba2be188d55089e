"""The wires to one exchange point, in the agreed order: the first that works carries everything.

Every wire leads to the same folders, so a package that went over one is found over the other; one that went over both
has the same bytes and is taken once.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import TypeVar

from amanah.exchange.transport import Outcomes, ToGet, ToPut, Transport, TransportError, get_each, put_each

log = logging.getLogger(__name__)

Opener = Callable[[], AbstractContextManager[Transport]]
Result = TypeVar("Result")
File = TypeVar("File")


class Wires:
    """A :class:`.Transport` that goes on over the next wire when one does not work. Made by :func:`in_order`."""

    def __init__(self, openers: Sequence[tuple[str, Opener]], opened: ExitStack) -> None:
        self._left, self._opened = list(openers), opened
        self._wire: Transport | None = None
        self.given_up: dict[str, str] = {}
        self.name: str | None = None

    def names(self, folder: str) -> list[str]:
        """The complete files in ``folder``."""
        return list(self.marks(folder))

    def marks(self, folder: str) -> dict[str, str]:
        """See :class:`.Transport`."""
        return self._over_one(lambda wire: wire.marks(folder))

    def put(self, source: Path, folder: str) -> None:
        """See :class:`.Transport`."""
        self._over_one(lambda wire: wire.put(source, folder))

    def get(self, folder: str, name: str, target: Path) -> None:
        """See :class:`.Transport`."""
        self._over_one(lambda wire: wire.get(folder, name, target))

    def put_each(self, files: Sequence[ToPut]) -> Outcomes:
        """See :class:`.SeveralAtOnce`."""
        return self._each(put_each, files)

    def get_each(self, files: Sequence[ToGet]) -> Outcomes:
        """See :class:`.SeveralAtOnce`."""
        return self._each(get_each, files)

    def _each(self, carry: Callable[[Transport, Sequence[File]], Outcomes], files: Sequence[File]) -> Outcomes:
        """Carry ``files`` over one wire, and from the first that cannot be carried on over the next wire."""
        at = 0
        while at < len(files):
            wire = self._over_one(lambda wire: wire)
            with closing(carry(wire, files[at:])) as outcomes:
                for outcome in outcomes:
                    name = self._left[0][0]
                    if isinstance(outcome, TransportError) and len(self._left) > 1:
                        self._give_up(name, outcome)
                        break
                    yield self._with_reasons(name, outcome) if isinstance(outcome, TransportError) else outcome
                    at += 1

    def _over_one(self, do: Callable[[Transport], Result]) -> Result:
        while True:
            name, opener = self._left[0]
            try:
                if self._wire is None:
                    self._wire, self.name = self._opened.enter_context(opener()), name
                return do(self._wire)
            except TransportError as error:
                if len(self._left) == 1:  # there is no other: it stays, for what fails may be one file
                    raise self._with_reasons(name, error) from error
                self._give_up(name, error)

    def _with_reasons(self, name: str, error: TransportError) -> TransportError:
        reasons = [*self.given_up.items(), (name, error)]
        return TransportError("; ".join(f"{wire}: {reason}" for wire, reason in reasons))

    def _give_up(self, name: str, error: TransportError) -> None:
        del self._left[0]
        self._wire = self.name = None
        self.given_up[name] = str(error)
        log.warning("%s is given up for this run (%s); going on over %s", name, error, self._left[0][0])


@contextmanager
def in_order(wires: Sequence[str], openers: Mapping[str, Opener]) -> Iterator[Wires]:
    """The wires named, each opened when it is needed. One without an opener is passed over, and that is said.

    At least one of them has an opener.
    """
    for name in wires:
        if name not in openers:
            log.warning("the agreement names the wire %s, which is not set up on this node", name)
    with ExitStack() as opened:
        yield Wires([(name, openers[name]) for name in wires if name in openers], opened)
