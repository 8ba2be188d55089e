"""One edition of the evaluation, from a frozen snapshot to files. The only writer here."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports import availability, disclosure, indicators, page, recipe, restricted, sdmx, told, words
from reports.comparison import changes, revised
from reports.counted import Counted
from reports.disclosure import Rule, Told
from reports.disclosure.relations import links
from reports.figure import Figure
from reports.forms import league
from reports.measure import Meter
from reports.publication import About, Earlier, Provenance, Publication, Revision
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
    """Write the edition of the frozen folder ``snapshot`` to ``out``: pages, ``publish.json``, its annexes.

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
    content |= {
        out / "publish.sdmx.csv": sdmx.observations(published),
        out / "publish.sdmx.json": sdmx.structure(published),
        out / recipe.NAME: recipe.queries(indicators.load().as_of(published.about.catalogue_version)),
    }
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
    catalogue = indicators.load().as_of(agreement.report.catalogue)
    rule = Rule(agreement.report.smallest_count, agreement.report.disclosure)
    out = [_told(each) for each in earlier]
    with open_tables(folder, terms) as tables:
        meter = Meter(tables, terms, agreement, catalogue.parameters)
        then = []
        for quarter in _beside(Quarter.parse(terms.quarter), agreement):
            figures = _safe(quarter, meter.measure(quarter, catalogue.comparable), rule, agreement, out)
            then.append(Earlier(quarter=quarter, figures=figures))
        counted = meter.measure(terms.quarter, catalogue.indicators)
    safe = _safe(terms.quarter, counted, rule, agreement, out)
    figures = tuple(league.judged(figure) if figure.form == "league" else figure for figure in safe)
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
        smallest_count=rule.smallest,
        disclosure=rule.method,
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
    not_shared = {each.id: kept for each in catalogue.indicators if (kept := availability.not_shared(each, agreement))}
    made = Publication(
        about=about,
        missing=terms.missing,
        meeting=terms.meeting,
        figures=figures,
        not_shared=not_shared,
        earlier=tuple(then),
        revised=revised(terms.quarter, figures, then, earlier),
        provenance=provenance,
    )
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


def _beside(quarter: Quarter, agreement: Agreement) -> tuple[str, ...]:
    """The quarters that stand beside ``quarter`` if the agreement was in force: of a year ago, and the one before."""
    start = Quarter.of(agreement.in_force_from)
    return tuple(str(each) for each in (quarter.year_before, quarter.before) if each >= start)


def _safe(
    quarter: str, counted: Sequence[Counted], rule: Rule, agreement: Agreement, out: list[Told]
) -> tuple[Figure, ...]:
    """The figures as they may be told beside what is ``out`` already; from then on they are, too."""
    made = _as_told(quarter, f"of {quarter} as known now", disclosure.protect(counted, rule), rule, agreement.parties)
    safe = replace(made, figures=disclosure.made_safe(made, out))
    out.append(safe)
    return safe.figures


def _told(edition: Publication) -> Told:
    about = edition.about
    name = f"of {about.quarter}" if about.version == 1 else f"of {about.quarter}, version {about.version}"
    return _as_told(about.quarter, name, edition.figures, edition.rule, about.parties)


def _as_told(quarter: str, name: str, figures: tuple[Figure, ...], rule: Rule, parties: Iterable[str]) -> Told:
    """What readers have, and know of how it hangs together."""
    previous = str(Quarter.parse(quarter).before)
    return Told(
        quarter, name, figures, rule, links(figures, indicators.load().relations, tuple(parties), quarter, previous)
    )
