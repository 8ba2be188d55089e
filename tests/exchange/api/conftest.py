"""Services over a folder tree of their own, and the client that a node uses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from served import CORRIDOR, SECRETS, Link, Server

from amanah.exchange.api.client_settings import ApiSettings


@pytest.fixture
def a_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers; keywords go into their settings. They share one tree unless told otherwise."""
    made: list[Server] = []

    def start(*, root: Path | None = None, **changes: Any) -> Server:
        made.append(Server(tmp_path, root or tmp_path / "root", **changes))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("api")
    server = Server(folder, folder / "root", limits={"requests_per_minute": 100_000, "failed_attempts": 100_000})
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """A running service with an empty tree."""
    for path in sorted((shared_server.root / CORRIDOR).rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for path in (shared_server.root / ".api" / "uploads").rglob("*.part"):
        path.unlink()
    return shared_server


@pytest.fixture
def idn(server: Server) -> Iterator[httpx.Client]:
    with server.as_party("IDN") as client:
        yield client


@pytest.fixture
def sau(server: Server) -> Iterator[httpx.Client]:
    with server.as_party("SAU") as client:
        yield client


@pytest.fixture
def reach() -> Callable[..., ApiSettings]:
    """How a party's node reaches the service at a URL."""

    def settings(party: str, url: str, **more: object) -> ApiSettings:
        return ApiSettings.model_validate(
            {
                "url": url,
                "client_id": f"{party.lower()}-node",
                "client_secret": SecretStr(SECRETS[party][0]),
                **more,
            }
        )

    return settings


@pytest.fixture
def a_link() -> Iterator[Callable[..., Link]]:
    with ExitStack() as open_links:

        def make(server: Server, **how: Any) -> Link:
            link = Link(server.port, **how)
            open_links.callback(link.close)
            return link

        yield make
