"""Two nodes and the exchange point between them, with what tests do to them in one word each."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from builders import Record
from sqlalchemy import select

from amanah.demo.services.keys import make_keypair, pinned, public_key_file
from amanah.demo.services.ports import free_port
from amanah.demo.services.processes import Service
from amanah.demo.services.sftp_server import exchange_point, sftp_service
from amanah.exchange import ledger as ledgers
from amanah.exchange.transport import Transport
from amanah.node.node import Node
from amanah.node.settings import ExchangePoint as ExchangePointSettings
from amanah.store import records, tables
from amanah.store.fingerprint import fingerprint
from amanah.store.records import Revision
from schemas.agreement import FOLDER
from schemas.envelope import StatusMessage
from schemas.streams import STREAMS

PARTIES = ("IDN", "SAU")
MONTH, NEXT_MONTH = "2026-07", "2026-08"
TOLD = "cases:\n  told: true\n"
SILENT = (FOLDER / "idn-sau.yaml").read_text(encoding="utf-8").replace(TOLD, "")
"""The first corridor's agreement, but that nobody tells of cases: most tests count what records bring about."""


def silent_on_cases(folder: Path) -> Path:
    """That agreement as a file, with what stands beside it."""
    shutil.copy(FOLDER / "idn-sau.expectations.yaml", folder)
    file = folder / "idn-sau.yaml"
    file.write_text(SILENT, encoding="utf-8")
    return file


class ExchangePoint:
    """The demonstration's SFTP server with a user and a folder for each party."""

    def __init__(self, folder: Path, corridor: str) -> None:
        self.files, self.port, self.corridor = folder / "files", free_port(), corridor
        self._folder = folder
        for party in PARTIES:
            make_keypair(folder / party)

    def service(self) -> Service:
        users = {party: public_key_file(self._folder / party) for party in PARTIES}
        return sftp_service(exchange_point(self._folder, self.port, self.corridor, users), self.port)

    def settings(self, party: str, *, host_key: Path | None = None) -> ExchangePointSettings:
        """How ``party`` reaches it; ``host_key`` pins another host key than the server's."""
        return ExchangePointSettings(
            host="127.0.0.1",
            port=self.port,
            username=party.lower(),
            private_key=self._folder / party,
            host_key=pinned(host_key or self._folder / ".host_key"),
        )

    def room(self, sender: str, stream: str) -> Path:
        """Where the packages of ``sender`` lie on the server."""
        return self.files / self.corridor / sender / stream

    def packages(self) -> list[str]:
        """The names of all complete packages."""
        return sorted(path.name for path in self.files.rglob("*.pgp"))

    def clear(self) -> None:
        for room in (self.files / self.corridor).glob("*/*"):
            shutil.rmtree(room)


@dataclass(frozen=True)
class Corridor:
    """Indonesia's and Saudi Arabia's nodes and the exchange point between them, with one open session each."""

    idn: Node
    sau: Node
    point: ExchangePoint
    month: str
    wires: Mapping[str, Transport]

    def exchange(self) -> None:
        """Both sides deliver, collect and admit, twice: messages, then answers."""
        for _ in range(2):
            for node in (self.idn, self.sau):
                node.deliver(self.wires[node.us])
            for node in (self.idn, self.sau):
                node.collect(self.wires[node.us])
                node.admit()

    def send(self, *held: Record, month: str | None = None, stream: str = "placement") -> str:
        """Indonesia comes to hold ``held``, publishes and delivers; returns the message id."""
        month = month or self.month
        hold(self.idn, *held, month=month, stream=stream)
        published = self.idn.publish(stream, month)
        self.idn.deliver(self.wires["IDN"])
        return published.message_id


def settings_file(node: Node) -> Path:
    """Write ``node.yaml`` for a process that is to be this node."""
    content = node.settings.model_dump(mode="json", exclude_none=True)
    content["database"] = node.settings.database.get_secret_value()
    node.settings.store.mkdir(parents=True, exist_ok=True)
    file = node.settings.store / "node.yaml"
    text = yaml.safe_dump(content)
    if not file.exists() or file.read_text(encoding="utf-8") != text:  # another process may be reading it
        file.write_text(text, encoding="utf-8")
    return file


def hold(node: Node, *held: Record, month: str = MONTH, stream: str = "placement", withdrawn: bool = False) -> None:
    """Let ``node`` come to hold ``held`` as its own records in ``month``, each as its next revision."""
    with node.database.engine.begin() as connection:
        known = records.latest(connection, stream, holder=node.us)
        revisions = [
            Revision(
                str(record["record_ref"]),
                (known[str(record["record_ref"])].revision if str(record["record_ref"]) in known else 0) + 1,
                record,
                fingerprint(record, STREAMS[stream].fields),
                withdrawn=withdrawn,
            )
            for record in held
        ]
        records.add_ours(connection, stream, revisions, us=node.us, known_in=month, origin="test")


def holds(node: Node, holder: str, *, stream: str = "placement", month: str = "2099-12") -> dict[str, Record]:
    """What ``node`` holds of ``holder``'s records, by reference."""
    table = records.current(node.database, stream, holder=holder, as_of=month)
    return {row["record_ref"]: row for row in table.to_pylist()}


def message(node: Node, message_id: str) -> object:
    """The row of one message."""
    with node.database.engine.connect() as connection:
        return connection.execute(select(tables.message).where(tables.message.c.message_id == message_id)).one()


def states(node: Node) -> dict[str, str]:
    """The state of every message, by id."""
    with node.database.engine.connect() as connection:
        return dict(connection.execute(select(tables.message.c.message_id, tables.message.c.state)).all())


def answer(node: Node, message_id: str) -> StatusMessage:
    """The answer that ``node`` has given to, or got for, a message."""
    return StatusMessage.model_validate(message(node, message_id).answer)


def alarms(node: Node) -> list[str]:
    """The reasons of the alarms in the ledger."""
    return [row.detail["reason"] for row in entries(node) if row.event == "alarm"]


def entries(node: Node) -> Sequence[object]:
    """The ledger, in order."""
    with node.database.engine.connect() as connection:
        return connection.execute(select(tables.ledger).order_by(tables.ledger.c.position)).all()


def ledger_is_whole(node: Node) -> bool:
    with node.database.engine.connect() as connection:
        return ledgers.first_broken_entry(connection) is None


def row_counts(node: Node) -> dict[str, int]:
    """How many rows each table of ``node`` has."""
    with node.database.engine.connect() as connection:
        return {name: len(connection.execute(select(table)).all()) for name, table in tables.metadata.tables.items()}
