"""Reading a file at the exchange point ahead of its use, and comparing it with one that is here."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from amanah.exchange.sftp.session import Session

AHEAD = 24  # pieces asked for before the first is here: 6 MB, three times what the server may send ahead
_TAIL = 1024 * 1024  # bytes compared before a transfer is taken up again
_SAMPLES, _SAMPLE = 16, 4096  # blocks compared in a file that is too long to be compared in one piece
_PAGE = 4096


class Sample(NamedTuple):
    """Bytes that have been asked for."""

    asked: int
    place: int
    size: int


class Shorter(EOFError):
    """The file ended before its end: it has been cut meanwhile."""


def stream(session: Session, handle: bytes, start: int, end: int) -> Iterator[memoryview]:
    """What stands from ``start`` to ``end`` in an open file, in order."""
    asked: deque[tuple[int, int, int]] = deque()
    ask_from = start
    try:
        while asked or ask_from < end:
            while ask_from < end and len(asked) < AHEAD:
                size = min(session.piece, end - ask_from)
                asked.append((session.read(handle, ask_from, size), ask_from, size))
                ask_from += size
            number, at, size = asked.popleft()
            data = session.data(number)
            if not data:
                raise Shorter
            if len(data) < size:  # allowed; the rest is asked for again
                rest = session.read(handle, at + len(data), size - len(data))
                asked.appendleft((rest, at + len(data), size - len(data)))
            yield data
    finally:
        session.abandon(number for number, _, _ in asked)


def is_same(session: Session, handle: bytes, local: BinaryIO, start: int, end: int) -> bool:
    """Whether the open file holds the bytes of ``local`` from ``start`` to ``end``."""
    at = start
    try:
        for piece in stream(session, handle, start, end):
            if os.pread(local.fileno(), len(piece), at) != piece:
                return False
            at += len(piece)
    except Shorter:
        return False
    return True


def begins_like(session: Session, handle: bytes, local: BinaryIO, size: int) -> bool:
    """Whether the first ``size`` bytes of both are likely the same: their last megabyte is.

    Enough to take up a transfer, not to call it whole: the sealed bytes of two packages differ everywhere, so this
    finds a part of something else; what a crash left out in the middle, the caller's last check finds.
    """
    return is_same(session, handle, local, max(0, size - _TAIL), size)


def looks_same(session: Session, handle: bytes, local: BinaryIO, size: int) -> bool:
    """Whether samples from beginning to end are the same; of a file that fits in one piece, all of it."""
    return agree(session, ask_samples(session, handle, size), local)


def ask_samples(session: Session, handle: bytes, size: int) -> list[Sample]:
    """Ask for what :func:`agree` compares."""
    if size <= session.piece:
        places = [(0, size)] if size else []
    else:
        places = [((size - _SAMPLE) * number // (_SAMPLES - 1), _SAMPLE) for number in range(_SAMPLES)]
    return [Sample(session.read(handle, place, length), place, length) for place, length in places]


def agree(session: Session, samples: Sequence[Sample], local: BinaryIO) -> bool:
    """Whether the samples are what stands in ``local``."""
    try:
        return all(os.pread(local.fileno(), each.size, each.place) == session.data(each.asked) for each in samples)
    finally:
        session.abandon(each.asked for each in samples)


def has_empty_page(local: BinaryIO, size: int) -> bool:
    """Whether a page of zeros stands in ``local``: after a power cut, a page that never reached the disk.

    A sealed package has none: its bytes are as good as random.
    """
    empty = bytes(_PAGE)
    for at in range(0, size, 256 * _PAGE):
        block = os.pread(local.fileno(), 256 * _PAGE, at)
        if empty in block and any(block.startswith(empty, page) for page in range(0, len(block), _PAGE)):
            return True
    return False
