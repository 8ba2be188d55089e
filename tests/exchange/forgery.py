"""A partner whose messages are made by hand, so that they can be wrong in one thing at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corridor import Corridor, answer

from amanah.exchange.parts import Statement
from amanah.exchange.seal import Keys
from amanah.partner.forge import Forge, correct, new, withdraw
from schemas.envelope import Manifest, StatusMessage
from schemas.streams import Stream

__all__ = ["Forger", "correct", "new", "withdraw"]


@dataclass
class Forger:
    """Puts Saudi Arabia's messages on the exchange point and lets Indonesia answer them."""

    corridor: Corridor
    folder: Path
    manifest: Manifest
    forge: Forge = field(init=False)

    def __post_init__(self) -> None:
        sau = self.corridor.sau
        self.forge = Forge(
            sau.agreement,
            "SAU",
            sau.endpoint.keys,
            self.folder,
            self.manifest.period,
            created_at=self.manifest.created_at,
            software=self.manifest.software,
        )

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
        """Send one message and return Indonesia's answer; see ``Forge.tar`` for what can be wrong in it.

        ``stream`` is the major that the records are in, if not the agreed one.
        """
        name = self.forge.message_id("placement", sequence)
        tar = self.forge.tar(name, statements, fields=fields, tampered=tampered, major=stream, **says)
        return self.put(str(name), tar, keys=keys)

    def put(self, name: str, tar: Path, *, keys: Keys | None = None) -> StatusMessage:
        """Seal ``tar``, send it as message ``name``, and return Indonesia's answer."""
        return self.put_sealed(name, self.forge.seal(tar, keys=keys))

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
