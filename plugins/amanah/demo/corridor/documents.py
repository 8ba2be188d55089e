"""Numbers on documents: in the right form, each issued once, pointing at nobody."""

from collections.abc import Callable
from random import Random

MODULUS = 10


def luhn_digit(digits: str) -> str:
    """The check digit that makes ``digits`` followed by it valid under Luhn, as on a Saudi residence permit."""
    total = 0
    for place, figure in enumerate(reversed(digits)):
        doubled = int(figure) * (2 if place % 2 == 0 else 1)
        total += doubled // MODULUS + doubled % MODULUS
    return str(-total % MODULUS)


class Issuer:
    """Issues numbers, none of them twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._issued: set[str] = set()

    def passport(self) -> str:
        """A passport number: a letter and seven figures."""
        return self._unused(lambda: self._rng.choice("ABCEX") + self._figures(7))

    def contract(self) -> str:
        """An employment contract number."""
        return self._unused(lambda: f"PK{self._figures(9)}")

    def visa(self) -> str:
        """An entry visa number: ten figures beginning with 6."""
        return self._unused(lambda: f"6{self._figures(9)}")

    def residence(self) -> str:
        """A residence permit number: ten figures beginning with 2, the last one a Luhn digit."""

        def draw() -> str:
            digits = f"2{self._figures(8)}"
            return digits + luhn_digit(digits)

        return self._unused(draw)

    def reference(self, prefix: str) -> str:
        """A record reference of a system that numbers in no order, such as ``SAU-P-40718235``."""
        return self._unused(lambda: prefix + self._figures(8))

    def mistyped(self, number: str) -> str:
        """``number`` with one figure wrong, and not a number that someone else holds."""

        def draw() -> str:
            at = self._rng.choice([i for i, letter in enumerate(number) if letter.isdigit()])
            return number[:at] + str((int(number[at]) + self._rng.randint(1, 9)) % MODULUS) + number[at + 1 :]

        return self._unused(draw)

    def _figures(self, count: int) -> str:
        return f"{self._rng.randrange(MODULUS**count):0{count}d}"

    def _unused(self, draw: Callable[[], str]) -> str:
        number = draw()
        while number in self._issued:
            number = draw()
        self._issued.add(number)
        return number
