"""A written edition of a plausible quarter, made once."""

import pytest
from frozen import a_quarter
from written import Written, write


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Written:
    return write(a_quarter(), tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def edition_of(tmp_path):
    """Write the edition of a snapshot in the making."""
    return lambda frozen: write(frozen, tmp_path)
