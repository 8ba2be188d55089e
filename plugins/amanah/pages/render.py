"""Rendering a page: its template, the words of its language, and addresses that keep the language asked for."""

from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi.responses import HTMLResponse

from amanah.cases.words import Words
from amanah.pages.guard import HEADERS, token
from amanah.pages.visitors import PAGES, Right, Visitor
from schemas.codelists import LANGUAGES

FOLDER = Path(__file__).parent
LANGUAGE_NAMES = {"en": "English", "id": "Bahasa Indonesia", "ar": "العربية"}

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["utc"] = lambda at: at.astimezone(UTC)  # a database gives times in the zone of its server


class PageWords(Words):
    """The words of the pages: those of the mails where both say the same, and their own."""

    def __init__(self, language: str) -> None:
        super().__init__(language, html=True, own=FOLDER / "locales")

    def known(self, key: str, otherwise: str) -> str:
        """The text under ``key``, or ``otherwise`` where nobody has given it words."""
        try:
            return self(key)
        except KeyError:
            return otherwise


def page(
    template: str,
    visitor: Visitor,
    *,
    base: str,
    store: Path,
    path: str,
    asked: str | None,
    view: dict[str, Any],
    status: int = 200,
) -> HTMLResponse:
    """The page ``template`` for ``visitor``.

    Args:
        template: its name, without the ending.
        visitor: who looks.
        base: address of the node's pages, without a slash at the end.
        store: the node's private folder, for the token of its forms.
        path: of this page below ``base``, for the links to it in other languages; None for what a form showed.
        asked: the language that the address asks for, kept in every link.
        view: what the template speaks of.
        status: HTTP status.
    """

    def address(to: str, **query: object) -> str:
        kept = {"lang": asked} | query
        asking = urlencode({name: value for name, value in kept.items() if value not in {None, ""}}, doseq=True)
        return f"{base}{to}{'?' if asking else ''}{asking}"

    words = PageWords(visitor.language)
    content = _templates.get_template(f"{template}.html.j2").render(
        w=words,
        visitor=visitor,
        right=Right,
        pages=PAGES,
        address=address,
        languages=[(code, LANGUAGE_NAMES[code], address(path, lang=code)) for code in LANGUAGES],
        token=token(store, visitor.name),
        **view,
    )
    return HTMLResponse(content, status, headers=dict(HEADERS))
