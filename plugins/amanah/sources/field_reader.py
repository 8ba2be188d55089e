"""One contract field out of a native row: its columns, what absence looks like, transforms, codes."""

import re
from typing import Any

from amanah.sources import transforms
from amanah.sources.field_rule import FieldRule
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow

LONGEST_VALUE = 32_767  # characters: the most that a cell of a spreadsheet holds
_UNKNOWN_PART = "00"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class Unreadable(ValueError):
    """A value that cannot be translated; ``expected`` says what would have been, without the value."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(expected)
        self.code, self.expected = code, expected


class FieldReader:
    """Reads one field by its rule; made once per read."""

    def __init__(self, rule: FieldRule, mapping: Mapping) -> None:
        self._rule = rule
        self._transform = transforms.named(rule.transform)
        self._not_applicable = {_plain(word) for word in mapping.not_applicable}
        self._absent = self._not_applicable | {_plain(word) for word in mapping.not_available}
        self.source = ", ".join(rule.reads)
        self.said = f"column{'s' if len(rule.reads) > 1 else ''} {self.source}"

    def read(self, native: NativeRow) -> Any:
        """The value, or None where the system has none. Raises ``Unreadable``."""
        for column in self._rule.reads:
            if column in native.damage:
                raise Unreadable("damaged", native.damage[column])
        text = self._gather([self._present(native.columns[column]) for column in self._rule.reads])
        if not text:
            return None
        if len(text) > LONGEST_VALUE:
            raise Unreadable("unreadable", f"expected at most {LONGEST_VALUE} characters")
        if _HALF_CHARACTER.search(text):
            raise Unreadable("unreadable", "expected text; half of a character stands in it")
        try:
            value = self._transform.read(text)
        except ValueError:
            raise Unreadable("unreadable", f"expected {self._transform.expects}") from None
        return None if value == "" else self._decoded(value)

    def not_applicable(self, native: NativeRow) -> bool:
        """Whether the system says, in one of its columns, that the field does not apply."""
        return any(_plain(native.columns[column] or "") in self._not_applicable for column in self._rule.reads)

    def _present(self, cell: str | None) -> str:
        text = (cell or "").strip()
        return "" if self._absent and _plain(text) in self._absent else text

    def _gather(self, parts: list[str]) -> str:
        """The columns' texts as one. A part that a date lacks is 00: without it a day would be taken for a month."""
        if self._rule.join is None or not any(parts):
            return next((part for part in parts if part), "")
        if self._transform.of_date:
            return self._rule.join.join(part or _UNKNOWN_PART for part in parts)
        return self._rule.join.join(part for part in parts if part)

    def _decoded(self, value: Any) -> Any:
        codes = self._rule.codes
        if codes is None:
            return value
        given = value if isinstance(value, list) else [value]
        if any(item not in codes for item in given):
            raise Unreadable("unknown_code", f"expected one of the {len(codes)} codes of the mapping")
        return [codes[item] for item in given] if isinstance(value, list) else codes[value]


def _plain(word: str) -> str:
    return word.strip().casefold()
