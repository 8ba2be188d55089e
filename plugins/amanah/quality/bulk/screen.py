"""The screen: which records of a batch surely pass their model, found column by column.

What the screen passes, pydantic would accept with exactly the same values. What it does not pass is undecided, and
pydantic decides; so verdicts and codes are always pydantic's.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from polars import selectors

from amanah.quality.bulk.fields import Screened, screened
from amanah.quality.bulk.rules import is_known, surely_holds
from amanah.quality.bulk.terms import Terms, of_model
from schemas.checks import Check
from schemas.forms import arrow_schema
from schemas.rules import Rule
from schemas.streams import Stream

_SURE = "surely passes"  # no field is called so


@dataclass(frozen=True)
class Screening:
    """``typed``: every record in the contract's types; ``sure``: which of them surely pass. In the input's order."""

    typed: pl.DataFrame
    sure: pl.Series


@dataclass(frozen=True)
class Screen:
    """The screen of the model of ``stream``."""

    stream: Stream

    @property
    def unknown(self) -> tuple[str, ...]:
        """The fields, and the codes of the rules and checks, that the screen does not know: pydantic decides."""
        fields = [name for name, terms in self._terms.items() if terms is None]
        return (*fields, *(rule.code for rule in self._rules if not is_known(rule)))

    def apply(self, batch: pa.RecordBatch) -> Screening:
        """Screen ``batch``, which has some of the stream's fields in whatever types; a null is an absent value."""
        readable, undecided = _readable(batch)
        raw = _stripped(readable)
        columns = {name: self._column(raw, name, batch.num_rows) for name in self.stream.fields}
        sure = pl.all_horizontal([column.sure for column in columns.values()]).alias(_SURE)
        frame = raw.lazy().select(*(column.typed.alias(name) for name, column in columns.items()), sure).collect()
        typed = frame.drop(_SURE)
        hold = typed.select(pl.all_horizontal([surely_holds(rule, typed) for rule in self._rules]).alias(_SURE))
        return Screening(typed, frame[_SURE] & hold[_SURE] & ~undecided)

    def _column(self, raw: pl.DataFrame, name: str, rows: int) -> Screened:
        """The typed values of a field; sure are also absent ones, unless every record must have the field."""
        absent = pl.repeat(None, rows, dtype=self._types[name])
        if name not in raw.columns:
            return Screened(absent, pl.repeat(not self.stream.is_required(name), rows))
        column, terms = pl.col(name), self._terms[name]
        found = screened(column, raw.schema[name], terms) if terms else None
        sure = found.sure.fill_null(value=False) if found else pl.lit(value=False)
        optional = column.is_null() if not self.stream.is_required(name) else pl.lit(value=False)
        return Screened(found.typed if found else absent, optional | (column.is_not_null() & sure))

    @cached_property
    def _terms(self) -> dict[str, Terms | None]:
        return of_model(self.stream.model)

    @cached_property
    def _rules(self) -> tuple[Rule | Check, ...]:
        return (*self.stream.rules, *self.stream.model.checks)

    @cached_property
    def _types(self) -> pl.Schema:
        return pl.DataFrame(arrow_schema(self.stream).empty_table()).schema


def _readable(batch: pa.RecordBatch) -> tuple[pl.DataFrame, pl.Series]:
    """``batch`` without the columns that Polars cannot read, and which rows have a value in one of those."""
    columns: dict[str, pa.Array] = {}
    undecided = pl.repeat(value=False, n=batch.num_rows, eager=True)
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        if values.null_count == batch.num_rows:
            continue
        if _is_readable(values):
            columns[name] = values
        else:
            undecided |= pl.Series(pc.is_valid(values))
    return pl.DataFrame(pa.table(columns)), undecided


def _stripped(raw: pl.DataFrame) -> pl.DataFrame:
    """``raw`` with its texts stripped of spaces, as the model strips them; few columns have any to strip."""
    raw = raw.with_columns((selectors.categorical() | selectors.enum()).cast(pl.String))
    texts = selectors.string()
    spaced = raw.select((texts.str.starts_with(" ") | texts.str.ends_with(" ")).any())
    names = [name for name in spaced.columns if spaced[name].item()]
    return raw.with_columns(pl.col(names).str.strip_chars(" "))


def _is_readable(values: pa.Array) -> bool:
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if not (_is_text(kind) or pa.types.is_integer(kind) or pa.types.is_decimal128(kind) or pa.types.is_date32(kind)):
        return False
    try:
        values.validate(full=True)  # not every writer of Parquet makes sure that a text is UTF-8
    except pa.ArrowInvalid:
        return False
    return True


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
