"""One exchange point, two wires: the first that works carries everything, and what went over both is taken once."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import a_placement
from corridor import MONTH, SILENT, hold, holds, ledger_is_whole, message, settings_file
from served import SECRETS, Server

from amanah.cli.main import main
from amanah.demo.services.ports import free_port
from amanah.exchange.api.client import connect as over_api
from amanah.exchange.sftp import connect as over_sftp
from amanah.exchange.transport import OtherContent, ToGet, ToPut, TransportError
from amanah.exchange.wires import in_order
from amanah.node.node import Node

SENT = "IDN-SAU-placement-000001"


class Down:
    """A wire that opens and then does nothing it is asked for."""

    def marks(self, folder: str) -> dict[str, str]:
        raise TransportError(f"list {folder}: lost")

    def put(self, source: Path, folder: str) -> None:
        raise TransportError("lost")

    def get(self, folder: str, name: str, target: Path) -> None:
        raise TransportError("lost")


class Up(Down):
    """A wire on which one package waits."""

    def marks(self, folder: str) -> dict[str, str]:
        return {f"{SENT}.tar.pgp": "test 1"}


def opened(wire: Down, opens: list[str]) -> Callable[[], object]:
    @contextmanager
    def opener() -> Iterator[Down]:
        opens.append(type(wire).__name__)
        yield wire

    return opener


def unreachable() -> object:
    raise TransportError("connect: refused")


def test_the_second_wire_is_not_opened_while_the_first_works():
    opens: list[str] = []
    with in_order(["sftp", "api"], {"sftp": opened(Up(), opens), "api": unreachable}) as wires:
        assert wires.names("/idn-sau/IDN/placement") == [f"{SENT}.tar.pgp"]
        assert (wires.name, wires.given_up) == ("sftp", {})


@pytest.mark.parametrize("first", [unreachable, opened(Down(), [])], ids=["cannot be opened", "is lost later"])
def test_a_wire_that_does_not_work_is_given_up_and_that_is_said(caplog, first):
    opens: list[str] = []
    with (
        caplog.at_level(logging.WARNING),
        in_order(["sftp", "api"], {"sftp": first, "api": opened(Up(), opens)}) as wires,
    ):
        for _ in range(2):
            assert wires.names("/idn-sau/IDN/placement") == [f"{SENT}.tar.pgp"]
        assert (wires.name, list(wires.given_up), opens) == ("api", ["sftp"], ["Up"])

    [said] = caplog.messages
    assert said.startswith("sftp is given up for this run (")
    assert said.endswith("); going on over api")


def test_when_no_wire_works_each_is_named_with_its_reason():
    openers = {"sftp": unreachable, "api": opened(Down(), [])}
    with in_order(["sftp", "api"], openers) as wires, pytest.raises(TransportError) as raised:
        wires.names("/idn-sau/IDN/placement")

    assert str(raised.value) == "sftp: connect: refused; api: list /idn-sau/IDN/placement: lost"


def test_one_file_that_cannot_be_had_does_not_end_the_last_wire(tmp_path):
    opens: list[str] = []
    with in_order(["sftp"], {"sftp": opened(Up(), opens)}) as wires:
        with pytest.raises(TransportError, match="sftp: lost"):
            wires.get("/idn-sau/IDN/placement", f"{SENT}.tar.pgp", tmp_path / "back")
        assert wires.names("/idn-sau/IDN/placement") == [f"{SENT}.tar.pgp"]

    assert opens == ["Up"]


class Copies(Up):
    """A wire to folders on this machine; after ``last`` files it is lost."""

    def __init__(self, last: int) -> None:
        self.carried: list[str] = []
        self._last = last

    def put(self, source: Path, folder: str) -> None:
        if len(self.carried) == self._last:
            raise TransportError("lost")
        self.carried.append(source.name)

    def get(self, folder: str, name: str, target: Path) -> None:
        self.put(Path(name), folder)


@pytest.mark.parametrize("way", ["put", "get"])
def test_a_wire_lost_under_way_leaves_the_rest_to_the_next(way):
    first, second = Copies(2), Copies(9)
    with in_order(["sftp", "api"], {"sftp": opened(first, []), "api": opened(second, [])}) as wires:
        if way == "put":
            told = list(wires.put_each([ToPut(Path(name), "/here") for name in "abcd"]))
        else:
            told = list(wires.get_each([ToGet("/here", name, Path("there")) for name in "abcd"]))

    assert told == [None] * 4
    assert (first.carried, second.carried) == (["a", "b"], ["c", "d"])


def test_several_that_the_last_wire_cannot_carry_are_told_with_every_reason():
    with in_order(["sftp", "api"], {"sftp": unreachable, "api": opened(Copies(1), [])}) as wires:
        told = list(wires.put_each([ToPut(Path(name), "/here") for name in "ab"]))

    assert [str(each) for each in told] == ["None", "sftp: connect: refused; api: lost"]


def test_an_agreed_wire_that_is_not_set_up_is_passed_over_and_said(caplog):
    with in_order(["api", "sftp"], {"sftp": opened(Up(), [])}) as wires:
        assert wires.names("/idn-sau/IDN/placement") == [f"{SENT}.tar.pgp"]

    assert "the agreement names the wire api, which is not set up on this node" in caplog.messages


@pytest.mark.slow
class TestOneExchangePointOnTwoWires:
    """An SSH server and the HTTPS service over the same folders."""

    @pytest.fixture
    def server(self, exchange_point, tmp_path) -> Iterator[Server]:
        server = Server(tmp_path, exchange_point.files, state=str(tmp_path / "state"))
        yield server
        server.stop()

    @pytest.fixture
    def node(self, a_node, exchange_point, server, tmp_path) -> Iterator[Callable[..., Node]]:
        """A party's node whose agreement names ``wires``; those in ``down`` lead nowhere."""
        made: list[Node] = []

        def make(party: str, *wires: str, down: tuple[str, ...] = ()) -> Node:
            first, *others = wires
            agreed = f"transport: {{use: {first}, fallback: [{', '.join(others)}]}}"
            text = SILENT.replace("transport: {use: sftp}", agreed)
            (tmp_path / "idn-sau.yaml").write_text(text, encoding="utf-8")
            sftp = exchange_point.settings(party)
            if "sftp" in down:
                sftp = sftp.model_copy(update={"port": free_port()})
            url = f"http://127.0.0.1:{free_port()}" if "api" in down else server.url
            api = {"url": url, "client_id": f"{party.lower()}-node", "client_secret": SECRETS[party][0]}
            made.append(a_node(party, agreement=tmp_path / "idn-sau.yaml", sftp=sftp, api=api))
            return made[-1]

        yield make
        for each in made:
            each.database.engine.dispose()

    def publish(self, node: Node) -> str:
        hold(node, a_placement(record_ref="IDN-P-1"))
        return node.publish("placement", MONTH).message_id

    def test_what_one_side_sends_over_https_the_other_fetches_over_sftp(self, node, caplog):
        idn = node("IDN", "sftp", "api", down=("sftp",))
        sau = node("SAU", "sftp", "api")
        sent = self.publish(idn)

        delivered, collected = idn.deliver(), sau.collect()
        [admitted] = sau.admit()

        assert (delivered.message_ids, delivered.wire) == ((sent,), "api")
        assert "connect to 127.0.0.1" in delivered.given_up["sftp"]
        assert any(said.startswith("sftp is given up for this run") for said in caplog.messages)
        assert (collected.message_ids, collected.wire, collected.given_up) == ((sent,), "sftp", {})
        assert (admitted.message_id, admitted.applied) == (sent, 1)
        assert list(holds(sau, "IDN")) == ["IDN-P-1"]

    def test_and_the_other_way_round(self, node, server):
        idn, sau = node("IDN", "api", "sftp"), node("SAU", "api", "sftp")
        sent = self.publish(idn)
        server.kill()

        assert idn.deliver().wire == "sftp"
        server.start()
        collected = sau.collect()
        assert (collected.message_ids, collected.wire) == ((sent,), "api")
        assert sau.admit()[0].applied == 1

    def test_a_package_that_went_over_both_wires_is_taken_once(self, node, exchange_point):
        idn, sau = node("IDN", "api"), node("SAU", "api")
        sent, folder = self.publish(idn), "/idn-sau/IDN/placement"
        package = idn.endpoint.outbox(f"{sent}.tar.pgp")

        with over_sftp(exchange_point.settings("IDN")) as sftp, over_api(idn.settings.api) as api:
            sftp.put(package, folder)
            api.put(package, folder)
            sftp.put(package, folder)
        idn.deliver()
        with over_sftp(exchange_point.settings("SAU")) as sftp, over_api(sau.settings.api) as api:
            found = [sau.collect(wire).message_ids for wire in (api, sftp, api)]

        assert found == [(sent,), (), ()]
        assert [each.applied for each in sau.admit()] == [1]
        assert sau.admit() == []
        assert exchange_point.packages() == [f"{sent}.tar.pgp"]
        assert message(idn, sent).state == "stored"

    def test_a_whole_month_both_ways_while_each_side_has_another_wire_left(self, node):
        nodes = {"IDN": node("IDN", "sftp", "api", down=("sftp",)), "SAU": node("SAU", "sftp", "api", down=("api",))}
        for party, each in nodes.items():
            hold(each, a_placement(record_ref=f"{party}-P-1"))
            for stream in ("placement", "complaint"):
                each.publish(stream, MONTH)

        carried = []
        for _ in range(2):  # the packages, then the answers
            carried += [each.deliver() for each in nodes.values()]
            for each in nodes.values():
                carried.append(each.collect())
                each.admit()

        assert [each.wire for each in carried] == ["api", "sftp"] * 4
        assert [list(each.given_up) for each in carried] == [["sftp"], []] * 4
        for party, other in (("IDN", "SAU"), ("SAU", "IDN")):
            assert list(holds(nodes[party], other)) == [f"{other}-P-1"]
            assert nodes[party].months_to_reconcile() == [MONTH]
            assert ledger_is_whole(nodes[party])

    def test_other_content_under_our_message_id_stops_the_delivery_on_every_wire(self, node, exchange_point):
        idn = node("IDN", "api", "sftp")
        sent = self.publish(idn)
        room = exchange_point.room("IDN", "placement")
        room.mkdir(parents=True)
        (room / f"{sent}.tar.pgp").write_bytes(b"somebody was here before")

        with pytest.raises(OtherContent, match=f"{sent}.*409, 123"):
            idn.deliver()

        assert (room / f"{sent}.tar.pgp").read_bytes() == b"somebody was here before"
        assert message(idn, sent).state == "sent"

    def test_when_neither_can_be_reached_the_command_says_so_and_ends_with_status_3(self, node, monkeypatch, capsys):
        idn = node("IDN", "sftp", "api", down=("sftp", "api"))
        self.publish(idn)
        file = settings_file(idn)
        content = file.read_text().replace("'**********'", SECRETS["IDN"][0])
        file.write_text(content)
        monkeypatch.setattr(sys, "argv", ["amanah", "node", "deliver", "--node", str(file)])
        monkeypatch.setattr("amanah.patience.Patience.seconds", lambda *_, **__: None)

        with pytest.raises(SystemExit) as ended:
            main()

        said = capsys.readouterr().err
        assert ended.value.code == 3
        assert "sftp: connect to 127.0.0.1" in said
        assert "api: sign in: 127.0.0.1 cannot be reached" in said

    def test_airflow_finds_the_wires_in_its_connections(self, node, server, tmp_path):
        idn = node("IDN", "sftp", "api", down=("sftp", "api"))
        sent = self.publish(idn)
        file = settings_file(idn)
        content = file.read_text().replace("'**********'", "wrong, and not used")
        file.write_text(content)
        key = str(idn.settings.sftp.private_key)
        connections = {
            "SFTP": {
                "conn_type": "sftp",
                "host": "127.0.0.1",
                "port": free_port(),
                "login": "idn",
                "extra": {"key_file": key, "host_key": idn.settings.sftp.host_key},
            },
            "API": {
                "conn_type": "http",
                "host": "127.0.0.1",
                "schema": "http",
                "port": server.port,
                "login": "idn-node",
                "password": SECRETS["IDN"][0],
            },
        }
        given = {f"AIRFLOW_CONN_AMANAH_IDN_{name}": json.dumps(each) for name, each in connections.items()}
        deliver = (
            "import json, sys; from dataclasses import asdict\n"
            "from amanah.airflow.connections import open_node, wires\n"
            "node = open_node(sys.argv[1])\n"
            "with wires(node) as wire:\n"
            "    print('\\ndone', json.dumps(asdict(node.deliver(wire))))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", deliver, str(file)],
            env={**os.environ, **given, "AIRFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        [line] = [line for line in done.stdout.splitlines() if line.startswith("done ")]
        said = json.loads(line.removeprefix("done "))
        assert (said["message_ids"], said["wire"], list(said["given_up"])) == ([sent], "api", ["sftp"])
        assert SECRETS["IDN"][0] not in done.stdout + done.stderr
