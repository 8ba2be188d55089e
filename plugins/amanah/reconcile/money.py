"""Amounts of money: brought to one period and one currency, by what was agreed, and then compared.

Amounts of the same period are compared as they stand, whatever it is; of different periods, as amounts for a month. A
wage by the day is one for the days worked: those that its record says by its days of rest, or that were agreed. What
cannot be brought to a month is not comparable, which is a discrepancy: somebody has to say what was meant.

Factors are brought to a common denominator, so that only whole numbers are multiplied and nothing is rounded: who is
"ours" makes no difference to the last digit. Everywhere below, ``one`` and ``other`` are what the columns of the two
records begin with, such as ``a.`` and ``b.``.
"""

import math
from collections.abc import Mapping
from fractions import Fraction

from amanah.reconcile.engine import listed, quoted
from amanah.reconcile.spec import REST_DAYS, Spec, currency_of
from schemas.streams import MONTH
from schemas.values import DECIMALS

_WEEK, _DAY, _DAYS_OF_WEEK = "week", "day", 7
_COINS = 10**DECIMALS  # an amount counted in its smallest part is a whole number


def disagree(spec: Spec, field: str, one: str = "a.", other: str = "b.") -> str:
    """SQL that is true when two amounts lie apart, or cannot be compared."""
    apart = f"abs({_brought(spec, field, one, other)}\n  - {_brought(spec, field, other, one)})"
    within = Fraction(spec.linkage.compare[field].within) * _COINS * _whole_month(spec, field) * _whole_unit(spec)
    return (
        f"{one}{field} IS NOT NULL AND {other}{field} IS NOT NULL AND (\n"
        f"  {_of_other_currencies(spec, field, one, other)} OR {_not_comparable(spec, field, one, other)}\n"
        f"  OR {apart} > {math.floor(within)})"
    )


def reason(spec: Spec, field: str, one: str = "a_", other: str = "b_") -> str:
    """SQL for why two amounts that `disagree` do."""
    unlike = f"{_not_comparable(spec, field, one, other)} AND NOT {_of_other_currencies(spec, field, one, other)}"
    return f"CASE WHEN {unlike} THEN 'not_comparable' ELSE 'amounts_differ' END"


def text(spec: Spec, field: str, one: str, other: str) -> str:
    """SQL for the amount of ``one`` as it is shown: with its currency, and its period where that is another."""
    # 1500.000 as texts.to_text writes it: a third decimal only where it is not zero
    amount = rf"regexp_replace({one}{field}::VARCHAR, '(\.[0-9]{{2}})0$', '\1')"
    shown = f"concat_ws(' ', {amount}, {one}{currency_of(field)})"
    period = spec.period_of(field)
    if period is None:
        return shown
    unlike = f"NOT {_same_period(spec, field, one, other)}"
    return f"concat_ws(' / ', {shown}, CASE WHEN {unlike} THEN coalesce({one}{period}, {quoted(MONTH)}) END)"


def kind_of_period(spec: Spec, field: str, one: str = "") -> str | None:
    """SQL for the period of an amount, where periods are looked at; what is worth a month counts as one.

    Amounts of one kind are compared as they stand.
    """
    period = spec.period_of(field)
    if period is None:
        return None
    a_month = [code for code, worth in _worths(spec, field).items() if worth == 1 and code != _DAY]
    month = quoted(MONTH)
    return f"CASE WHEN {one}{period} IN {listed(a_month)} THEN {month} ELSE coalesce({one}{period}, {month}) END"


def _worths(spec: Spec, field: str) -> Mapping[str, Fraction]:
    """Period -> how many of them make a month."""
    return {MONTH: Fraction(1), **spec.linkage.compare[field].periods}


def _whole_month(spec: Spec, field: str) -> int:
    """Of how many parts a month is taken to be, so that each period is a whole number of them."""
    return math.lcm(*(worth.denominator for worth in _worths(spec, field).values()))


def _whole_unit(spec: Spec) -> int:
    """Of how many parts a unit of currency is taken to be, so that each rate is a whole number of them."""
    return math.lcm(*(Fraction(rate.worth).denominator for rate in spec.agreement.rates))


def _brought(spec: Spec, field: str, one: str, other: str) -> str:
    """The amount of ``one`` in parts of a coin, for a month where ``other`` has another period."""
    factors = [f"({one}{field} * {_COINS})::HUGEINT"]
    if spec.period_of(field) is not None:
        factors.append(
            f"CASE WHEN {_same_period(spec, field, one, other)} THEN {_whole_month(spec, field)}\n"
            f"    ELSE {_months(spec, field, one)} END"
        )
    if spec.agreement.rates:
        currency, there = f"{one}{currency_of(field)}", f"{other}{currency_of(field)}"
        rates = " ".join(
            f"WHEN {currency} = {quoted(rate.one)} AND {there} = {quoted(rate.of)}"
            f" THEN {Fraction(rate.worth) * _whole_unit(spec)}"
            for rate in spec.agreement.rates
        )
        factors.append(f"CASE {rates} ELSE {_whole_unit(spec)} END")
    return "\n    * ".join(factors)


def _months(spec: Spec, field: str, one: str) -> str:
    """What one period of ``one`` counts, in parts of a month; null where nobody knows."""
    worths, whole = _worths(spec, field), _whole_month(spec, field)
    cases = []
    if _WEEK in worths:
        rest = f"{one}{REST_DAYS}"
        worked = f"({_DAYS_OF_WEEK} - {rest})::HUGEINT * {worths[_WEEK] * whole}"
        cases.append(f"WHEN {_kind(spec, field, one)} = {quoted(_DAY)} AND {rest} < {_DAYS_OF_WEEK} THEN {worked}")
    cases += [f"WHEN {_kind(spec, field, one)} = {quoted(code)} THEN {worth * whole}" for code, worth in worths.items()]
    return f"CASE {' '.join(cases)} END"


def _kind(spec: Spec, field: str, one: str) -> str:
    return f"({kind_of_period(spec, field, one)})"


def _same_period(spec: Spec, field: str, one: str, other: str) -> str:
    return f"{_kind(spec, field, one)} = {_kind(spec, field, other)}"


def _not_comparable(spec: Spec, field: str, one: str, other: str) -> str:
    if spec.period_of(field) is None:
        return "FALSE"
    unknown = " OR ".join(f"{_months(spec, field, side)} IS NULL" for side in (one, other))
    return f"(NOT {_same_period(spec, field, one, other)} AND ({unknown}))"


def _of_other_currencies(spec: Spec, field: str, one: str, other: str) -> str:
    """Both currencies are known, differ, and no rate between them was agreed."""
    here, there = f"{one}{currency_of(field)}", f"{other}{currency_of(field)}"
    rated = [
        f"NOT ({side} = {quoted(rate.one)} AND {rest} = {quoted(rate.of)})"
        for rate in spec.agreement.rates
        for side, rest in ((here, there), (there, here))
    ]
    return f"({' AND '.join([f'{here} <> {there}', *rated])})"
