"""Months and quarters as people and pipelines name them."""

from datetime import UTC, datetime

import pytest

from amanah.periods import checked_period, checked_quarter, end_of, months_of


@pytest.mark.parametrize("text", ["", "2026-7", "2026-13", "2026-00", "July 2026", "2026-07-01", "2026-07\n"])
def test_what_is_no_month_is_refused(text):
    assert checked_period("2026-07") == "2026-07"
    with pytest.raises(ValueError, match="expected a month such as 2026-07"):
        checked_period(text)


@pytest.mark.parametrize("text", ["2026-Q3", "2026Q3"])
def test_a_quarter_has_three_months(text):
    assert checked_quarter(text) == "2026-Q3"
    assert months_of(text) == ("2026-07", "2026-08", "2026-09")


@pytest.mark.parametrize("text", ["2026-Q5", "2026-Q0", "Q3", "2026-3"])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError, match=r"expected e\.g\. 2026-Q3"):
        checked_quarter(text)


@pytest.mark.parametrize(
    ("month", "zone", "moment"),
    [
        ("2026-07", "Asia/Jakarta", datetime(2026, 7, 31, 17, tzinfo=UTC)),
        ("2026-12", "Asia/Riyadh", datetime(2026, 12, 31, 21, tzinfo=UTC)),
    ],
)
def test_a_month_ends_when_it_ends_where_the_party_lives(month, zone, moment):
    assert end_of(month, zone) == moment
