"""One party's end of the corridor: what every step of the exchange needs to know."""

from dataclasses import dataclass
from pathlib import Path

from amanah.exchange.seal.keyring import Keys
from amanah.store.database import Database
from schemas.agreement import Agreement
from schemas.envelope import STATUS_STREAM


@dataclass(frozen=True)
class Endpoint:
    """``us`` exchanges with the other party of ``agreement``; packages are kept below ``folder``."""

    us: str
    agreement: Agreement
    database: Database
    keys: Keys
    folder: Path

    @property
    def partner(self) -> str:
        """The other party."""
        return self.agreement.other(self.us)

    @property
    def streams(self) -> tuple[str, ...]:
        """Everything that travels: the agreed record streams, then the answers."""
        return (*self.agreement.streams, STATUS_STREAM)

    def outbox(self, file_name: str) -> Path:
        """Where a sealed package of ours is kept."""
        return self._room("outbox") / file_name

    def inbox(self, file_name: str) -> Path:
        """Where a sealed package of the partner is kept."""
        return self._room("inbox") / file_name

    def _room(self, name: str) -> Path:
        room = self.folder / name
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        return room
