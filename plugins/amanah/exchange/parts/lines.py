"""What parts in lines of text share: lines of bounded length in UTF-8, and values that a model can judge.

A value that is not written as its type asks is handed on as the text it is: the record's model refuses it, and the
answer names record and field.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from amanah.exchange.codes import Code, Refused
from schemas.texts import from_text

LONGEST_RECORD = 1 << 20  # bytes; the longest valid record of the contract has some 20 kB
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines:
    """The lines of a file as text, ends kept; what stands between two calls of :meth:`next_record` is bounded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = LONGEST_RECORD

    def next_record(self) -> None:
        """Begin to count the bytes of another record."""
        self._left = LONGEST_RECORD

    def __iter__(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            first = True
            while line := file.readline(self._left + 1):
                self._left -= len(line)
                if self._left < 0:
                    raise self.refused(f"holds a record of more than {LONGEST_RECORD} bytes")
                if first and line.startswith(_BYTE_ORDER_MARK):
                    raise self.refused("begins with a byte order mark")
                first = False
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError:
                    raise self.refused("is not UTF-8") from None

    def refused(self, why: str) -> Refused:
        """The refusal of this file; ``why`` holds no value."""
        return Refused(Code.PART_DIFFERS, f"{self._path.name} {why}")


def value_of(text: str, kind: Any) -> Any:
    """The value that ``text`` stands for, or ``text`` itself when it is no value of type ``kind``."""
    with suppress(ValueError):
        return from_text(text, kind)
    return text
