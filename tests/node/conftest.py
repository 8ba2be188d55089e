"""Ministries' systems as small files, and the two nodes that read them."""

from functools import partial

import pytest
from ministry import Ministry
from offices import Office


@pytest.fixture
def office(tmp_path):
    """An office that drops one CSV file a month: how a node reaches it, and how its file is laid down."""
    return partial(Office, tmp_path / "offices")


@pytest.fixture
def ministry(database, agreement, tmp_path):
    """Indonesia's systems: two registers, the embassy and the foreign ministry's registrations."""
    return Ministry(database, agreement, tmp_path)
