"""Values as text: one form each, and read back the same."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.texts import from_text, to_text

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.text(";\\a", min_size=1, max_size=6)
VALUES = {
    str: texts,
    date: st.dates(),
    Decimal: st.decimals(0, Decimal("9999999999.999"), places=3),
    int: st.integers(0, 999_999_999),
    list[str]: st.lists(texts, max_size=4),
    list[date]: st.lists(st.dates(), max_size=4),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_what_is_written_is_read_back(kind):
    @given(st.none() | VALUES[kind])
    def round_trip(value):
        assert from_text(to_text(value), kind) == value

    round_trip()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (date(2026, 7, 1), "2026-07-01"),
        (Decimal("1500.00"), "1500.00"),
        (Decimal("1500.000"), "1500.00"),
        (Decimal(1500), "1500.00"),
        (Decimal("125.500"), "125.50"),
        (Decimal("125.505"), "125.505"),
        (Decimal("1E+3"), "1000.00"),
        (8, "8"),
        (["A1", "B2"], "A1;B2"),
        (["one; two", "back\\slash"], "one\\; two;back\\\\slash"),
        ([], ";"),
        ([date(2026, 7, 1)], "2026-07-01"),
    ],
)
def test_each_value_has_one_form(value, text):
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("01/07/2026", date),
        ("20260701", date),
        ("2026-02-31", date),
        ("٢٠٢٦-٠٧-٠١", date),
        (" 2026-07-02", date),
        ("1,500.00", Decimal),
        ("1e3", Decimal),
        ("NaN", Decimal),
        ("1_500", Decimal),
        ("8.0", int),
        ("٨", int),
        ("A;;B", list[str]),
        ("A;", list[str]),
        ("A\\B", list[str]),
        ("A\\", list[str]),
        ("2026-07-01;x", list[date]),
    ],
)
def test_what_is_written_otherwise_is_refused_and_not_repeated(text, kind):
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        from_text(text, kind)

    assert text not in str(caught.value)


def test_an_empty_item_cannot_be_written():
    with pytest.raises(ValueError, match="empty item"):
        to_text(["A", ""])
