"""Thrift's compact protocol, as far as it takes to learn sizes from a Parquet file before anything is made of it.

Source: thrift/doc/specs/thrift-compact-protocol.md of Apache Thrift. What the specification does not know, and a field
that stands twice in one structure, is refused: two readers must not see different sizes in the same bytes.
"""

from collections.abc import Iterator
from itertools import repeat

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_LONG = 15  # in place of a list's size: it follows
_MORE = 128  # in a byte of a number: another byte follows
_DEEPEST = 12  # structures and lists within each other; Parquet's own have no more than eight

Struct = dict[int, "int | Struct | list[Struct] | None"]


class Malformed(ValueError):
    """The bytes are not a structure of the compact protocol, or end before it does."""


class TooMany(ValueError):
    """The lists hold more structures than were allowed."""


class Reader:
    """Reads structures from ``data``; all their lists together may hold ``structures`` structures.

    Of a structure, numbers and structures within are kept, also those in lists; all else is looked through.
    """

    def __init__(self, data: bytes, *, structures: int) -> None:
        self._data, self._left = data, structures
        self.at = 0

    def struct(self, depth: int = 0) -> Struct:
        """The structure that begins here. Raises ``Malformed`` and ``TooMany``."""
        if depth > _DEEPEST:
            raise Malformed
        found: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._whole()
            if number in found:
                raise Malformed
            found[number] = self._field(head & 15, depth)
        return found

    def _field(self, kind: int, depth: int) -> int | Struct | list[Struct] | None:
        if kind in (_TRUE, _FALSE):
            return int(kind == _TRUE)
        return self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> int | Struct | list[Struct] | None:
        if kind in (_I16, _I32, _I64):
            return self._whole()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind == _BINARY:
            self._pass(self._varint())
        elif kind in (_LIST, _SET, _MAP):
            return self._collection(kind, depth + 1)
        elif kind in (_TRUE, _FALSE, _BYTE, _DOUBLE):
            self._pass(8 if kind == _DOUBLE else 1)
        else:
            raise Malformed
        return None

    def _collection(self, kind: int, depth: int) -> list[Struct]:
        """The structures in a list, set or map."""
        if depth > _DEEPEST:
            raise Malformed
        found = []
        for inner in self._kinds(kind):
            if inner == _STRUCT:
                self._left -= 1
                if self._left < 0:
                    raise TooMany
            value = self._value(inner, depth)
            if isinstance(value, dict):
                found.append(value)
        return found

    def _kinds(self, kind: int) -> Iterator[int]:
        """The kind of each value in a list, set or map that begins here."""
        if kind == _MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            return (each for _ in repeat(None, self._fits(size)) for each in (kinds >> 4, kinds & 15))
        head = self._byte()
        return repeat(head & 15, self._fits(self._varint() if head >> 4 == _LONG else head >> 4))

    def _fits(self, size: int) -> int:
        """``size``, unless what is left of the data cannot hold so many values."""
        if size > len(self._data) - self.at:
            raise Malformed
        return size

    def _whole(self) -> int:
        coded = self._varint()
        return (coded >> 1) ^ -(coded & 1)

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & ~_MORE) << shift
            if not byte & _MORE:
                return value
        raise Malformed

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise Malformed
        self.at += 1
        return self._data[self.at - 1]

    def _pass(self, size: int) -> None:
        self.at += self._fits(size)
