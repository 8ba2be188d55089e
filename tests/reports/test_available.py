"""What an agreement does not grant, or does not name, is not available, and the page says why."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from frozen import AGREEMENT, Frozen, a_quarter

from reports import evaluate, indicators
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE
from reports.indicators import CatalogueError
from reports.publication import Publication


def edition_under(folder, **terms):
    """The edition of the plausible quarter under the agreement with other ``terms``."""
    agreement = AGREEMENT.model_copy(update=terms)
    edition = evaluate(a_quarter().write(folder / "snapshot"), agreement, folder / "out")
    publication = Publication.model_validate_json(edition.publish.read_bytes())
    return publication, edition.pages["en"].read_text(encoding="utf-8")


def test_a_side_that_may_not_share_a_field_is_not_available_and_the_pairs_are(written):
    figure = written.publication.figure("S2")

    assert figure.at("IDN", "share") == NOT_AVAILABLE
    assert figure.at("SAU", "denominator").value == 265
    assert figure.at("matched", "denominator").value == 250
    assert written.publication.not_shared["S2"] == {"IDN": ("insurance_from", "insurance_until")}
    assert "The agreement does not let Indonesia share: insured from, insured until." in written.html


def test_what_nobody_may_share_is_not_available_at_all(written):
    figure = written.publication.figure("R6.worker")

    assert [cell for row in figure.rows for cell in row.cells] == [NOT_AVAILABLE] * 9
    assert set(written.publication.not_shared["R6.worker"]) == {"IDN", "SAU"}


def test_what_is_shared_and_never_stated_is_not_none_insured(edition_of):
    frozen = Frozen()
    for number in range(40):
        frozen.placement("SAU", number, insurance_from=None, insurance_until=None)

    publication = edition_of(frozen).publication

    assert publication.figure("S2").at("SAU", "share") == NOT_AVAILABLE
    assert publication.figure("S2.contract").at("SAU", "share").value == 87.5


def test_without_a_cap_no_fee_is_within_it(tmp_path):
    thresholds = AGREEMENT.thresholds.model_copy(update={"cost_cap": None})

    publication, _ = edition_under(tmp_path, thresholds=thresholds)

    assert publication.figure("C2").at("SAU", "share") == NOT_AVAILABLE


def test_an_agreement_that_names_an_earlier_catalogue_is_evaluated_by_that(tmp_path):
    report = AGREEMENT.report.model_copy(update={"catalogue": 1})

    publication, page = edition_under(tmp_path, report=report)

    expected = [each.id for each in indicators.load().indicators if each.since == 1]
    assert [figure.id for figure in publication.figures] == expected
    assert publication.about.catalogue_version == 1
    assert 'id="agencies"' not in page
    assert 'href="#agencies"' not in page


def test_an_agreement_that_names_a_catalogue_to_come_is_refused(tmp_path):
    report = AGREEMENT.report.model_copy(update={"catalogue": 99})

    with pytest.raises(CatalogueError, match=r"report.catalogue 99: the newest there is is 2"):
        edition_under(tmp_path, report=report)


def test_the_catalogue_s_figures_stand_in_its_texts():
    found = {each.id: each.definition for each in indicators.load().indicators}

    assert "within 90 days" in found["F5"]["en"]
    assert "90 hari" in found["F5"]["id"]
    assert not [each for text in found.values() for each in text.values() if "{" in each]


def test_cost_is_compared_with_the_wage_of_the_same_worker_in_the_same_currency(edition_of):
    """Twelve paid two wages, twelve nothing, and eleven in rupiah, which no wage in riyals tells the worth of."""
    frozen = Frozen()
    paid = [(3000, "SAR")] * 12 + [(0, "SAR")] * 12 + [(9_000_000, "IDR")] * 11
    for number, (amount, currency) in enumerate(paid):
        frozen.placement("IDN", number, worker_cost_amount=Decimal(amount), worker_cost_currency=currency)

    publication = edition_of(frozen).publication

    cost = publication.figure("C1")
    assert [cell.value for cell in cost.rows[0].cells] == [25, 10, 0.0, 2.0]
    assert publication.figure("C1.none").at("IDN", "share").value == 28.6  # 10 of 35, as they are told


def test_who_has_not_come_back_within_ninety_days_is_no_early_return(edition_of):
    frozen = Frozen()
    day = date(2026, 6, 1)
    for number in range(60):
        back = {12: date(2026, 8, 29), 24: date(2026, 8, 30)}.get(12 * (1 + number // 12))
        frozen.placement("IDN", number, stage_date=day, contract_start=day, returned_on=back)

    early = edition_of(frozen).publication.figure("F5")

    assert [early.at("IDN", column).value for column in ("numerator", "denominator", "share")] == [10, 60, 16.7]


def test_the_documentation_names_every_indicator():
    text = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")

    named = set(re.findall(r"[A-Z][0-9](?:\.[a-z]+)?", text))
    assert {each.id for each in indicators.load().indicators} <= named


def test_more_complaints_than_workers_are_published_without_their_rate(edition_of):
    """Of so few workers nothing may be told, so neither may the complaints beside them."""
    frozen = Frozen()
    for number in range(5):
        frozen.placement("IDN", number)
    for number in range(20):
        frozen.complaint("IDN", number, placement_ref="IDN-P-00001")

    publication = edition_of(frozen).publication

    assert publication.figure("R0").at("2026-Q3", "IDN").value == 20
    assert publication.figure("R1").at("IDN", "rate") == CONFIDENTIAL
