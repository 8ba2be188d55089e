"""What the service is made of, put together from its settings."""

from dataclasses import dataclass

from amanah.exchange.api.arrivals import Arrivals
from amanah.exchange.api.callers import Gate
from amanah.exchange.api.settings import ServiceSettings
from amanah.exchange.api.tree import Tree
from amanah.exchange.api.uploads import Uploads


@dataclass(frozen=True)
class Service:
    """The parts that requests are answered with."""

    settings: ServiceSettings
    gate: Gate
    tree: Tree
    arrivals: Arrivals
    uploads: Uploads

    @classmethod
    def of(cls, settings: ServiceSettings) -> "Service":
        """Put the parts together. Nothing is reached."""
        tree = Tree(settings.root, settings.file_mode)
        return cls(
            settings,
            Gate(settings),
            tree,
            Arrivals(settings.state_folder / "arrivals.sqlite", tree),
            Uploads(settings.state_folder / "uploads", tree, settings.limits),
        )

    def prepare(self) -> None:
        """Make the state folder and its files; raises ``OSError`` when the tree is not there or not to be written."""
        if not self.settings.root.is_dir():
            raise NotADirectoryError(f"{self.settings.root} (root) is no folder; make it first")
        self.settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.settings.state_folder.stat().st_dev != self.settings.root.stat().st_dev:
            raise OSError(
                f"{self.settings.state_folder} (state) is on another file system than root; a complete upload could "
                "not get its name in one step"
            )
        self.arrivals.prepare()

    def check(self) -> None:
        """Raise ``OSError`` or ``sqlite3.Error`` when the service could not do its work now."""
        self.settings.root.stat()
        self.arrivals.check()
