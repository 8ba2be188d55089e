"""What the command said and how it ended."""

from collections.abc import Callable
from typing import NamedTuple


class Said(NamedTuple):
    """Exit status, and what was written to standard output and standard error."""

    status: int
    output: str
    error: str


Amanah = Callable[..., Said]
