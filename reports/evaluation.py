"""One edition of the evaluation, from a frozen snapshot to files. The only writer here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reports import disclosure, indicators, page, restricted, told, words
from reports.comparison import changes
from reports.counted import Counted
from reports.disclosure import Rule, Told
from reports.disclosure.relations import links
from reports.measure import measure
from reports.publication import About, Provenance, Publication, Revision
from reports.quarter import Quarter
from reports.snapshot import SnapshotError, fingerprints, open_tables, read_terms
from schemas.agreement import Agreement


@dataclass(frozen=True)
class Edition:
    """What was written. ``pages`` by language; ``sha256`` by file name.

    ``restricted`` is not written: the exact figures as CSV text, for the members of the task force alone.
    """

    quarter: str
    version: int
    pages: Mapping[str, Path]
    publish: Path
    annex: Path
    sha256: Mapping[str, str]
    restricted: str = field(repr=False)


def evaluate(
    snapshot: Path,
    agreement: Agreement,
    out: Path,
    languages: Sequence[str] = ("en",),
    earlier: Sequence[Publication] = (),
    *,
    draft: bool = False,
) -> Edition:
    """Write the edition of the frozen folder ``snapshot`` to ``out``: pages, ``publish.json``, ``publish.csv``.

    ``earlier`` are the editions that are out already: together with them it must tell nothing of few people. A later
    version says what changed since the one before it, which is among them. The pages of a ``draft`` are stamped as
    one. The same snapshot, agreement, earlier editions and software give the same bytes. Raises ``SnapshotError`` when
    the snapshot cannot be evaluated, ``words.LanguageError`` for a language without words, and ``DisclosureError``
    where subtracting would find small counts; nothing is written then.
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
    content |= {path: page.render(published, language, draft=draft) for language, path in pages.items()}
    for language, path in pages.items():
        told.check(content[path], published, language)
    out.mkdir(parents=True, exist_ok=True)
    for path, text in content.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    written = {path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in content.items()}
    about = publication.about
    return Edition(about.quarter, about.version, pages, publish, annex, written, restricted.to_csv(counted))


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
        version=terms.version,
    )
    provenance = Provenance(
        software=terms.software,
        ledger_head=terms.ledger_head,
        agreement_sha256=agreement.sha256,
        catalogue_sha256=indicators.fingerprint(),
        snapshot=fingerprints(folder, terms),
    )
    figures = disclosure.protect(counted, Rule(about.smallest_count, about.disclosure))
    made = Publication(
        about=about, missing=terms.missing, meeting=terms.meeting, figures=figures, provenance=provenance
    )
    safe = disclosure.made_safe(_told(made), [_told(each) for each in earlier])
    made = made.model_copy(update={"figures": safe})
    return made.model_copy(update={"revision": _revision(made, earlier, terms.reason)}), counted


def _revision(made: Publication, earlier: Sequence[Publication], reason: Mapping[str, str] | None) -> Revision | None:
    """What changed since the version before; None for the first. Raises ``SnapshotError`` where that is not there."""
    quarter, version = made.about.quarter, made.about.version
    if version == 1:
        return None
    found = [each for each in earlier if (each.about.quarter, each.about.version) == (quarter, version - 1)]
    if not found:
        raise SnapshotError(f"{quarter}: version {version} is made beside version {version - 1}, which is not there")
    return Revision(
        of=version - 1,
        publish_sha256=hashlib.sha256(found[0].to_json().encode()).hexdigest(),
        reason=reason or {},
        changes=changes(found[0], made),
    )


def _told(made: Publication) -> Told:
    """The edition as its readers have it."""
    about = made.about
    known = links(
        made.figures, indicators.load().relations, tuple(about.parties), about.quarter, about.previous_quarter
    )
    name = about.quarter if about.version == 1 else f"{about.quarter} version {about.version}"
    return Told(about.quarter, name, made.figures, made.rule, known)
