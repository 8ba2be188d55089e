"""One demonstration for all of these tests, kept up, and one bad month that its Airflow is given afterwards."""

from collections.abc import Iterator

import pytest
from bad_month import BadMonth
from demonstrations import Demonstration, Place, left_running
from leaks import Detector, personal_values

RECORDS = 400


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """``amanah demo up``, done; its services run until the last test has ended, and not a moment longer."""
    place = Place.below(tmp_path_factory.mktemp("acceptance"))
    try:
        yield Demonstration.up(place, RECORDS)
    finally:
        done = place.amanah("down")
        assert (done.returncode, left_running(place.folder)) == (0, []), done.stdout


@pytest.fixture(scope="session")
def bad_month(demonstration: Demonstration) -> BadMonth:
    """A month whose records are refused, put through Airflow: where something fails, texts are most likely to leak."""
    return BadMonth.happen(demonstration)


@pytest.fixture(scope="session")
def detector(demonstration: Demonstration, bad_month: BadMonth) -> Detector:
    """Finds any personal value of the corridor, those of the bad month included."""
    return Detector(personal_values(demonstration.corridor) | bad_month.values)
