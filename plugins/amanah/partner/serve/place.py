"""The folder of a node that is served: where what lies, and what a second start must find again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from amanah.demo.services.ports import free_ports
from amanah.settings_file import SettingsError


@dataclass(frozen=True)
class Place:
    """One folder, its ports, and the months of which the node has records."""

    folder: Path
    corridor: str
    party: str
    months: Sequence[str]
    postgres_port: int
    sftp_port: int
    api_port: int

    @classmethod
    def open(cls, folder: Path, *, corridor: str, party: str, months: Sequence[str]) -> "Place":
        """The place in ``folder``, as an earlier start left it or new. Raises ``SettingsError`` for another one's."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = folder.resolve()
        file = folder / "place.json"
        if file.exists():
            found = cls(folder=folder, **json.loads(file.read_text(encoding="utf-8")))
            if (found.corridor, found.party) != (corridor, party):
                raise SettingsError(
                    f"{folder} holds {found.party}'s node of {found.corridor}; name another folder with --dir"
                )
            return found
        postgres, sftp, api = free_ports(3)
        made = cls(folder, corridor, party, tuple(months), postgres, sftp, api)
        kept = {name: value for name, value in asdict(made).items() if name != "folder"}
        file.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        return made

    @property
    def node(self) -> Path:
        """The node's own folder."""
        return self.folder / "node"

    @property
    def exchange(self) -> Path:
        """The exchange point's."""
        return self.folder / "exchange"

    @property
    def for_partner(self) -> Path:
        """What whoever talks to the node needs."""
        return self.folder / "for-partner"

    @property
    def api_url(self) -> str:
        """The exchange point over HTTPS."""
        return f"https://localhost:{self.api_port}"
