from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.sources.transforms import TRANSFORMS, named

words = st.text(st.characters(codec="utf-8", exclude_characters=";"), min_size=1).map(str.strip).filter(bool)
VALUES = {
    "strip": words,
    "upper": words.map(str.upper).map(str.strip).filter(lambda text: text.upper() == text),
    "date_iso": st.dates(),
    "date_dmy": st.dates(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2),
    "list_semicolon": st.lists(words, min_size=1),
    "prefix:IDN-P-": words.map("IDN-P-".__add__),
}


def test_every_transform_is_tried_here():
    assert set(TRANSFORMS) < set(VALUES)


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_what_is_written_is_read_back(name, data):
    value = data.draw(VALUES[name])
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
        ("decimal", "1.500,00"),
        ("decimal", "NaN"),
    ],
)
def test_unreadable_text_is_refused_without_repeating_it(name, text):
    with pytest.raises(ValueError, match=r"not a|must be|out of range") as refusal:
        named(name).read(text)
    assert text not in str(refusal.value)


def test_an_unknown_transform_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"no transform 'dmy'.*date_dmy"):
        named("dmy")


def test_a_separator_inside_an_item_would_split_it_and_is_refused():
    with pytest.raises(ValueError, match="separator"):
        named("list_semicolon").write(["A;1"])
