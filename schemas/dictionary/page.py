"""The page: one self-contained HTML file per language, without script and without asking any other host."""

import base64
import hashlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import jinja2
from markupsafe import Markup

from schemas import codelists
from schemas.agreement import Agreement
from schemas.codelists import LANGUAGES
from schemas.dictionary import called
from schemas.dictionary.marked import marked
from schemas.dictionary.words import Words, exact_form
from schemas.fields import Classification, Purpose
from schemas.streams import STREAMS, Stream

TEMPLATES = Path(__file__).parent / "templates"

_BY_HARM = (Classification.OPERATIONAL, Classification.PERSONAL, Classification.IDENTIFIER, Classification.SENSITIVE)


def pages(agreement: Agreement | None = None) -> dict[str, str]:
    """The page in every language: file name to HTML."""
    return {file_name(language): render(language, agreement) for language in LANGUAGES}


def file_name(language: str) -> str:
    """The file the pages of the other languages link to."""
    return f"data-dictionary.{language}.html"


def render(language: str, agreement: Agreement | None = None) -> str:
    """The page in ``language``; with an ``agreement``, what it grants stands beside each field.

    Raises ``words.LanguageError`` for a language without words.
    """
    words = Words(language)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            words=words,
            w=words.text,
            streams=STREAMS.values(),
            sections=called.sections,
            lists=[codelists.load(name) for name in codelists.names()],
            users=_users(),
            exact_form=exact_form,
            marked=partial(marked, known=frozenset(name for stream in STREAMS.values() for name in stream.fields)),
            classifications=_BY_HARM,
            purposes=list(Purpose),
            agreement=agreement,
            others=[(code, Words(code).text["name"], file_name(code)) for code in LANGUAGES if code != language],
            style=Markup(style),  # noqa: S704  # our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )


def _users() -> Callable[[str], list[tuple[Stream, str]]]:
    """Which fields take their codes from a list."""
    taken = [(stream, field, stream.code_list(field)) for stream in STREAMS.values() for field in stream.fields]
    return lambda name: [(stream, field) for stream, field, used in taken if used == name]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["begin"] = lambda text: text[:1].upper() + text[1:]
    return environment
