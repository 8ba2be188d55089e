"""The check's memory: a folder with every package sent and received, and the numbers that come next.

A number never stands for two contents: a package lies in the folder, and its number is noted, before it leaves. What
an interrupted check had not sent is sent by the next one, so that no gap stays.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from amanah.settings_file import SettingsError
from schemas.envelope import MessageId


@dataclass
class _Kept:
    corridor: str
    party: str
    agreement_sha256: str
    runs: int = 0
    last: dict[str, int] = field(default_factory=dict)
    before: dict[str, str | None] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)


class Journal:
    """The folder of one party's checks of one node."""

    def __init__(self, folder: Path, *, corridor: str, party: str, agreement_sha256: str) -> None:
        self.folder = folder
        for room in (folder, self.sent, self.received, self.opened):
            room.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / "journal.json"
        wanted = _Kept(corridor, party, agreement_sha256)
        self._kept = _Kept(**json.loads(self._file.read_text())) if self._file.exists() else wanted
        if (self._kept.corridor, self._kept.party) != (corridor, party):
            raise SettingsError(
                f"{folder} is the memory of checks as {self._kept.party} of {self._kept.corridor}; name another folder"
            )
        self._kept.agreement_sha256 = agreement_sha256

    @property
    def sent(self) -> Path:
        """Our packages."""
        return self.folder / "sent"

    @property
    def received(self) -> Path:
        """Their packages, sealed."""
        return self.folder / "received"

    @property
    def opened(self) -> Path:
        """Their packages, opened; one folder each."""
        return self.folder / "opened"

    @property
    def before(self) -> dict[str, str | None]:
        """Per stream, the hash of our last manifest; :class:`.Forge` keeps it up to date."""
        return self._kept.before

    @property
    def run(self) -> int:
        """Which run this is, from 1."""
        return self._kept.runs

    @property
    def unsent(self) -> list[Path]:
        """Packages that have a number and were not put at the exchange point."""
        return [self.sent / MessageId.parse(name).file_name for name in self._kept.unsent]

    def begin(self) -> None:
        """Begin another run."""
        self._kept.runs += 1
        self._write()

    def next_number(self, stream: str) -> int:
        """The number that the next message of ``stream`` gets."""
        return self._kept.last.get(stream, 0) + 1

    def keep(self, message_id: MessageId, sealed: bytes) -> Path:
        """Lay down a package of ours, the next of its stream."""
        path = self.sent / message_id.file_name
        path.write_bytes(sealed)
        self._kept.last[message_id.stream] = message_id.sequence
        self._kept.unsent.append(str(message_id))
        self._write()
        return path

    def note_sent(self, message_id: str) -> None:
        """Note that a package is at the exchange point."""
        self._kept.unsent.remove(message_id)
        self._write()

    def _write(self) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self._kept), indent=1))
        with beside.open() as file:
            os.fsync(file.fileno())
        beside.replace(self._file)
