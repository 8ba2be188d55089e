"""What a column must look like for each of its values to pass the model surely, as Polars expressions.

Each expression is sound, not complete: where it says yes, pydantic accepts the value and makes of it exactly the typed
one; where it says no, pydantic must look. An absent value is no matter of these expressions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from amanah.quality.bulk.terms import Terms
from schemas.texts import ESCAPE, SEPARATOR
from schemas.values import DAY_TEXT, FORBIDDEN, WHOLE_TEXT, holds_forbidden

# White space that pydantic strips, beside the space and what is forbidden anyway: a text with any of it is not sure.
_OTHER_SPACE = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_UNSURE = "[" + "".join(sign if sign == "-" else f"\\x{{{ord(sign):x}}}" for sign in FORBIDDEN + _OTHER_SPACE) + "]"
_PRINTABLE = re.compile(r"\^[A-Za-z0-9\[\]{},+*/<>_-]+\$")  # patterns that only printable ASCII texts keep to

_TYPES = {str: pl.String(), date: pl.Date(), int: pl.Int32()}


@dataclass(frozen=True)
class Screened:
    """A column's values in the contract's type, and which of them surely are what the model would make of them."""

    typed: pl.Expr
    sure: pl.Expr


Reader = Callable[[pl.Expr, pl.DataType, Terms], Screened | None]


def polars_type(terms: Terms) -> pl.DataType:
    """The type of values that keep to ``terms``."""
    if terms.items is not None:
        return pl.List(polars_type(terms.items))
    if terms.kind is Decimal:
        return pl.Decimal(terms.max_digits, terms.decimal_places or 0)
    return _TYPES[terms.kind]


def screened(raw: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    """How a column ``raw`` of the type ``found`` is screened; None where no value of that type is ever sure.

    A text in it neither begins nor ends with a space: that is stripped before.
    """
    return _READERS[terms.kind](raw, found, terms)


def _text(text: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    if not isinstance(found, pl.String):
        return None
    sure = [text.str.contains(pattern) for pattern in terms.patterns]
    if terms.codes is not None:
        sure.append(text.is_in([code for code in terms.codes if not holds_forbidden(code)]))
    elif not any(_PRINTABLE.fullmatch(pattern) for pattern in terms.patterns):
        sure.append(~text.str.contains(_UNSURE))
    if terms.longest is not None:
        sure.append(text.str.len_chars() <= terms.longest)
    if terms.shortest is not None:
        sure.append(text.str.len_bytes() >= 1 if terms.shortest == 1 else text.str.len_chars() >= terms.shortest)
    return Screened(text, pl.all_horizontal(sure))


def _day(raw: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    if isinstance(found, pl.Date):
        return Screened(raw, _within(raw, terms))
    if not isinstance(found, pl.String):
        return None
    day = raw.str.to_date("%Y-%m-%d", strict=False)
    return Screened(day, raw.str.contains(DAY_TEXT) & _within(day, terms))


def _amount(raw: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    if terms.max_digits is None or not terms.decimal_places:
        return None
    kind = polars_type(terms)
    if found.is_integer() or (isinstance(found, pl.Decimal) and found.scale <= terms.decimal_places):
        amount = raw.cast(kind, strict=False)
        return Screened(amount, _within(amount, terms))
    if not isinstance(found, pl.String):
        return None
    before, after = terms.max_digits - terms.decimal_places, terms.decimal_places
    amount = raw.str.to_decimal(scale=after).cast(kind, strict=False)
    return Screened(amount, raw.str.contains(rf"^[0-9]{{1,{before}}}(\.[0-9]{{1,{after}}})?$") & _within(amount, terms))


def _whole(raw: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    if found.is_integer():
        number = raw.cast(pl.Int32, strict=False)
        return Screened(number, _within(number, terms))
    if not isinstance(found, pl.String):
        return None
    number = raw.cast(pl.Int32, strict=False)
    return Screened(number, raw.str.contains(WHOLE_TEXT) & _within(number, terms))


def _list(raw: pl.Expr, found: pl.DataType, terms: Terms) -> Screened | None:
    written = isinstance(found, pl.String)
    items = raw.str.split(SEPARATOR) if written else raw
    element = pl.element().str.strip_chars(" ") if written or found == pl.List(pl.String) else pl.element()
    inner = found.inner if isinstance(found, pl.List) else pl.String()
    if terms.items is None or not (written or isinstance(found, pl.List)):
        return None
    item = screened(element, inner, terms.items)  # type: ignore[arg-type] # a list's type says what it holds
    if item is None:
        return None
    sure = [items.list.eval((item.sure & pl.element().is_not_null()).fill_null(value=False)).list.all()]
    if terms.shortest:
        sure.append(items.list.len() >= terms.shortest)
    if terms.longest is not None:
        sure.append(items.list.len() <= terms.longest)
    if written:
        sure.append(~raw.str.contains(ESCAPE, literal=True))
    return Screened(items.list.eval(item.typed), pl.all_horizontal(sure))


def _within(value: pl.Expr, terms: Terms) -> pl.Expr:
    bounds = [value.is_not_null()]
    if terms.least is not None:
        bounds.append(value >= terms.least)
    if terms.most is not None:
        bounds.append(value <= terms.most)
    return pl.all_horizontal(bounds)


_READERS: dict[type, Reader] = {str: _text, date: _day, Decimal: _amount, int: _whole, list: _list}
