"""Amounts in the coins of a currency."""

from decimal import Decimal

from schemas.values import CENT, THOUSANDTH

IN_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})  # ISO 4217: three decimals


def in_coins(amount: Decimal, currency: str) -> Decimal:
    """``amount``, rounded to what can be paid in ``currency``."""
    return amount.quantize(THOUSANDTH if currency in IN_THOUSANDTHS else CENT)
