"""A node that is served, in a process of its own, under an agreement that pins both sides' keys."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from serving import Served

from amanah.exchange import seal
from amanah.partner.settings import PartnerSettings


@pytest.fixture
def serve(tmp_path_factory) -> Iterator[Callable[..., Served]]:
    """Serve nodes, each in a folder of its own."""
    made: list[Served] = []

    def start(*arguments: str) -> Served:
        made.append(Served(tmp_path_factory.mktemp("served") / "node", *arguments))
        return made[-1]

    yield start
    for each in made:
        if each.process.poll() is None:
            each.interrupt()
        shutil.rmtree(each.folder, ignore_errors=True)


@pytest.fixture
def pinned_keys(tmp_path) -> dict[str, str]:
    """Keys of both parties in the folder ``keys``; their fingerprints."""
    return {
        party: seal.generate(party, tmp_path / "keys" / f"{party}.key.pgp", tmp_path / "keys" / f"{party}.cert.pgp")
        for party in ("IDN", "SAU")
    }


@pytest.fixture
def reach(exchange_point, key_files, agreement_file) -> PartnerSettings:
    """How Indonesia reaches Saudi Arabia's node of the test corridor."""
    return PartnerSettings.model_validate(
        {
            "party": "IDN",
            "agreement": agreement_file,
            "keys": {"ours": key_files["IDN"][0], "partner": key_files["SAU"][1]},
            "sftp": exchange_point.settings("IDN").model_copy(update={"attempts": 1}),
        }
    )
