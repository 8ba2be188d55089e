"""The demonstration's nodes work with a role that cannot change the ledger, as a real node should."""

import pytest

from amanah.demo import setup
from amanah.demo.house import House
from amanah.node import Node
from amanah.store.roles import power_over_ledger
from schemas.agreement import FOLDER

pytestmark = pytest.mark.slow


def test_a_node_of_the_demonstration_cannot_change_its_ledger(postgres, agreement, tmp_path):
    for party in agreement.parties:
        setup.node_database(postgres, party)
    house = House.build(tmp_path, list(agreement.parties))
    setup.exchange_point(house, agreement)

    files = setup.nodes(house, FOLDER / "idn-sau.yaml", agreement, postgres)

    for party, file in files.items():
        node = Node.load(file)
        with node.database.engine.connect() as connection:
            power = power_over_ledger(connection)
        node.database.engine.dispose()
        assert (power.role, power.could_rewrite) == (f"node_{party.lower()}", False)
        assert node.settings.database_owner is None
