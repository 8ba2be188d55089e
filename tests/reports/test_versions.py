"""A revision says what changed and why, and changes nothing else; a draft is stamped as one."""

import re

import pytest
from frozen import AGREEMENT, a_quarter

from reports import evaluate
from reports.publication import Publication
from reports.snapshot import SnapshotError

REASON = {"en": "A package came late.", "id": "Satu paket terlambat.", "ar": "تأخرت حزمة."}


def revised(written, folder, frozen):
    frozen.more_terms |= {"version": 2, "reason": REASON}
    snapshot = frozen.write(folder / "snapshot")
    return evaluate(snapshot, AGREEMENT, folder / "v2", AGREEMENT.report.languages, [written.publication])


def section(page, name):
    return re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)[0]


def sections(page):
    return re.findall(r'<section aria-labelledby="(\w+)">', page)


def text_of(edition, language="en"):
    return edition.pages[language].read_text(encoding="utf-8")


def test_the_sections_stand_in_the_order_that_was_agreed_on(written):
    assert sections(written.html) == [
        *("headlines", "decisions", "flows", "wage", "complaints", "protection", "agencies", "exchange", "mismatches"),
        *("changes", "methods", "disclosure", "provenance"),
    ]
    assert re.findall(r'<li><a href="#(\w+)">', written.html.split("</nav>")[0]) == sections(written.html)


def test_a_revision_lists_what_changed_with_both_values_and_the_reason(written, tmp_path):
    frozen = a_quarter()
    frozen.both("placement", range(700, 720), occupation_isco="5120", area="SA-02")

    made = revised(written, tmp_path, frozen)

    changed = section(text_of(made), "changes")
    assert '<h2 id="changes">What changed since version 1</h2>' in changed
    assert REASON["en"] in changed
    assert re.search(
        r'<span class="code">F1</span> [^<]+</th><td>Q3 2026</td><td>Matched</td>'
        r'<td class="count">150</td><td class="count">170</td>',
        changed,
    )
    assert re.search(r"<td>Family cook</td><td>Matched</td><td class=\"count\">not there</td>", changed)
    for language in ("id", "ar"):
        assert REASON[language] in section(text_of(made, language), "changes")


def test_a_revision_without_other_figures_changes_no_other_section(written, tmp_path):
    made = revised(written, tmp_path, a_quarter())

    for language in AGREEMENT.report.languages:
        before, after = text_of(written.edition, language), text_of(made, language)
        apart = [name for name in sections(before) if section(before, name) != section(after, name)]
        assert apart == ["changes", "provenance"]  # the snapshot has another hash
    assert "No published figure differs." in text_of(made)


def test_a_revision_is_made_from_its_publish_json_alone(written, tmp_path):
    made = revised(written, tmp_path, a_quarter())

    publication = Publication.model_validate_json(made.publish.read_bytes())
    assert publication.about.version == publication.revision.of + 1 == 2
    assert publication.revision.publish_sha256 == written.edition.sha256["publish.json"]


def test_a_later_version_cannot_be_made_without_the_one_before_it(written, tmp_path):
    frozen = a_quarter()
    frozen.more_terms |= {"version": 2, "reason": REASON}

    with pytest.raises(SnapshotError, match="version 2 is made beside version 1, which is not there"):
        evaluate(frozen.write(tmp_path / "snapshot"), AGREEMENT, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_draft_is_stamped_and_has_the_same_figures(written, tmp_path):
    draft = evaluate(written.snapshot, AGREEMENT, tmp_path, AGREEMENT.report.languages, draft=True)

    assert '<span class="stamp">draft, not approved</span>' in text_of(draft)
    assert "draft, not approved" not in written.html
    assert draft.publish.read_bytes() == written.edition.publish.read_bytes()
