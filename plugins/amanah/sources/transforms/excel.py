"""Transforms that undo what a spreadsheet program does to numbers, dates and text. What they do not know they leave."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from amanah.sources.transforms.transform import TEXT, Transform

_DAY_NUMBER = re.compile(r"([0-9]{5})(\.0+)?")
_POINT_ZERO = re.compile(r"([0-9]+)\.0+")
_EPOCHS = {"excel_date": date(1899, 12, 30), "excel_date_1904": date(1904, 1, 1)}


def _day_number(epoch: date) -> Callable[[str], str]:
    """Five digits only (1927 to 2173, with 1904 as the first year four years later): four are a year."""

    def read(text: str) -> str:
        found = _DAY_NUMBER.fullmatch(text)
        return text if found is None else (epoch + timedelta(days=int(found[1]))).isoformat()

    return read


def _whole(text: str) -> str:
    found = _POINT_ZERO.fullmatch(text)
    return text if found is None else found[1]


EXCEL = (
    *(Transform(name, str, TEXT, _day_number(epoch), str) for name, epoch in _EPOCHS.items()),
    Transform("whole", str, TEXT, _whole, str),
    Transform("unquote", str, TEXT, lambda text: text.removeprefix("'"), str),
)
