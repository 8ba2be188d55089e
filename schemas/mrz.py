"""The check digits of a passport's machine readable zone (ICAO Doc 9303, part 3 section 4.9 and part 4, TD3)."""

LINE = r"^[A-Z0-9<]{44}$"
_WEIGHTS = (7, 3, 1)
_VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def check_digit(text: str) -> int:
    """The check digit of ``text``: digits count as themselves, letters as 10 to 35, the filler as 0."""
    return sum(_VALUES[character] * _WEIGHTS[place % 3] for place, character in enumerate(text)) % 10


def holds(line: str) -> bool:
    """Whether the second line of a TD3 zone agrees with its five check digits.

    Empty optional data (positions 29 to 42) may be without one. The first line, with the names, has none.
    """
    parts = [(line[0:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]), (_composite(line), line[43])]
    optional = line[28:42]
    if not (line[42] == "<" and not optional.strip("<")):
        parts.append((optional, line[42]))
    return all(str(check_digit(text)) == digit for text, digit in parts)


def document_no(line: str) -> str:
    """The passport number in the second line, without fillers."""
    return line[0:9].rstrip("<")


def _composite(line: str) -> str:
    return line[0:10] + line[13:20] + line[21:43]
