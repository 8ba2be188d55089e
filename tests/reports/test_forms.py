"""Medians, survival and limits of agencies: what textbooks and other software say of the same numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from reports.counted import Measured, Tally
from reports.disclosure import Rule, protect
from reports.figure import CONFIDENTIAL, NOT_APPLICABLE, TOTAL, Cell
from reports.forms import league, quantiles, survival
from reports.forms.life_table import LifeTable, Waited

HALF = Fraction(1, 2)
RULE = Rule(10)


def test_a_life_table_is_that_of_the_textbook():
    """The remission times of the 6-MP group of Freireich et al. (1963), as every textbook of survival prints them."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    watched = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    table = LifeTable([Waited(t, 1) for t in ended] + [Waited(t, 1, ended=False) for t in watched])

    left = {time: round(float(1 - table.share_by(time)), 3) for time in (5, 6, 7, 10, 13, 16, 22, 23, 35)}

    assert left == {
        5: 1.0,
        6: 0.857,
        7: 0.807,
        10: 0.753,
        13: 0.690,
        16: 0.627,
        22: 0.538,
        23: 0.448,
        35: 0.448,
    }
    assert table.time_of(HALF) == 23
    assert table.time_of(Fraction(9, 10)) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sampled_from([HALF, Fraction(9, 10)]))
def test_where_all_have_ended_a_quantile_is_the_value_that_so_many_do_not_exceed(values, share):
    found = LifeTable([Waited(value, 1) for value in values]).time_of(share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_nothing_is_said_of_a_time_for_which_nobody_was_watched():
    table = LifeTable([Waited(10, 3), Waited(40, 7, ended=False)])

    assert table.share_by(40) == Fraction(3, 10)
    assert table.share_by(41) is None
    assert LifeTable([]).share_by(1) is None


def waits(row, days, people, *, ended):
    return {"row": row, "value": days, "people": people, "key": people, "ended": ended}


def test_shares_resolved_are_of_all_and_those_that_wait_count_as_waiting():
    found = [waits("IDN", 20, 12, ended=True), waits("IDN", 70, 18, ended=True), waits("IDN", 120, 10, ended=False)]

    figure = survival.counted("R3.days", found, {"IDN": True, "SAU": False})

    assert figure.rows == {
        "IDN/within_30_days": (Tally(12, 12), Tally(40, 40)),
        "IDN/within_60_days": (Tally(12, 12), Tally(40, 40)),
        "IDN/within_90_days": (Tally(30, 30), Tally(40, 40)),
        **{f"SAU/within_{days}_days": (None, None) for days in (30, 60, 90)},
    }


def test_who_left_early_is_not_counted_as_never_resolved():
    """Ten of twenty are resolved on day 10; of the ten others five were watched to day 50 only: half of the rest."""
    found = [
        waits("IDN", 10, 10, ended=True),
        waits("IDN", 50, 5, ended=False),
        waits("IDN", 80, 5, ended=True),
    ]

    rows = survival.counted("R3.days", found, {"IDN": True}).rows

    assert [rows[f"IDN/within_{days}_days"][0].count for days in (30, 60, 90)] == [10, 10, 20]


def test_a_median_needs_people_enough_and_says_whom_it_leaves_out():
    found = [
        *({"row": "IDN", "value": days, "people": 1, "key": 0} for days in range(1, 22)),
        {"row": "IDN", "value": None, "people": 15, "key": 0},
        {"row": "SAU", "value": 30, "people": 9, "key": 0},
    ]
    counts = ("denominator", "left_out")

    counted = quantiles.counted("T1", "days", counts, found, {"IDN": True, "SAU": True, "matched": False})
    (figure,) = protect([counted], RULE)

    assert counted.rows["IDN"][2] == Measured(11, of=(Tally(21),))
    assert [cell.value for cell in figure.rows[0].cells] == [20, 15, 11, 19]
    assert figure.at("SAU", "median") == CONFIDENTIAL
    assert figure.at("matched", "p90").mark == "not_available"


def test_a_ratio_is_told_to_one_decimal():
    found = [{"row": "IDN", "value": Decimal("1.25"), "people": 30, "key": 0}]

    (figure,) = protect([quantiles.counted("C1", "monthly_wages", ["denominator"], found, {"IDN": True})], RULE)

    assert (figure.columns[1].unit, figure.at("IDN", "median").value) == ("ratio", 1.3)


@given(st.integers(1, 3000), st.floats(0.001, 0.999))
def test_limits_are_those_of_the_exact_binomial(workers, rate):
    low, high = league.limits(workers, rate)

    assert binom.cdf(low, workers, rate) >= 0.025 - 1e-9
    assert low == 0 or binom.cdf(low - 1, workers, rate) <= 0.025 + 1e-9
    assert binom.cdf(high, workers, rate) >= 0.975 - 1e-9
    assert high == 0 or binom.cdf(high - 1, workers, rate) <= 0.975 + 1e-9


@pytest.mark.parametrize(("rate", "limits"), [(0, (0, 0)), (1, (40, 40))])
def test_where_nobody_or_everybody_complains_there_is_no_room(rate, limits):
    assert league.limits(40, rate) == limits


def agencies(**counts):
    """A league before and after disclosure control: agency to its complaining workers and workers."""
    rows = {**counts, TOTAL: tuple(map(sum, zip(*counts.values(), strict=True)))}
    found = [
        {"row": code, "numerator": n, "numerator_key": 0, "denominator": d, "denominator_key": 0}
        for code, (n, d) in rows.items()
    ]
    (figure,) = protect([league.counted("A1.origin", found)], RULE)
    return league.judged(figure)


def test_an_agency_stands_within_above_or_below_what_chance_gives():
    figure = agencies(a=(20, 200), b=(60, 200), c=(0, 100), d=(25, 300))

    standing = {row.code: row.cells[-1].states for row in figure.rows if row.code != TOTAL}

    assert standing == {"a": ("within_limits",), "b": ("above_limits",), "c": ("below_limits",), "d": ("below_limits",)}
    assert figure.at("a", "low").value == 85.0  # 17 of 200, were 105 of 800 the chance of each
    assert figure.at("a", "high").value == 180.0
    assert figure.at(TOTAL, "standing") == NOT_APPLICABLE


def test_where_the_complaints_are_too_few_to_be_told_so_is_the_verdict():
    figure = agencies(a=(9, 30), b=(40, 400))

    assert figure.at("a", "standing") == CONFIDENTIAL
    assert figure.at("a", "rate") == CONFIDENTIAL
    assert figure.at("b", "standing") == Cell(states=("within_limits",))


def test_the_verdict_follows_from_what_is_told_beside_it():
    """Two leagues that are told alike are judged alike, whatever was counted."""
    assert agencies(a=(18, 200), b=(60, 400)) == agencies(a=(22, 201), b=(58, 399))
