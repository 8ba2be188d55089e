"""Conditions on many values at once: one array goes to the database, however many there are."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam


def one_of(values: Collection[str]) -> Any:
    """Any of ``values``, to be compared with a column of texts."""
    return any_(bindparam(None, list(values), type_=ARRAY(Text)))


def one_of_numbers(values: Collection[int]) -> Any:
    """The same for numbers."""
    return any_(bindparam(None, list(values), type_=ARRAY(BigInteger)))
