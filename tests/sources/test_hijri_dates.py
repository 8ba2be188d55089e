"""Dates in two calendars. The anchors are days that the Umm al-Qura calendar itself announces."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.sources.transforms import named
from schemas import codelists

ANCHORS = [
    ("1343-01-01", date(1924, 8, 1)),
    ("1420-09-01", date(1999, 12, 9)),
    ("1444-09-01", date(2023, 3, 23)),
    ("1445-01-01", date(2023, 7, 19)),
    ("1447-01-01", date(2025, 6, 26)),
    ("1500-12-30", date(2077, 11, 16)),
]


@pytest.mark.parametrize(("text", "day"), ANCHORS)
def test_hijri_days_become_gregorian(text, day):
    year, month, number = text.split("-")
    assert named("date_hijri").read(text) == day
    assert named("date_hijri").read(f"{year}/{int(month)}/{int(number)}") == day
    assert named("date_hijri_dmy").read(f"{number}/{month}/{year}") == day
    assert named("date_either").read(text) == day
    assert type(named("date_hijri").read(text)) is date


@given(st.dates(date(1924, 8, 1), date(2077, 11, 15)))
def test_the_day_after_a_hijri_day_is_the_next_gregorian_day(day):
    hijri = named("date_hijri")
    assert hijri.read(hijri.write(day)) + timedelta(days=1) == hijri.read(hijri.write(day + timedelta(days=1)))


@pytest.mark.parametrize(
    ("name", "text", "day"),
    [
        ("date_either_dmy", "01/07/2026", date(2026, 7, 1)),
        ("date_either_dmy", "01/01/1447", date(2025, 6, 26)),
        ("date_either_dmy", "2026-07-01", date(2026, 7, 1)),
        ("date_either_dmy", "1447-01-01", date(2025, 6, 26)),
        ("date_either", "1990-02-03", date(1990, 2, 3)),
    ],
)
def test_the_year_tells_the_calendar(name, text, day):
    assert named(name).read(text) == day


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date_hijri", "1342-12-29"),  # before the tables
        ("date_hijri", "1501-01-01"),  # after them
        ("date_hijri", "1990-02-03"),  # Gregorian
        ("date_hijri", "1410-02-30"),  # a month of 29 days
        ("date_hijri", "1410-13-01"),
        ("date_either", "1320-01-01"),
        ("date_either", "1700-01-01"),
        ("date_either", "2126-01-01"),
        ("date_either", "01/07/2026"),
        ("date_either_dmy", "00/00/1990"),
        ("partial:date_either_dmy", "05/00/1990"),
        ("partial:date_dmy", "32/01/1990"),
        ("partial:date_dmy", "13/1990"),
        ("partial:date_dmy", "90"),
        ("precision_of:date_dmy", "31/02/1990"),
        ("calendar_of:date_either", "1990-02-30"),
    ],
)
def test_what_is_no_day_is_refused_without_repeating_it(name, text):
    with pytest.raises(ValueError, match=r"not a|must be|out of range") as refusal:
        named(name).read(text)
    assert text not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "day", "precision", "calendar"),
    [
        ("03/02/1990", date(1990, 2, 3), "day", "gregorian"),
        ("00/02/1990", date(1990, 2, 1), "month", "gregorian"),
        ("02/1990", date(1990, 2, 1), "month", "gregorian"),
        ("1990-02", date(1990, 2, 1), "month", "gregorian"),
        ("00/00/1990", date(1990, 1, 1), "year", "gregorian"),
        ("1990-00-00", date(1990, 1, 1), "year", "gregorian"),
        ("1990", date(1990, 1, 1), "year", "gregorian"),
        ("1410", date(1989, 8, 2), "year", "umm_al_qura"),
        ("00/09/1410", date(1990, 3, 27), "month", "umm_al_qura"),
        ("01/01/1410", date(1989, 8, 2), "day", "umm_al_qura"),
    ],
)
def test_of_a_day_known_in_part_it_is_said_how_much_and_in_which_calendar(text, day, precision, calendar):
    known = [named(f"{family}:date_either_dmy").read(text) for family in ("partial", "precision_of", "calendar_of")]
    assert known == [day, precision, calendar]


def test_precision_and_calendar_are_codes_of_the_contract():
    texts = ["1990", "02/1990", "03/02/1990", "1410"]
    precisions = {named("precision_of:date_either_dmy").read(text) for text in texts}
    calendars = {named("calendar_of:date_either_dmy").read(text) for text in texts}
    assert precisions == set(codelists.load("date_precision").codes)
    assert calendars == set(codelists.load("calendar").codes)
