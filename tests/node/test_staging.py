"""Which rows of a window count, when a source shows a record more than once."""

from datetime import UTC, datetime

import pytest

from amanah.node import staging
from amanah.sources import MappedRow

JULY = datetime(2026, 7, 2, tzinfo=UTC)
AUGUST = datetime(2026, 8, 2, tzinfo=UTC)


@pytest.fixture
def staged(tmp_path):
    """What is left of rows given as (position, moment, values)."""

    def stage(*rows):
        made = [MappedRow(place, values, {"no": place}, (), moment) for place, moment, values in rows]
        staging.write(tmp_path / "batch.ndjson", made, watermark=None)
        return [each.position for each in staging.read(tmp_path / "batch.ndjson").candidates]

    return stage


def test_only_the_newest_state_of_a_record_counts(staged):
    assert staged(("july 2", JULY, {"record_ref": "A"}), ("august 2", AUGUST, {"record_ref": "A"})) == ["august 2"]


def test_a_row_that_every_months_file_repeats_unchanged_is_one_row(staged):
    """A drop of growing files: what July said stands in August's file again, with July's time of change."""
    row = {"record_ref": "A", "stage": "arrived"}
    rows = ("july 2", JULY, row), ("july 3", JULY, row | {"record_ref": "B"}), ("august 2", JULY, row)
    assert staged(*rows) == ["july 2", "july 3"]


def test_two_states_of_one_moment_are_both_kept_for_the_check_to_refuse(staged):
    rows = ("july 2", JULY, {"record_ref": "A", "sex": "F"}), ("august 2", JULY, {"record_ref": "A", "sex": "M"})
    assert staged(*rows) == ["july 2", "august 2"]
