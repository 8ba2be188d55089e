"""Beside a figure stands the same of earlier quarters, as known now; what their editions told otherwise is marked."""

import re
from datetime import date

import pytest
from frozen import AGREEMENT, Frozen, a_quarter

from reports import evaluate, indicators
from reports.beside import beside, is_revised
from reports.figure import Cell
from reports.publication import Publication

LAST_YEAR = AGREEMENT.model_copy(update={"in_force_from": date(2025, 1, 1)})


def earlier_quarter(folder):
    """The edition of 2026-Q2, made when 100 arrivals and 40 complaints of that quarter were known."""
    frozen = Frozen(quarter="2026-Q2", periods=["2026-04", "2026-05", "2026-06"])
    frozen.both("placement", range(200, 300), stage_date=date(2026, 5, 10), contract_start=date(2026, 5, 1))
    for number in range(200, 240):
        frozen.complaint("IDN", number, received_on=date(2026, 5, 20))
    made = evaluate(frozen.write(folder / "q2"), AGREEMENT, folder / "q2-edition")
    return Publication.model_validate_json(made.publish.read_bytes())


@pytest.fixture
def later(tmp_path):
    """The edition of 2026-Q3: 20 arrivals of May have become known since."""
    before = earlier_quarter(tmp_path)
    frozen = a_quarter()
    frozen.both("placement", range(600, 620), stage_date=date(2026, 5, 12), contract_start=date(2026, 5, 1))
    languages = AGREEMENT.report.languages
    made = evaluate(frozen.write(tmp_path / "q3"), AGREEMENT, tmp_path / "out", languages, [before])
    return made, Publication.model_validate_json(made.publish.read_bytes())


def compared(publication, name):
    return beside(publication, indicators.load().named(name))


def test_a_total_and_a_share_stand_beside_those_of_the_quarter_before(written):
    arrivals, wages = (compared(written.publication, name) for name in ("F1.sex", "W1"))

    assert arrivals.quarters == wages.quarters == ("2026-Q3", "2026-Q2")
    assert {line.code: [cell.value for cell in line.cells] for line in arrivals.lines} == {
        "IDN": [165, 100],
        "SAU": [165, 100],
        "matched": [150, 100],
    }
    assert [[cell.value for cell in line.cells] for line in wages.lines if line.code == "IDN"] == [[75.8, 90.0]]


def test_the_headlines_say_what_each_was_a_quarter_before(written):
    headlines = written.html.split('<ol class="headlines">')[1].split("</ol>")[0]
    said = " ".join(re.sub(r"<[^>]+>", "", headlines).split())

    assert "150 workers who arrived in the quarter (100 in the quarter before)" in said
    assert "1,500 a month: 73.3 % (more than 90.0 % in the quarter before)" in said
    assert "Mismatches open at the end of the quarter: 60 (25 a quarter before)" in said
    assert said.count("before)") == 5


def test_the_same_quarter_of_the_year_before_stands_there_where_the_agreement_was_in_force(tmp_path):
    frozen = a_quarter()
    frozen.both("placement", range(500, 530), stage_date=date(2025, 8, 1), contract_start=date(2025, 8, 1))
    made = evaluate(frozen.write(tmp_path / "snapshot"), LAST_YEAR, tmp_path / "out")
    then = compared(Publication.model_validate_json(made.publish.read_bytes()), "F1.sex")

    assert then.quarters == ("2026-Q3", "2026-Q2", "2025-Q3")
    assert [cell.value for cell in then.lines[-1].cells] == [150, 100, 30]


def test_what_only_the_cut_off_knows_has_no_earlier_value(written):
    assert [compared(written.publication, name) for name in ("F6", "X3", "R3", "F1", "X1")] == [None] * 5


def test_what_nobody_can_know_is_said_and_not_drawn(written):
    """The agreement lets neither side share who brought a complaint."""
    block = written.html.split('<figure id="R6-worker"')[1].split("</figure>")[0]

    assert compared(written.publication, "R6.worker") is None
    assert "<svg" not in block
    assert "The agreement does not let Indonesia share" in block


def test_a_figure_that_its_edition_told_otherwise_is_marked_and_listed(later):
    made, publication = later

    assert is_revised(publication, "2026-Q2", "F1", "2026-Q2", "matched")
    assert [line.revised for line in compared(publication, "F1.sex").lines] == [(False, True)] * 3
    listed = {(each.indicator, each.row, each.column): (each.before, each.after) for each in publication.revised}
    assert listed["F1", "2026-Q2", "matched"] == (Cell(value=100), Cell(value=120))
    assert not [place for place in listed if place[0] in ("R0", "R2") and place[2] == "IDN"]
    for language, mark in (("en", "r"), ("id", "r"), ("ar", "م")):
        text = made.pages[language].read_text(encoding="utf-8")
        assert len(re.findall(f'<td[^>]*>120<sup class="revised" title="[^"]+">{mark}</sup>', text)) > 3
        assert '<caption id="revised-c">' in text


def test_an_edition_that_nothing_revises_says_so(written):
    assert written.publication.revised == ()
    assert "No figure of an earlier quarter differs" in written.html
