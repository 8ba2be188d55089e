"""The real parts that several folders' tests share: PostgreSQL, SFTP, mail, keys, and two nodes facing each other."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from corridor import MONTH, PARTIES, Corridor, ExchangePoint, silent_on_cases
from databases import APPLICATION, Databases, make_template
from gnupg import a_gpg  # noqa: F401 - a fixture
from hypothesis import settings
from longest import rank
from post_office import PostOffice
from pydantic import SecretStr
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import seal
from amanah.exchange.seal.keyring import Keys
from amanah.exchange.sftp import connect
from amanah.node.node import Node
from amanah.node.settings import KeySettings, NodeSettings
from amanah.store.database import Database
from schemas.agreement import Agreement, load

settings.register_profile("amanah", deadline=None)  # how long an example takes is the machine's, not the code's
settings.load_profile("amanah")

TESTS = Path(__file__).parent
HERE = TESTS.name
DEMONSTRATED = f"{HERE}/acceptance/"  # all of it looks at one demonstration, but for what interrupts its own
INTERRUPTED = "test_interrupted.py"


class ByFile(LoadScopeScheduling):
    """Each worker takes whole files; those that look at one costly demonstration are taken as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return DEMONSTRATED if file.startswith(DEMONSTRATED) and not file.endswith(INTERRUPTED) else file


@pytest.hookimpl(optionalhook=True)  # where several workers run the tests
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False  # it takes files of many tests for long ones
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)  # after the order was made random
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers begin with what takes longest."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.path.relative_to(TESTS).as_posix()))


@pytest.fixture(scope="session")
def supervisor(tmp_path_factory) -> Iterator[Supervisor]:
    with Supervisor(tmp_path_factory.mktemp("services")) as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
def postgres(supervisor: Supervisor) -> Postgres:
    """One PostgreSQL server for the whole run, with a migrated database to copy."""
    server = Postgres(supervisor.folder)
    server.start(supervisor)
    make_template(server)
    return server


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Databases:
    return Databases(postgres)


@pytest.fixture
def a_database(databases: Databases) -> Iterator[Callable[..., Database]]:
    """Make databases of one's own: migrated ones, or bare ones with ``template=None``."""
    made: list[Database] = []

    def make(*, template: str | None = "migrated") -> Database:
        made.append(databases.take() if template else databases.take_bare())
        return made[-1]

    yield make
    for database in made:
        databases.give_back(database)


@pytest.fixture
def database(a_database) -> Database:
    """A migrated database of one's own."""
    return a_database()


@pytest.fixture(scope="session")
def agreement_file(tmp_path_factory) -> Path:
    return silent_on_cases(tmp_path_factory.mktemp("agreement"))


@pytest.fixture(scope="session")
def agreement(agreement_file) -> Agreement:
    return load(agreement_file)


@pytest.fixture(scope="session")
def key_files(tmp_path_factory) -> dict[str, tuple[Path, Path]]:
    """Secret key and certificate of both parties, and of a stranger."""
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for owner in (*PARTIES, "stranger"):
        made[owner] = (folder / f"{owner}.key.pgp", folder / f"{owner}.cert.pgp")
        seal.generate(f"Amanah {owner} (test)", *made[owner])
    return made


@pytest.fixture(scope="session")
def keys(key_files) -> Callable[[str, str], Keys]:
    """``keys("IDN", "SAU")``: the secret key of the first, the certificate of the second."""
    return lambda ours, partner: Keys(key_files[ours][0], key_files[partner][1])


@pytest.fixture(scope="session")
def exchange_server(supervisor: Supervisor, agreement: Agreement) -> ExchangePoint:
    point = ExchangePoint(supervisor.folder / "exchange", agreement.id)
    supervisor.start(point.service())
    return point


@pytest.fixture
def exchange_point(exchange_server: ExchangePoint) -> Iterator[ExchangePoint]:
    """A real SFTP server that both parties may reach, empty."""
    yield exchange_server
    exchange_server.clear()


@pytest.fixture
def a_node(a_database, postgres, key_files, agreement, agreement_file, tmp_path) -> Callable[..., Node]:
    """Make a party's node with a database, keys and a store folder of its own; keywords go into its settings."""

    def make(party: str, **settings: object) -> Node:
        partner = agreement.other(party)
        node = Node(
            NodeSettings.model_validate(
                {
                    "party": party,
                    "agreement": agreement_file,
                    "store": tmp_path / party,
                    "database": SecretStr(postgres.url(str(a_database().url.database), role=APPLICATION)),
                    "keys": KeySettings(ours=key_files[party][0], partner=key_files[partner][1]),
                    **settings,
                }
            )
        )
        if "agreement" not in settings:
            node.__dict__["agreement"] = agreement  # read once for all tests; reading it takes a tenth of a second
        return node

    return make


@pytest.fixture
def corridor(a_node, exchange_point) -> Iterator[Corridor]:
    """Indonesia and Saudi Arabia, each with a node of its own, facing each other over SFTP in July 2026."""
    nodes = {party: a_node(party, sftp=exchange_point.settings(party)) for party in PARTIES}
    with ExitStack() as open_wires:
        wires = {party: open_wires.enter_context(connect(exchange_point.settings(party))) for party in PARTIES}
        yield Corridor(nodes["IDN"], nodes["SAU"], exchange_point, MONTH, wires)
    for node in nodes.values():
        node.database.engine.dispose()
        shutil.rmtree(node.settings.store, ignore_errors=True)


@pytest.fixture
def post_office(tmp_path) -> Iterator[PostOffice]:
    """A mail server that keeps what it takes and refuses when it is told to."""
    with PostOffice() as office:
        yield office
