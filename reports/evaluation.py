"""One edition of the evaluation, from a frozen snapshot to files. The only writer here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import disclosure, indicators, page, restricted, told, words
from reports.counted import Counted
from reports.disclosure import Rule, Told
from reports.disclosure.relations import links
from reports.measure import measure
from reports.publication import About, Provenance, Publication
from reports.quarter import Quarter
from reports.snapshot import fingerprints, open_tables, read_terms
from schemas.agreement import Agreement


@dataclass(frozen=True)
class Edition:
    """What was written. ``pages`` by language; ``sha256`` by file name.

    ``restricted`` is not written: the exact figures as CSV text, for the members of the task force alone.
    """

    quarter: str
    pages: Mapping[str, Path]
    publish: Path
    annex: Path
    sha256: Mapping[str, str]
    restricted: str


def evaluate(
    snapshot: Path,
    agreement: Agreement,
    out: Path,
    languages: Sequence[str] = ("en",),
    earlier: Sequence[Publication] = (),
) -> Edition:
    """Write the edition of the frozen folder ``snapshot`` to ``out``: pages, ``publish.json``, ``publish.csv``.

    ``earlier`` are the editions that are out already: together with them it must tell nothing of few people. The same
    snapshot, agreement, earlier editions and software give the same bytes. Raises ``SnapshotError`` when the snapshot
    cannot be evaluated, ``words.LanguageError`` for a language without words, and ``DisclosureError`` where subtracting
    would find small counts; nothing is written then.
    """
    for language in languages:
        words.load(language)
    publish = out / "publish.json"
    annex = out / "publish.csv"
    publication, counted = _publication(snapshot, agreement, earlier)
    content = {publish: publication.to_json(), annex: publication.to_csv()}
    name = f"evaluation-{agreement.id.upper()}-{publication.about.quarter.replace('-', '')}"
    pages = {language: out / f"{name}.{language}.html" for language in languages}
    published = Publication.model_validate_json(content[publish])
    content |= {path: page.render(published, language) for language, path in pages.items()}
    for language, path in pages.items():
        told.check(content[path], published, language)
    out.mkdir(parents=True, exist_ok=True)
    for path, text in content.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    written = {path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in content.items()}
    return Edition(publication.about.quarter, pages, publish, annex, written, restricted.to_csv(counted))


def _publication(
    folder: Path, agreement: Agreement, earlier: Sequence[Publication]
) -> tuple[Publication, tuple[Counted, ...]]:
    terms = read_terms(folder, agreement)
    catalogue = indicators.load()
    with open_tables(folder, terms) as tables:
        counted = measure(tables, terms, agreement, catalogue)
    last_day = Quarter.parse(terms.quarter).last_day
    about = About(
        agreement=agreement.id,
        environment=agreement.environment,
        title=agreement.title,
        parties={code: party.authority_on(last_day).names for code, party in agreement.parties.items()},
        quarter=terms.quarter,
        previous_quarter=str(Quarter.parse(terms.quarter).before),
        frozen_by=terms.frozen_by,
        frozen_at=terms.frozen_at,
        smallest_count=agreement.report.smallest_count,
        disclosure=agreement.report.disclosure,
        minimum_wage=agreement.thresholds.minimum_wage.amount,
        wage_currency=agreement.thresholds.minimum_wage.currency,
        catalogue_version=catalogue.version,
    )
    provenance = Provenance(
        software=terms.software,
        ledger_head=terms.ledger_head,
        agreement_sha256=agreement.sha256,
        catalogue_sha256=indicators.fingerprint(),
        snapshot=fingerprints(folder, terms),
    )
    figures = disclosure.protect(counted, Rule(about.smallest_count, about.disclosure))
    made = Publication(about=about, missing=terms.missing, figures=figures, provenance=provenance)
    safe = disclosure.made_safe(_told(made), [_told(each) for each in earlier])
    return made.model_copy(update={"figures": safe}), counted


def _told(made: Publication) -> Told:
    """The edition as its readers have it."""
    about = made.about
    known = links(
        made.figures, indicators.load().relations, tuple(about.parties), about.quarter, about.previous_quarter
    )
    return Told(about.quarter, about.quarter, made.figures, made.rule, known)
