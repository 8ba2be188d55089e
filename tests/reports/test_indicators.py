"""Each figure equals what one counts by hand, and what pandas counts another way."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from frozen import AGREEMENT, Frozen

from reports import indicators

AFTER_ARRIVAL = ["arrived", "residence_issued", "transferred", "absconding_reported", "completed", "returned", "died"]


def test_arrivals_as_counted_by_hand(written):
    trend = written.exact("F1")

    assert trend["2026-Q3"] == {"IDN": 166, "SAU": 163, "matched": 151}
    assert trend["2026-Q2"] == {"IDN": 100, "SAU": 100, "matched": 100}


def test_arrivals_by_occupation_as_counted_by_hand(written):
    assert written.exact("F1.occupation") == {
        "5120": {"IDN": 6, "SAU": 6, "matched": 6},
        "5152": {"IDN": 120, "SAU": 117, "matched": 105},
        "8322": {"IDN": 40, "SAU": 40, "matched": 40},
        "total": {"IDN": 166, "SAU": 163, "matched": 151},
    }


def test_wages_complaints_and_matches_as_counted_by_hand(written):
    assert written.exact("W1")["IDN"] == {"numerator": 126, "denominator": 166}
    assert written.exact("R0")["2026-Q3"] == {"IDN": 60, "SAU": 30, "matched": 30}
    assert written.exact("R1")["IDN"] == {"numerator": 48, "denominator": 266}
    assert written.exact("R7")["IDN"] == {"numerator": 12, "denominator": 60}
    assert written.exact("R3")["resolved"]["IDN"] == 25
    assert written.exact("X3")["SAU/placement"] == {"numerator": 251, "denominator": 263}


def test_ratios_are_made_from_the_counts_that_are_told(written):
    wages, rate = written.publication.figure("W1"), written.publication.figure("R1")

    assert [wages.at("IDN", column).value for column in ("numerator", "denominator", "share")] == [125, 165, 75.8]
    assert [rate.at("IDN", column).value for column in ("numerator", "denominator", "rate")] == [50, 265, 188.7]


def test_mismatches_add_up_whichever_way_they_are_cut(written):
    total = written.exact("X5")["total"]

    assert total == {"open": 61, "opened": 50, "closed": 14}
    for name in ("X5.severity", "X4"):
        assert sum(written.exact(name)["total"].values()) == total["open"]


def arrivals_by_pandas(folder, party):
    """One row per current record that arrived, with its quarter; written without a look at the queries."""
    revisions = pd.read_parquet(folder / f"placement_{party}.parquet")
    told = revisions[~revisions.withdrawn & revisions.stage.isin(AFTER_ARRIVAL) & revisions.stage_date.notna()]
    first = told.sort_values("revision").drop_duplicates("record_ref").set_index("record_ref")
    current = revisions[revisions.is_current].set_index("record_ref")
    arrived = current.join(first.stage_date.rename("first_told"), how="inner")
    arrived["quarter"] = pd.PeriodIndex(pd.to_datetime(arrived.first_told), freq="Q").astype(str)
    return arrived


@pytest.mark.parametrize(("name", "field"), [("F1.area", "area"), ("F1.sex", "sex")])
def test_arrivals_equal_those_of_pandas(written, name, field):
    ours, theirs = (arrivals_by_pandas(written.snapshot, party) for party in ("IDN", "SAU"))
    links = pd.read_parquet(written.snapshot / "link.parquet")
    pairs = links.merge(ours, left_on="ours_ref", right_index=True).merge(
        theirs[["quarter"]], left_on="theirs_ref", right_index=True, suffixes=("", "_theirs")
    )
    pairs = pairs[pairs.quarter == pairs.quarter_theirs]
    expected = pd.DataFrame(
        {
            series: frame[frame.quarter == "2026Q3"][field].value_counts()
            for series, frame in (("IDN", ours), ("SAU", theirs), ("matched", pairs))
        }
    ).fillna(0)

    found = written.exact(name)
    total = found.pop("total")
    assert found == {code: dict(row.astype(int)) for code, row in expected.iterrows()}
    assert total == dict(expected.sum().astype(int))


def test_shares_equal_those_of_pandas(written):
    records = pd.read_parquet(written.snapshot / "placement_SAU.parquet")
    started = records[
        records.is_current & records.contract_start.map(lambda day: date(2026, 7, 1) <= day <= date(2026, 9, 30))
    ]
    enough = started.wage_amount >= Decimal(1500)

    found = written.exact("W1")["SAU"]
    assert (found["numerator"], found["denominator"]) == (enough.sum(), len(started))


def test_a_worker_counts_once_in_the_quarter_of_the_first_arrival(edition_of):
    frozen = Frozen()
    for number in range(20):
        frozen.placement("IDN", number, stage_date=date(2026, 6, 28), is_current=False)
        frozen.placement("IDN", number, revision=2, stage="residence_issued", stage_date=date(2026, 7, 20))

    trend = edition_of(frozen).exact("F1")

    assert (trend["2026-Q2"]["IDN"], trend["2026-Q3"]["IDN"]) == (20, 0)


def test_withdrawn_records_and_possible_links_do_not_count(edition_of):
    frozen = Frozen()
    frozen.both("placement", range(20))
    for number in range(20, 50):
        frozen.placement("IDN", number, is_current=False)
        frozen.placement("IDN", number, revision=2, withdrawn=True, is_current=False)
    for number in range(50, 65):
        frozen.link("placement", frozen.placement("IDN", number), frozen.placement("SAU", number), grade="possible")

    arrived = edition_of(frozen).exact("F1")["2026-Q3"]

    assert arrived == {"IDN": 35, "SAU": 35, "matched": 20}


def test_a_pair_that_the_sides_place_in_different_quarters_is_matched_in_neither(edition_of):
    frozen = Frozen()
    for number in range(20):
        ours = frozen.placement("IDN", number, stage_date=date(2026, 6, 30))
        frozen.link("placement", ours, frozen.placement("SAU", number, stage_date=date(2026, 7, 1)))

    trend = edition_of(frozen).exact("F1")

    assert trend["2026-Q2"] == {"IDN": 20, "SAU": 0, "matched": 0}
    assert trend["2026-Q3"] == {"IDN": 0, "SAU": 20, "matched": 0}


def test_both_sides_print_the_same_figures(edition_of):
    """Frozen by the partner, the same records give the same flows, wages and complaints."""
    figures = []
    for side in ("IDN", "SAU"):
        frozen = Frozen(frozen_by=side)
        frozen.both("placement", range(40))
        frozen.both("complaint", range(12))
        for number in range(100, 115):
            ours = frozen.placement(side, number, area="SA-02" if side == "IDN" else "SA-03")
            theirs = frozen.placement(frozen.partner, number, area="SA-03" if side == "IDN" else "SA-02")
            frozen.link("placement", ours, theirs)
        made = edition_of(frozen)
        of_both = [figure for figure in made.publication.figures if figure.id[0] in "FWR" or figure.id == "X3"]
        figures.append((of_both, [made.exact(figure.id) for figure in of_both]))

    assert figures[0] == figures[1]


def test_the_catalogue_names_every_indicator_once_and_every_query_is_used():
    catalogue = indicators.load()
    names = [indicator.id for indicator in catalogue.indicators]

    assert len(names) == len(set(names))
    used = {indicator.query for indicator in catalogue.indicators}
    assert used == {path.stem for path in indicators.QUERIES.glob("[!_]*.sql")}


def test_a_side_that_said_nothing_is_not_available_and_not_zero(edition_of):
    frozen = Frozen()
    for number in range(30):
        frozen.placement("IDN", number)

    figure = edition_of(frozen).publication.figure("F1")

    assert figure.at("2026-Q3", "IDN").value == 30
    assert figure.at("2026-Q3", "SAU").mark == "not_available"
    assert figure.at("2026-Q3", "matched").mark == "not_available"


def test_a_nil_package_says_zero(edition_of):
    frozen = Frozen()
    for period in frozen.periods:
        frozen.package("SAU", "placement", period, kind="nil", records=0)

    assert edition_of(frozen).publication.figure("F1").at("2026-Q3", "SAU").value == 0


def test_the_minimum_wage_is_the_agreements(written):
    assert written.publication.about.minimum_wage == AGREEMENT.thresholds.minimum_wage.amount
