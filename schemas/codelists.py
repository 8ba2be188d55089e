"""Code lists: the values both sides agreed on, each with its labels and its source.

A list is one YAML file under ``schemas/codelists/`` so that officials can read and sign it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "codelists"
LANGUAGES = ("en", "id", "ar")

# libyaml's reader where PyYAML has it, as loading the models loads fifteen lists. Only for the lists that we ship,
# which both read alike (a test compares them); what others write is read by the same reader everywhere.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class CodeList:
    """One code list: ``labels[code][language]``, and under ``unsure`` why a code is not yet confirmed."""

    name: str
    source: str
    labels: Mapping[str, Mapping[str, str]]
    unsure: Mapping[str, str]

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
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader, either way
    entries = content["codes"].items()
    return CodeList(
        name=name,
        source=content["source"],
        labels={code: {language: entry[language] for language in LANGUAGES} for code, entry in entries},
        unsure={code: entry["unsure"] for code, entry in entries if "unsure" in entry},
    )


def names() -> tuple[str, ...]:
    """The names of all code lists."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
