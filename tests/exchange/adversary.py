"""A wire that does its worst and a node that dies where it is told to, for tests that try many histories.

What goes wrong is always said by the test, never drawn here: so a history that fails can be made shorter and printed.
"""

import importlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import reduce
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from amanah.exchange import messages, room
from amanah.exchange.again import MOST_TIMES
from amanah.exchange.transport import OtherContent, TransportError

PUTS = ("lost", "late", "twice", "cut", "unheard", "killed before", "killed after")
GETS = ("cut", "damaged", "killed before", "killed after")
LISTINGS = ("whole", "shuffled", "stale", "down")

# Where a node may die: as each module calls it, so that it is replaced there and nowhere else.
STEPS = (
    "amanah.exchange.building:seal",
    "amanah.exchange.building:hold",
    "amanah.exchange.outbound:build",
    "amanah.exchange.outbound:_note_sent",
    "amanah.exchange.inbound:build_answer",
    "amanah.exchange.inbound:settle",
    "amanah.exchange.opening:unseal",
    "amanah.exchange.messages:add_built",
    "amanah.exchange.messages:add_received",
    "amanah.exchange.messages:begin_try",
    "amanah.exchange.messages:end_try",
    "amanah.exchange.messages:move",
    "amanah.exchange.resend:ask",
    "amanah.exchange.resend:close",
    "amanah.exchange.resend:obey",
    "amanah.exchange.status:_take_back",
    "amanah.store.records:add",
    "amanah.store.unsent:take",
    "amanah.store.unsent:note_again",
    "amanah.exchange.again:let_go",
    "amanah.exchange.messages:add_again",
    "amanah.exchange.replaced:look",
    "adversary:Wire.marks",
    "adversary:Wire.get",
    "adversary:Wire.put",
)


class Killed(BaseException):
    """The process ends here; nothing above may catch it and go on."""


def damaged(sealed: bytes, how: int) -> bytes:
    """``sealed`` with one bit flipped (``how`` says which), cut in half or emptied."""
    if how % 8 == 0:
        return b""
    if how % 8 == 1:
        return sealed[: len(sealed) // 2]
    place = how * 7919 % len(sealed)
    return sealed[:place] + bytes([sealed[place] ^ 1 << how % 7]) + sealed[place + 1 :]


class Exchange:
    """A folder as the exchange point, what is still under way to it, and every package that was ever sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.under_way: list[tuple[Path, bytes]] = []
        self.sent: dict[Path, bytes] = {}

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*.pgp"))

    def arrives(self, path: Path, sealed: bytes) -> None:
        """A package comes to lie there; as on a real server, nothing that is there is ever replaced."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(sealed)
        elif path.read_bytes() != sealed:
            raise OtherContent(f"{path.name}: something else stands there under this name")


def _mark(path: Path) -> str:
    found = path.stat()
    return f"folder {found.st_size} {found.st_mtime_ns}"


class Wire:
    """One party's wire to it. It does what ``plan`` says, one word for each transfer, and then works as it should."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange, self.plan, self.listing = exchange, deque[str](), "whole"
        self.spoilt: Counter[str] = Counter()
        self._listed: dict[str, dict[str, str]] = {}

    def marks(self, folder: str) -> dict[str, str]:
        if self.listing == "down":
            raise TransportError("list: lost")
        if self.listing == "stale" and folder in self._listed:
            return self._listed[folder]
        place = self.exchange.folder / folder.lstrip("/")
        found = {path.name: _mark(path) for path in sorted(place.glob("*.pgp"))}
        self._listed[folder] = found
        return dict(reversed(found.items())) if self.listing == "shuffled" else found

    def put(self, source: Path, folder: str) -> None:
        path, sealed = self.exchange.folder / folder.lstrip("/") / source.name, source.read_bytes()
        fault = self.plan.popleft() if self.plan else "none"
        if fault == "killed before":
            raise Killed
        if fault == "cut":
            raise TransportError("put: lost")
        self.exchange.sent[path] = sealed
        if fault in {"late", "twice"}:
            self.exchange.under_way.append((path, sealed))
        if fault not in {"late", "lost"}:
            self.exchange.arrives(path, sealed)
        if fault == "unheard":
            raise TransportError("put: the answer was lost")
        if fault == "killed after":
            raise Killed

    def get(self, folder: str, name: str, target: Path) -> None:
        path = self.exchange.folder / folder.lstrip("/") / name
        fault = self.plan.popleft() if self.plan else "none"
        if fault == "killed before":
            raise Killed
        if fault == "cut" or not path.exists():
            raise TransportError("get: lost")
        sealed = path.read_bytes()
        spoilt = fault == "damaged" and self.spoilt[name] < MOST_TIMES
        self.spoilt[name] += spoilt
        target.write_bytes(damaged(sealed, len(sealed)) if spoilt else sealed)
        if fault == "killed after":
            raise Killed


@contextmanager
def happening(step: str, when: str, nth: int, act: Callable[[], None]) -> Iterator[None]:
    """Within this, ``act`` happens once, ``before`` or ``after`` the ``nth`` call of ``step``."""
    calls = 0
    module, _, path = step.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    real = getattr(owner, name)

    def call(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        this = calls == nth
        if this and when == "before":
            act()
        result = real(*arguments, **named)
        if this and when == "after":
            act()
        return result

    with mock.patch.object(owner, name, call):
        yield


@contextmanager
def dying(step: str, when: str, nth: int) -> Iterator[None]:
    """Within this, the node dies ``before`` or ``after`` the ``nth`` call of ``step``.

    Unlike an error, death leaves its traces: nothing is cleared up on the way out. The database sees a transaction that
    was never committed.
    """
    dead = False
    real_end, real_clear = messages.end_try, room.shutil.rmtree

    def die() -> None:
        nonlocal dead
        dead = True
        raise Killed

    def unless_dead(what: Callable[..., object]) -> object:
        return lambda *arguments, **named: None if dead else what(*arguments, **named)

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(messages, "end_try", unless_dead(real_end)))
        patches.enter_context(mock.patch.object(room, "shutil", SimpleNamespace(rmtree=unless_dead(real_clear))))
        patches.enter_context(happening(step, when, nth, die))
        yield
