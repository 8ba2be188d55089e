"""A fingerprint is equal exactly when the content is."""

from decimal import Decimal

from builders import a_placement

from amanah.store.fingerprint import fingerprint
from schemas.streams import STREAMS

FIELDS = STREAMS["placement"].fields


def test_every_field_counts():
    plain = fingerprint(a_placement(), FIELDS)

    changed = {fingerprint(a_placement() | {field: "9"}, FIELDS) for field in FIELDS}

    assert plain not in changed
    assert len(changed) == len(FIELDS)


def test_a_field_added_to_the_schema_later_changes_no_earlier_fingerprint():
    assert fingerprint(a_placement(), [*FIELDS, "added_later"]) == fingerprint(a_placement(), FIELDS)


def test_only_the_fields_asked_for_count():
    assert fingerprint(a_placement(name_arabic="سيتي"), ["stage"]) == fingerprint(a_placement(), ["stage"])


def test_both_sides_find_an_amount_the_same_whatever_zeros_it_came_with():
    """From a model, a database or a Parquet part: the partner's fingerprint of what it was sent must be ours."""
    written = ("1500.5", "1500.50", "1500.500")

    found = {fingerprint(a_placement(wage_amount=Decimal(wage)), FIELDS) for wage in written}

    assert len(found) == 1
    assert fingerprint(a_placement(wage_amount=Decimal("1500.501")), FIELDS) not in found


def test_a_value_read_back_from_the_database_has_the_same_fingerprint():
    assert fingerprint(a_placement(wage_amount=Decimal("1800.00"), previous_passport_nos=["A1"]), FIELDS) == (
        fingerprint(a_placement(wage_amount="1800.00", previous_passport_nos=["A1"]), FIELDS)
    )
