"""Code lists: the values both sides agreed on, each with its labels and its source.

A list is one YAML file under ``schemas/codelists/`` so that officials can read and sign it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "codelists"


@dataclass(frozen=True)
class CodeList:
    """One code list: ``labels[code][language]`` with languages ``en``, ``id`` and ``ar``."""

    name: str
    source: str
    labels: Mapping[str, Mapping[str, str]]

    @property
    def codes(self) -> tuple[str, ...]:
        """The permitted codes, in the order of the file."""
        return tuple(self.labels)

    def label(self, code: str, language: str = "en") -> str:
        """Return what people call ``code``; an unlisted code is returned as it is."""
        return self.labels.get(code, {}).get(language, code)


@cache
def load(name: str) -> CodeList:
    """Load the code list ``name`` (the file's stem). Raises ``FileNotFoundError`` for an unknown list."""
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return CodeList(name=name, source=content["source"], labels=content["codes"])


def member_of(name: str) -> Callable[[str | None], str | None]:
    """Return a pydantic validator that accepts ``None`` and the codes of list ``name``."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in load(name).labels:
            raise ValueError(f"not a code of list {name!r}")
        return value

    return check
