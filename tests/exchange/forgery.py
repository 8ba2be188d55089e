"""A partner whose messages are made by hand, so that they can be wrong in one thing at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corridor import Corridor, answer

from amanah.exchange import package, parts, seal
from amanah.exchange.parts import Statement
from amanah.exchange.seal import Keys
from schemas.envelope import Action, Manifest, StatusMessage
from schemas.streams import Stream


@dataclass
class Forger:
    """Puts Saudi Arabia's messages on the exchange point and lets Indonesia answer them."""

    corridor: Corridor
    folder: Path
    manifest: Manifest
    _before: str | None = field(default=None, init=False)

    def send(
        self,
        *statements: Statement,
        sequence: int = 1,
        fields: Sequence[str] | None = None,
        keys: Keys | None = None,
        tampered: dict[str, bytes] | None = None,
        stream: Stream | None = None,
        **says: object,
    ) -> StatusMessage:
        """Send one message and return Indonesia's answer.

        ``fields`` are the columns of the part, ``tampered`` replaces the content of parts after they were described,
        ``stream`` is another major than the current one; further keywords replace what the manifest says.
        """
        self.folder.mkdir(exist_ok=True)
        agreement = self.corridor.sau.agreement
        columns = tuple(fields or agreement.granted("placement", sender="SAU"))
        content = []
        if statements:
            content = [self.folder / "placement.parquet"]
            parts.write(content[0], statements, stream or agreement.stream("placement"), columns)
        name = f"SAU-IDN-placement-{sequence:06d}"
        manifest = Manifest.model_validate(
            self.manifest.model_dump()
            | {
                "message_id": name,
                "kind": "records" if statements else "nil",
                "counts": parts.count(statements),
                "parts": [package.describe(path, records=len(statements)) for path in content],
                "previous_manifest_sha256": self._before,
            }
            | says
        )
        for path in content:
            path.write_bytes((tampered or {}).get(path.name, path.read_bytes()))
        self._before = package.write(self.folder / "package.tar", manifest, content)
        return self.put(name, self.folder / "package.tar", keys=keys)

    def put(self, name: str, tar: Path, *, keys: Keys | None = None) -> StatusMessage:
        """Seal ``tar``, send it as message ``name``, and return Indonesia's answer."""
        sealed = self.folder / "sealed"
        seal.seal(tar, sealed, keys or self.corridor.sau.endpoint.keys)
        return self.put_sealed(name, sealed.read_bytes())

    def put_sealed(self, name: str, content: bytes) -> StatusMessage:
        """Send ``content`` as it is."""
        self.lay(name, content)
        return self.answered(name)

    def lay(self, name: str, content: bytes) -> None:
        """Lay ``content`` at the exchange point and let Indonesia fetch it."""
        room = self.corridor.point.room("SAU", "placement")
        room.mkdir(parents=True, exist_ok=True)
        (room / f"{name}.tar.pgp").write_bytes(content)
        self.corridor.idn.collect(self.corridor.wires["IDN"])

    def answered(self, name: str) -> StatusMessage:
        """Let Indonesia admit what it fetched, and return its answer to ``name``."""
        self.corridor.idn.admit()
        return answer(self.corridor.idn, name)


def new(record: dict[str, object], revision: int = 1) -> Statement:
    return Statement(Action.NEW, str(record["record_ref"]), revision, record)


def correct(record: dict[str, object], revision: int) -> Statement:
    return Statement(Action.CORRECT, str(record["record_ref"]), revision, record)


def withdraw(record_ref: str, revision: int) -> Statement:
    return Statement(Action.WITHDRAW, record_ref, revision)
