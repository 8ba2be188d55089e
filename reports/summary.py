"""The summary of an edition, for a mail: its headlines as plain sentences, from what is published and nothing else."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from reports import page
from reports.publication import Publication

_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)


@dataclass(frozen=True)
class Summary:
    """What a mail says of an edition in one language. ``missing`` is how many things were missing at the cut-off."""

    quarter: str
    sentences: tuple[str, ...]
    missing: int
    reason: str | None


def summarize(publication: Publication, language: str) -> Summary:
    """The summary of ``publication`` in ``language``. Raises ``words.LanguageError`` for a language without words."""
    words = page.words_of(publication, language)
    revision = publication.revision
    return Summary(
        quarter=words.quarter(publication.about.quarter),
        sentences=tuple(_plain(item) for item in _ITEM.findall(page.headlines(publication, language))),
        missing=len(publication.missing),
        reason=None if revision is None else words.text(revision.reason),
    )


def _plain(item: str) -> str:
    return Markup(item).striptags()  # noqa: S704  # our own template's, on its way to plain text
