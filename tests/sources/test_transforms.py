from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.sources.transforms import TRANSFORMS, named

words = st.text(st.characters(codec="utf-8", exclude_characters=";"), min_size=1).map(str.strip).filter(bool)
plain = st.from_regex(r"[A-Z]{2,8}", fullmatch=True)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=3)
hijri_days = st.dates(date(1924, 8, 1), date(2077, 11, 16))
VALUES = {
    "strip": words,
    "upper": words.map(str.upper).map(str.strip).filter(lambda text: text.upper() == text),
    "date_iso": st.dates(),
    "date_dmy": st.dates(),
    "decimal": amounts,
    "list_semicolon": st.lists(words, min_size=1),
    "prefix:IDN-P-": words.map("IDN-P-".__add__),
    "clean": plain,
    "digits": plain,
    "no_spaces": plain,
    "whole": plain,
    "unquote": plain,
    "excel_date": plain,
    "excel_date_1904": plain,
    "pad:4": plain,
    "list:|": st.lists(plain, min_size=1),
    "decimal_comma": amounts,
    "decimal_point": amounts,
    "decimal_arabic": amounts,
    "int": st.integers(),
    "date_hijri": hijri_days,
    "date_hijri_dmy": hijri_days,
    "date_either": st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    "date_either_dmy": st.dates(date(1900, 1, 1), date(2099, 12, 31)),
}
CHAINS = {
    ("digits", "date_dmy"): st.dates(),
    ("excel_date", "date_iso"): st.dates(),
    ("list:|", "date_hijri_dmy"): st.lists(hijri_days, min_size=1),
    ("unquote", "whole", "pad:6"): plain.filter(lambda text: len(text) > 5),
    ("clean", "prefix:SAU-P-"): plain.map("SAU-P-".__add__),
}


def test_every_transform_is_tried_here():
    assert set(TRANSFORMS) < set(VALUES)


@pytest.mark.parametrize("name", [*VALUES, *CHAINS], ids=str)
@given(data=st.data())
def test_what_is_written_is_read_back(name, data):
    value = data.draw((VALUES | CHAINS)[name])
    transform = named(name)
    assert transform.read(transform.write(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("strip", "  B123  ", "B123"),
        ("upper", "idn", "IDN"),
        ("date_iso", "2026-07-01", date(2026, 7, 1)),
        ("date_dmy", "01/07/2026", date(2026, 7, 1)),
        ("decimal", "1500.50", Decimal("1500.50")),
        ("list_semicolon", "A1; B2;", ["A1", "B2"]),
        ("prefix:SAU-P-", "0042", "SAU-P-0042"),
        ("clean", "\u200f\ufeffسيتي\u00a0 \u200cعـائشة\u061c", "سيتي عـائشة"),
        ("clean", "S\u00adI\u200bT\u200d\u200e\u202a\u202e\u2060\u2066\u2069I\u202fC", "SITI C"),
        ("digits", "A٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹", "A0123456789 0123456789"),
        ("no_spaces", " B 123\u00a0456 ", "B123456"),
        ("pad:10", "234567890", "0234567890"),
        ("pad:10", "2345678901", "2345678901"),
        ("pad:10", "12345678901", "12345678901"),
        ("pad:10", "B1234567", "B1234567"),
        ("list:،", "أ، ب ،", ["أ", "ب"]),
        ("whole", "2345678901.0", "2345678901"),
        ("whole", "1.5", "1.5"),
        ("whole", "B1.0", "B1.0"),
        ("unquote", "'0123", "0123"),
        ("unquote", "O'Hara", "O'Hara"),
        ("excel_date", "46204", "2026-07-01"),
        ("excel_date", "46204.0", "2026-07-01"),
        ("excel_date_1904", "44742", "2026-07-01"),
        ("excel_date", "1990", "1990"),
        ("excel_date", "01/07/2026", "01/07/2026"),
        ("excel_date", "46204.5", "46204.5"),
        ("decimal_comma", "1.500,50", Decimal("1500.50")),
        ("decimal_comma", "1.500", Decimal(1500)),
        ("decimal_comma", "-1500,5", Decimal("-1500.5")),
        ("decimal", "125.505", Decimal("125.505")),
        ("decimal_comma", "1.125,505", Decimal("1125.505")),
        ("decimal_point", "1,125.505", Decimal("1125.505")),
        ("decimal_point", "1,500.50", Decimal("1500.50")),
        ("decimal_point", "12,345,678", Decimal(12345678)),
        ("decimal_arabic", "١٬٥٠٠٫٥٠", Decimal("1500.50")),
        ("int", "08", 8),
        (["digits", "no_spaces", "pad:10"], "٢٣٤ ٥٦٧ ٨٩٠", "0234567890"),
        (["digits", "date_dmy"], "٠١/٠٧/٢٠٢٦", date(2026, 7, 1)),
        (["excel_date", "date_dmy"], "46204", date(2026, 7, 1)),
        (["list:;", "date_dmy"], "01/07/2026; 2/7/2026;", [date(2026, 7, 1), date(2026, 7, 2)]),
        (["clean", "date_dmy"], "\u200f", ""),
    ],
)
def test_native_text_becomes_a_contract_value(name, text, value):
    assert named(name).read(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date_iso", "01/07/2026"),
        ("date_iso", "20260701"),
        ("date_iso", "2026-02-30"),
        ("date_dmy", "07/13/2026"),
        ("date_dmy", "1/7/26"),
        ("date_dmy", "1/7-2026"),
        ("date_iso", "0000-01-01"),
        ("date_iso", "2026-07-01T00:00:00"),
        ("date_iso", "٢٠٢٦-٠٧-٠١"),
        ("decimal_comma", "1.50"),
        ("decimal_comma", "1500.000"),
        ("decimal_comma", "150.1250"),
        ("decimal_point", "1,50"),
        ("decimal_point", "1,5000"),
        ("decimal", "1_500"),
        ("decimal", "1.23457E+15"),
        ("int", "8.5"),
        ("int", "1e3"),
        (["list:;", "date_dmy"], "01/07/2026;2026"),
        ("decimal", "1.500,00"),
        ("decimal", "NaN"),
    ],
)
def test_unreadable_text_is_refused_without_repeating_it(name, text):
    with pytest.raises(ValueError, match=r"not a|must be|out of range") as refusal:
        named(name).read(text)
    assert text not in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["partial:date_dmy", "precision_of:date_dmy", "calendar_of:date_dmy", ["digits", "partial:date_iso"]]
)
def test_what_cannot_be_known_afterwards_is_not_written(name):
    transform = named(name)
    with pytest.raises(ValueError, match="only reads"):
        transform.write(transform.read("1990"))


@pytest.mark.parametrize(("asked", "said"), [("pad:x", "width"), ("pad:1", "width"), ("prefix:", "no transform")])
def test_a_family_needs_a_value_of_use(asked, said):
    with pytest.raises(ValueError, match=said):
        named(asked)


def test_an_unknown_transform_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"no transform 'dmy'.*date_dmy"):
        named("dmy")


def test_a_separator_inside_an_item_would_split_it_and_is_refused():
    with pytest.raises(ValueError, match="separator"):
        named("list_semicolon").write(["A;1"])
