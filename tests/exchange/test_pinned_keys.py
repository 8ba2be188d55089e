"""Two nodes whose agreement names the keys: a rotation loses nothing, a revoked key is refused."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import a_placement
from corridor import SILENT, Corridor, alarms, answer, hold, holds, message

from amanah.exchange import seal
from amanah.exchange.codes import Code
from amanah.exchange.seal.keyring import KeyFault
from amanah.exchange.sftp import connect
from amanah.node.node import Node
from amanah.node.settings import KeySettings

pytestmark = pytest.mark.slow

TODAY = datetime.now(UTC).date()
AFTER = {"IDN": "    engineer: pipeline@kp2mi.example\n", "SAU": "    engineer: pipeline@mhrsd.example\n"}
FIRST, SECOND = "IDN-SAU-placement-000001", "IDN-SAU-placement-000002"


class Ceremony:
    """Makes keys, and writes the agreement that names them."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.pins: dict[str, dict[str, dict[str, object]]] = {"IDN": {}, "SAU": {}}

    def key(self, party: str, name: str, first: int, last: int, *, revoked: int | None = None) -> None:
        """Make a key; its days count from today."""
        files = self.folder / f"{party}-{name}.key", self.folder / f"{party}-{name}.cert"
        fingerprint = seal.generate(f"{party} {name}", *files)
        self.pins[party][name] = {
            "fingerprint": f'"{fingerprint}"',
            "not_before": TODAY + timedelta(days=first),
            "not_after": TODAY + timedelta(days=last),
        }

    def revoke(self, party: str, name: str) -> None:
        self.pins[party][name]["revoked_on"] = TODAY

    def signed(self):
        """The agreement as both sides sign it now."""
        text = SILENT
        text = text.replace("environment: test", "environment: live")
        for party, line in AFTER.items():
            keys = [", ".join(f"{k}: {v}" for k, v in pin.items()) for pin in self.pins[party].values()]
            text = text.replace(line, line + "    keys:\n" + "".join(f"      - {{{each}}}\n" for each in keys))
        path = self.folder / "idn-sau.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def held_by(self, party: str) -> KeySettings:
        other = "SAU" if party == "IDN" else "IDN"
        return KeySettings(
            ours=[self.folder / f"{party}-{name}.key" for name in self.pins[party]],
            partner=[self.folder / f"{other}-{name}.cert" for name in self.pins[other]],
        )


@pytest.fixture
def ceremony(tmp_path):
    made = Ceremony(tmp_path)
    made.key("IDN", "first", -200, 100)
    made.key("SAU", "first", -200, 100)
    return made


@pytest.fixture
def agreed(ceremony, a_node, exchange_point):
    """``agreed()``: the two nodes with the agreement and the keys of now; called again, the same nodes later."""
    made: dict[str, Node] = {}
    with ExitStack() as wires:
        open_wires = {party: wires.enter_context(connect(exchange_point.settings(party))) for party in ("IDN", "SAU")}

        def now() -> Corridor:
            change = {party: {"agreement": ceremony.signed(), "keys": ceremony.held_by(party)} for party in open_wires}
            for party, values in change.items():
                made[party] = (
                    Node(made[party].settings.model_copy(update=values))
                    if party in made
                    else a_node(party, sftp=exchange_point.settings(party), **values)
                )
            return Corridor(made["IDN"], made["SAU"], exchange_point, "2026-07", open_wires)

        yield now
        for node in made.values():
            node.database.engine.dispose()


def test_a_rotation_of_both_sides_loses_nothing(ceremony, agreed: Callable[[], Corridor]):
    corridor = agreed()
    corridor.send(a_placement("IDN-P-1"))
    corridor.exchange()

    ceremony.key("IDN", "second", -1, 400)
    ceremony.key("SAU", "second", -1, 400)
    corridor = agreed()
    corridor.send(a_placement("IDN-P-2"), month="2026-08")
    corridor.exchange()

    assert message(corridor.idn, FIRST).state == message(corridor.idn, SECOND).state == "accepted"
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    assert alarms(corridor.idn) == alarms(corridor.sau) == []


def test_what_a_revoked_key_signed_is_refused_and_its_content_comes_again_under_the_new_one(ceremony, agreed):
    ceremony.key("IDN", "second", -1, 400)
    ceremony.revoke("IDN", "first")
    corridor = agreed()
    hold(corridor.idn, a_placement("IDN-P-1"))
    thief = corridor.idn.endpoint  # has the agreement of before, in which the first key still counts
    old = replace(thief.keys, ours=ceremony.folder / "IDN-first.key", our_pins=())
    corridor.idn.__dict__["endpoint"] = replace(thief, keys=old)
    corridor.idn.publish("placement", "2026-07")
    del corridor.idn.__dict__["endpoint"]
    corridor.exchange()

    refused = answer(corridor.idn, FIRST).file_errors[0]
    assert refused.code == Code.KEY_OUT_OF_TERM
    assert f"is revoked from {TODAY}" in refused.message
    assert holds(corridor.sau, "IDN") == {}

    corridor.idn.publish("placement", "2026-07")
    corridor.exchange()
    assert message(corridor.idn, SECOND).state == "accepted"
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}


def test_what_was_signed_after_the_keys_term_is_refused(ceremony, agreed):
    ceremony.key("IDN", "second", -1, 400)
    ceremony.pins["IDN"]["first"]["not_after"] = TODAY - timedelta(days=1)
    corridor = agreed()
    hold(corridor.idn, a_placement("IDN-P-1"))
    forgetful = corridor.idn.endpoint  # goes on with the first key
    keys = replace(forgetful.keys, ours=ceremony.folder / "IDN-first.key", our_pins=())
    corridor.idn.__dict__["endpoint"] = replace(forgetful, keys=keys)
    corridor.idn.publish("placement", "2026-07")
    del corridor.idn.__dict__["endpoint"]
    corridor.exchange()

    refused = answer(corridor.idn, FIRST).file_errors[0]
    assert refused.code == Code.KEY_OUT_OF_TERM
    assert "counted only until" in refused.message


def test_a_node_whose_only_key_is_out_of_term_builds_nothing(ceremony, agreed):
    ceremony.pins["IDN"]["first"]["not_after"] = TODAY - timedelta(days=1)
    corridor = agreed()
    hold(corridor.idn, a_placement("IDN-P-1"))

    with pytest.raises(KeyFault, match="counted only until"):
        corridor.idn.publish("placement", "2026-07")

    assert corridor.idn.endpoint.outbox("x").parent.exists()
    assert list(corridor.idn.endpoint.outbox("x").parent.iterdir()) == []
