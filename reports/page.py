"""The page: one self-contained HTML file per language, rendered from a publication and nothing else."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from reports import charts, fonts, indicators
from reports.publication import Publication
from reports.words import Words, load, messages

TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = ("flows", "wage", "complaints", "protection", "agencies", "exchange", "mismatches")
"""The sections of indicators in their order, between the decisions and what changed; one without any is left out."""


def render(publication: Publication, language: str, *, draft: bool = False) -> str:
    """The HTML of ``publication`` in ``language``. Raises ``words.LanguageError`` for a language without words."""
    unadorned = _filled(publication, language, draft=draft, style="")
    style = fonts.embedded(unadorned) + (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return _filled(publication, language, draft=draft, style=style)


def headlines(publication: Publication, language: str) -> str:
    """The headlines alone, as the page has them."""
    macros: Any = _environment(language).get_template("headlines.html.j2").module
    return str(macros.headlines(publication.figure, publication.about, words_of(publication, language)))


def words_of(publication: Publication, language: str) -> Words:
    """The words of ``language`` for this edition."""
    return Words(load(language), publication.about)


def _filled(publication: Publication, language: str, *, draft: bool, style: str) -> str:
    catalogue = indicators.load()
    return (
        _environment(language)
        .get_template("page.html.j2")
        .render(
            publication=publication,
            about=publication.about,
            figure=publication.figure,
            draft=draft,
            catalogue=catalogue,
            sections=[section for section in SECTIONS if catalogue.of(section)],
            words=words_of(publication, language),
            bars=charts.bars,
            line=charts.line,
            style=Markup(style),  # noqa: S704  # our own file and fonts
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by the extension
        messages(language), newstyle=True
    )
    environment.filters["begin"] = _begin
    return environment


def _begin(text: str) -> str:
    """The text with a capital first letter, as at the beginning of a line; names such as ``export_2.csv`` stay."""
    first_word = text.replace(",", " ").split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first_word.isalpha() else text
