"""The rules of a record, and the checks of its agreement, on whole columns.

Each is an expression that is true where the rule surely holds. A rule of a kind that is not known here holds nowhere
surely, so that pydantic looks at every record.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from amanah.quality.bulk.check_digits import luhn_holds, mrz_holds
from schemas import checks, rules
from schemas.document_no import whole

_NOWHERE = pl.lit(value=False)


def surely_holds(rule: Any, frame: pl.DataFrame) -> pl.Expr:
    """Where ``rule`` surely holds in ``frame``, which has every field in the contract's type."""
    reader = _READERS.get(type(rule))
    return reader(rule, frame) if reader else _NOWHERE


def is_known(rule: Any) -> bool:
    """Whether rules of this kind are known here."""
    return type(rule) in _READERS


def _in_order(rule: rules.InOrder, _: pl.DataFrame) -> pl.Expr:
    earlier, later = pl.col(rule.earlier), pl.col(rule.later)
    return (earlier < later if rule.strictly else earlier <= later).fill_null(value=True)


def _needs(rule: rules.Needs, _: pl.DataFrame) -> pl.Expr:
    return pl.col(rule.field).is_null() | pl.col(rule.needs).is_not_null()


def _same_length(rule: rules.SameLength, _: pl.DataFrame) -> pl.Expr:
    length, other = pl.col(rule.field).list.len(), pl.col(rule.other).list.len().fill_null(0)
    return (length == other).fill_null(value=True)


def _at_most(rule: rules.AtMost, _: pl.DataFrame) -> pl.Expr:
    return (pl.col(rule.field) <= pl.col(rule.limit)).fill_null(value=True)


def _first_of(rule: rules.FirstOf, _: pl.DataFrame) -> pl.Expr:
    day, precision = pl.col(rule.field), pl.col(rule.precision)
    partly_known = precision.is_in(["month", "year"]).fill_null(value=False)
    converted = (pl.col(rule.calendar) == "umm_al_qura").fill_null(value=False)
    first = (day.dt.day() == 1) & ((precision == "month") | (day.dt.month() == 1))
    return ~partly_known | converted | first.fill_null(value=True)


def _mrz_holds(rule: rules.MrzHolds, _: pl.DataFrame) -> pl.Expr:
    line = pl.col(rule.field)
    return line.is_null() | line.map_batches(mrz_holds, return_dtype=pl.Boolean())


def _mrz_names(rule: rules.MrzNames, _: pl.DataFrame) -> pl.Expr:
    named = pl.col(rule.line).str.slice(0, 9).str.strip_chars_end("<")
    return (named == pl.col(rule.number)).fill_null(value=True)


def _not_applicable(rule: rules.NotApplicable, frame: pl.DataFrame) -> pl.Expr:
    named = pl.col(rule.field)
    names = set(frame[rule.field].explode().drop_nulls().unique()) & rule.optional
    known = named.list.eval(pl.element().is_in(sorted(rule.optional))).list.all().fill_null(value=True)
    absent = [~named.list.contains(name).fill_null(value=False) | pl.col(name).is_null() for name in sorted(names)]
    return pl.all_horizontal(known, *absent)


def _pattern(check: checks.Pattern, frame: pl.DataFrame) -> pl.Expr:
    field = pl.col(check.field)
    if frame.schema[check.field] != pl.String:
        return field.is_null()
    return field.str.contains(whole(check.pattern)).fill_null(value=True)


def _check_digit(check: checks.CheckDigit, frame: pl.DataFrame) -> pl.Expr:
    field = pl.col(check.field)
    if frame.schema[check.field] != pl.String or check.scheme != "luhn":
        return field.is_null()
    return field.is_null() | field.map_batches(luhn_holds, return_dtype=pl.Boolean())


def _at_least(check: checks.AtLeast, _: pl.DataFrame) -> pl.Expr:
    return (pl.col(check.field) >= check.limit).fill_null(value=True)


def _below_cap(check: checks.AtMost, _: pl.DataFrame) -> pl.Expr:
    return (pl.col(check.field) <= check.limit).fill_null(value=True)


def _listed(check: checks.Listed, _: pl.DataFrame) -> pl.Expr:
    return pl.col(check.field).is_in(sorted(check.codes)).fill_null(value=True)


def _lasts_until(check: checks.LastsUntil, _: pl.DataFrame) -> pl.Expr:
    return (pl.col(check.field) >= pl.col(check.until)).fill_null(value=True)


_READERS: dict[type, Callable[[Any, pl.DataFrame], pl.Expr]] = {
    rules.InOrder: _in_order,
    rules.Needs: _needs,
    rules.SameLength: _same_length,
    rules.AtMost: _at_most,
    rules.FirstOf: _first_of,
    rules.MrzHolds: _mrz_holds,
    rules.MrzNames: _mrz_names,
    rules.NotApplicable: _not_applicable,
    checks.Pattern: _pattern,
    checks.CheckDigit: _check_digit,
    checks.AtLeast: _at_least,
    checks.AtMost: _below_cap,
    checks.Listed: _listed,
    checks.LastsUntil: _lasts_until,
}
