"""What people call the fields of a stream, and in which sections they read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.streams import Stream

FOLDER = Path(__file__).parent / "fields"


@dataclass(frozen=True)
class Called:
    """One field in every language; its English description is the model's own."""

    label: Mapping[str, str]
    description: Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """Fields that belong together, in the model's order."""

    title: Mapping[str, str]
    fields: Mapping[str, Called]


@cache
def sections(stream: Stream) -> tuple[Section, ...]:
    """The sections of ``stream``."""
    content = yaml.safe_load((FOLDER / f"{stream.name}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Section(
            title=section["title"],
            fields={name: _called(stream, name, words) for name, words in section["fields"].items()},
        )
        for section in content
    )


def label(stream: Stream, field: str, language: str) -> str:
    """What ``field`` is called in ``language``."""
    return next(section.fields[field] for section in sections(stream) if field in section.fields).label[language]


def _called(stream: Stream, field: str, words: Mapping[str, Any]) -> Called:
    return Called(words["label"], {"en": stream.description(field), **words["description"]})
