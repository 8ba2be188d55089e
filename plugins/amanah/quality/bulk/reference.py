"""The reference: one record at a time through its pydantic model, which has the last word on every record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

import pyarrow as pa
from pydantic import ValidationError

from amanah.quality.wording import Reason, reasons
from schemas import texts
from schemas.streams import Stream

RECORD_REF = "record_ref"
_AT_ONCE = 1000  # records made into Python objects together

_LISTS = (pa.ListScalar, pa.LargeListScalar, pa.FixedSizeListScalar, pa.ListViewScalar, pa.LargeListViewScalar)

Values = dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """Why a record is refused; ``record_ref`` only where the reference itself is right, for it may be anything else."""

    record_ref: str | None
    reasons: list[Reason]


class Unreadable:
    """Stands for a cell that no Python value can hold, such as a date in the year 20000."""


def verdicts(batch: pa.RecordBatch, places: Sequence[int], stream: Stream) -> Iterator[Values | Refused]:
    """For each record of ``batch`` at ``places``: the record as the model dumps it, or why it is refused."""
    for start in range(0, len(places), _AT_ONCE):
        for values in _records(batch, places[start : start + _AT_ONCE], stream):
            yield verdict(values, stream)


def verdict(values: Values, stream: Stream) -> Values | Refused:
    """What the model says of one record."""
    try:
        return stream.model.model_validate(values).model_dump()
    except ValidationError as error:
        found = reasons(error, stream)
        ref_is_right = not any(reason.field == RECORD_REF for reason in found)
        return Refused(_as_read(values[RECORD_REF]) if ref_is_right else None, found)


def _as_read(ref: str | bytes) -> str:
    """A right reference as the model reads it, which takes bytes for text too."""
    return (ref.decode() if isinstance(ref, bytes) else ref).strip()


def _records(batch: pa.RecordBatch, places: Sequence[int], stream: Stream) -> Iterator[Values]:
    """The records as Python values; an absent value is left out, a list written as text is taken apart."""
    names = batch.schema.names
    lists = {name for name in names if get_origin(stream.python_type(name)) is list}
    columns = [
        [_item_texts(cell) for cell in _cells(column, places)] if name in lists else _cells(column, places)
        for name, column in zip(names, batch.columns, strict=True)
    ]
    for cells in zip(*columns, strict=True):
        yield {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}


def _item_texts(cell: Any) -> Any:
    """A list written as text as its items; what is not written as a list stays a text, for the model to refuse."""
    if not isinstance(cell, str):
        return cell
    try:
        return texts.from_text(cell, list[str])
    except ValueError:
        return cell


def _cells(column: pa.Array, places: Sequence[int]) -> list[Any]:
    try:
        return list(column.take(pa.array(places, pa.int64())).to_pylist())
    except (ValueError, OverflowError, pa.ArrowException):  # one cell is enough, or a type that Arrow cannot take from
        return [_cell(column[place]) for place in places]


def _cell(scalar: pa.Scalar) -> Any:
    if isinstance(scalar, _LISTS) and scalar.is_valid:
        return [_cell(item) for item in scalar.values]
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        return scalar.as_buffer().to_pybytes().decode("utf-8", "surrogateescape") if _is_text(scalar) else Unreadable()


def _is_text(scalar: pa.Scalar) -> bool:
    return isinstance(scalar, pa.StringScalar | pa.LargeStringScalar | pa.StringViewScalar)
