"""The first corridor's agreement with something in its text altered, as a slip of the pen would."""

from collections.abc import Callable
from pathlib import Path

from schemas.agreement import FOLDER, Agreement, AgreementError, load

TEXT = (FOLDER / "idn-sau.yaml").read_text(encoding="utf-8")


def altered(*slips: tuple[str, str]) -> str:
    """The text with each ``before`` replaced by ``after``, once, after the one replaced before it."""
    text, place = TEXT, 0
    for before, after in slips:
        place = text.index(before, place)
        text = text[:place] + after + text[place + len(before) :]
    return text


def line_of(text: str, part: str) -> int:
    """The line on which ``part`` first stands."""
    return text[: text.index(part)].count("\n") + 1


def faults_of(folder: Path, text: str) -> list[str]:
    """What the loader says about ``text``, one fault a line."""
    file = folder / "idn-sau.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file)
    except AgreementError as error:
        first, *faults = str(error).splitlines()
        assert first == f"{file}: {len(faults)} fault(s)"
        return [fault.strip() for fault in faults]
    return []


def loaded(folder: Path, change: Callable[[str], str]) -> Agreement:
    """The agreement after ``change`` has been done to its text."""
    file = folder / "idn-sau.yaml"
    file.write_text(change(TEXT), encoding="utf-8")
    return load(file)
