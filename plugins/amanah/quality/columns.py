"""The columns of a batch that its expectations are about, and what later batches need to know of them."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from amanah.quality.batch import Batch
from amanah.quality.demands import currency_of
from amanah.quality.expectations import Expectations
from amanah.store.profiles import Profile


def given(name: str) -> str:
    """The column that is true where a record has the field or says that it does not apply, else empty."""
    return f"{name} is given"


def known(name: str) -> str:
    """The column that says whether every reference in the field leads to a record; empty without a reference."""
    return f"{name} is known"


def apart(name: str, others: str) -> str:
    """The column that says whether the value is absent from the list; empty without a value or a list."""
    return f"{name} is not in {others}"


def in_currency(amount: str, currency: str) -> str:
    """The column with the amounts of one currency."""
    return f"{amount} in {currency}"


def frame(batch: Batch, expectations: Expectations) -> pd.DataFrame:
    """The columns that ``expectations`` are about, and no other."""
    plain = expectations.fields_of(
        *("newest_within_days", "not_after_month", "unique", "unique_together", "within", "in_list", "drift")
    )
    columns = {name: _column(batch, name) for name in plain}
    columns |= _given(batch, expectations.fields_of("present", "presence_drift"))
    for name in expectations.fields_of("known"):
        columns[known(name)] = _flags(batch.values(name), batch.known.get(name, ()))
    for part in (expectations.error, expectations.warning):
        for name, others in part.not_among.items():
            columns[apart(name, others)] = _apart(batch.values(name), batch.values(others))
    for amount in expectations.fields_of("median_between", "median_shift"):
        columns |= _by_currency(batch, amount, expectations.compare_with.records_at_least)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(batch.records)))


def profile(expectations: Expectations, looked_at: pd.DataFrame) -> Profile:
    """What the batches after this one will be held against; ``looked_at`` is the frame of the batch."""
    codes, present, amounts = map(expectations.fields_of, ("drift", "presence_drift", "median_shift"))
    return Profile(
        len(looked_at),
        {name: {str(code): int(n) for code, n in looked_at[name].value_counts().items()} for name in codes},
        {name: int(looked_at[given(name)].notna().sum()) for name in present},
        {name: medians(looked_at, name) for name in amounts},
    )


def medians(looked_at: pd.DataFrame, amount: str) -> dict[str, tuple[int, Decimal]]:
    """Per currency that stands in enough records: in how many, and the median."""
    beginning = in_currency(amount, "")
    found = {
        str(name).removeprefix(beginning): looked_at[name] for name in looked_at if str(name).startswith(beginning)
    }
    return {code: (int(values.count()), Decimal(str(values.median()))) for code, values in found.items()}


def _column(batch: Batch, name: str) -> "pd.Series[Any]":
    kind, values = batch.stream.python_type(name), batch.values(name)
    if kind is date:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")), dtype="datetime64[s]")
    if kind in (Decimal, int):
        return pd.to_numeric(pd.Series(values, dtype="object")).astype("float64")
    return pd.Series(values, dtype="str")


def _given(batch: Batch, names: Sequence[str]) -> "dict[str, pd.Series[Any]]":
    without = batch.values("not_applicable")
    return {
        given(name): pd.Series(
            [
                True if value is not None or name in (left_out or ()) else None
                for value, left_out in zip(batch.values(name), without, strict=True)
            ],
            dtype="boolean",
        )
        for name in names
    }


def _flags(references: list[Any], held: Collection[str]) -> "pd.Series[Any]":
    found = set(held)
    lists = ([one] if isinstance(one, str) else one for one in references)
    return pd.Series([found.issuperset(one) if one else None for one in lists], dtype="boolean")


def _apart(values: list[Any], lists: list[Any]) -> "pd.Series[Any]":
    pairs = zip(values, lists, strict=True)
    return pd.Series([value not in others if value and others else None for value, others in pairs], dtype="boolean")


def _by_currency(batch: Batch, amount: str, at_least: int) -> "dict[str, pd.Series[Any]]":
    amounts = _column(batch, amount)
    currency = _column(batch, currency_of(amount))
    counted = currency[amounts.notna()].value_counts()
    usual = [str(code) for code, count in counted.items() if count >= at_least]
    return {in_currency(amount, code): amounts.where(currency == code) for code in usual}
