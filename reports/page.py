"""The page: one self-contained HTML file per language, rendered from a publication and nothing else."""

import base64
import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from reports import charts, curves, fonts, funnel, indicators
from reports.beside import beside, is_revised
from reports.publication import About, Publication
from reports.words import Words, load, messages

TEMPLATES = Path(__file__).parent / "templates"
DRAWINGS = {"bars": charts.bars, "line": charts.line, "curves": curves.curves, "funnel": funnel.funnel}
SECTIONS = ("flows", "wage", "complaints", "protection", "agencies", "exchange", "mismatches")
"""The sections of indicators in their order, between the decisions and what changed; one without any is left out."""
_ROOM_ON_A_PHONE = 34  # letters of a chart's label


def render(publication: Publication, language: str, *, draft: bool = False) -> str:
    """The HTML of ``publication`` in ``language``. Raises ``words.LanguageError`` for a language without words."""
    unadorned = _filled(publication, language, draft=draft, style="")
    paper = _paper(words_of(publication, language), publication.about)
    style = fonts.embedded(unadorned + paper) + (TEMPLATES / "style.css").read_text(encoding="utf-8") + paper
    return _filled(publication, language, draft=draft, style=style)


def headlines(publication: Publication, language: str) -> str:
    """The headlines alone, as the page has them."""
    macros: Any = _environment(language).get_template("headlines.html.j2").module
    words = words_of(publication, language)
    return str(macros.headlines(publication.figure, publication.figure_before, publication.about, words))


def words_of(publication: Publication, language: str) -> Words:
    """The words of ``language`` for this edition."""
    return Words(load(language), publication.about)


def _paper(words: Words, about: About) -> str:
    """The margins of a printed sheet: which edition it is of, and its number."""
    start, end = ("right", "left") if words.direction == "rtl" else ("left", "right")
    title = messages(words.language).gettext("Quarterly evaluation")
    edition = f"{title} \u00b7 {words.quarter(about.quarter)} \u00b7 {words.text(about.title)}"
    return (
        f'@page {{ @top-{start} {{ content: "{_css_text(edition)}"; }} '
        f'@bottom-{end} {{ content: counter(page) " / " counter(pages); }} }}\n'
        f"@page :first {{ @top-{start} {{ content: none; }} }}\n"
        "/* 0123456789 */"  # so that the fonts have them
    )


def _css_text(text: str) -> str:
    """``text`` as it stands between quotes in a style element."""
    return "".join(character if character not in '"\\<\n' else f"\\{ord(character):x} " for character in text)


def _filled(publication: Publication, language: str, *, draft: bool, style: str) -> str:
    catalogue = indicators.load().as_of(publication.about.catalogue_version)
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
            beside=partial(beside, publication),
            is_revised=partial(is_revised, publication),
            draw=DRAWINGS,
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
    environment.filters["lines"] = _lines
    return environment


def _begin(text: str) -> str:
    """The text with a capital first letter, as at the beginning of a line; names such as ``export_2.csv`` stay."""
    first_word = text.replace(",", " ").split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first_word.isalpha() else text


def _lines(text: str) -> tuple[str, ...]:
    """The text as one line, or as two of like length where one has no room on a phone."""
    words = text.split(" ")
    if len(text) <= _ROOM_ON_A_PHONE or len(words) == 1:
        return (text,)
    cut = min(range(1, len(words)), key=lambda place: max(len(" ".join(words[:place])), len(" ".join(words[place:]))))
    return " ".join(words[:cut]), " ".join(words[cut:])
