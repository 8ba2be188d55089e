"""The command line tells a script how it went: 0 done, 1 the data failed, 2 the call was wrong, 3 not reachable."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from command_line import Amanah, Said

from amanah import __version__
from amanah.demo import ministry
from amanah.demo.services.keys import make_keypair, public_key_file
from amanah.demo.services.ports import free_port
from schemas.agreement import FOLDER

NodeFile = Callable[..., Path]


@pytest.fixture
def node_file(tmp_path: Path) -> NodeFile:
    """Write a ``node.yaml`` whose database and exchange point nobody serves, unless keywords say otherwise."""

    def write(**content: object) -> Path:
        make_keypair(tmp_path / "sftp")
        [mapping] = [m for m in ministry.mappings("IDN") if m.name == "kbri_riyadh"]
        source = {"mapping": str(ministry.mapping_path(mapping.name)), "url": str(tmp_path / "drop")}
        settings = {
            "party": "IDN",
            "agreement": str(FOLDER / "idn-sau.yaml"),
            "store": "store",
            "database": f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing",
            "keys": {"ours": "IDN.key.pgp", "partner": "SAU.cert.pgp"},
            "sources": {mapping.name: source},
            "sftp": {
                "host": "127.0.0.1",
                "port": free_port(),
                "username": "idn",
                "private_key": "sftp",
                "host_key": " ".join(public_key_file(tmp_path / "sftp").read_text().split()[:2]),
            },
        }
        file = tmp_path / "node.yaml"
        file.write_text(yaml.safe_dump({**settings, **content}), encoding="utf-8")
        return file

    return write


@pytest.mark.slow
def test_the_command_is_installed() -> None:
    command = str(Path(sys.executable).with_name("amanah"))
    done = subprocess.run([command, "version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["amend"],
        ["generate"],
        ["generate", "--out", "x", "--records", "0"],
        ["generate", "--out", "x", "--noise", "loud"],
        ["reconcile", "nowhere.parquet", "nowhere.parquet", "--out", "x"],
        ["node", "publish", "--node", "nowhere.yaml", "--stream", "placement", "--period", "2026-07"],
        ["demo", "run", "--records", "99"],
    ],
    ids=" ".join,
)
def test_a_call_that_cannot_be_understood_is_status_2(amanah: Amanah, arguments: list[str]) -> None:
    assert amanah(*arguments).status == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["publish", "--stream", "remittance", "--period", "2026-07"], "known are placement, complaint"),
        (["publish", "--stream", "placement", "--period", "2026-13"], "expected a month such as 2026-07"),
        (["evaluate", "--quarter", "2026-Q5"], "expected e.g. 2026-Q3"),
        (["extract", "--source", "sisko", "--period", "2026-07"], "it has kbri_riyadh"),
    ],
)
def test_a_wrong_name_is_status_2_and_says_which_would_be_right(
    amanah: Amanah, node_file: NodeFile, arguments: list[str], says: str
) -> None:
    said = amanah("node", arguments[0], "--node", str(node_file()), *arguments[1:])

    assert said.status == 2
    assert says in said.error


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"party": "Indonesia"}, "party: "),
        ({"colour": "green"}, "colour: "),
        ({"database": "env:AMANAH_NOT_SET"}, "environment variable AMANAH_NOT_SET is not set"),
        ({"database": "no url"}, "no SQLAlchemy URL"),
    ],
)
def test_settings_that_cannot_be_used_are_status_2_and_say_where(
    amanah: Amanah, node_file: NodeFile, content: dict[str, object], says: str
) -> None:
    said = amanah("node", "migrate", "--node", str(node_file(**content)))

    assert said.status == 2
    assert says in said.error


def test_a_node_without_exchange_point_or_mail_server_says_what_is_missing(amanah: Amanah, node_file: NodeFile) -> None:
    said = amanah("node", "collect", "--node", str(node_file(sftp=None)))

    assert said == Said(2, "", "amanah: node.yaml has no sftp: where is the exchange point?\n")


@pytest.mark.parametrize(
    "verb",
    [
        ["migrate"],
        ["extract", "--source", "kbri_riyadh", "--period", "2026-07"],
        ["publish", "--stream", "placement", "--period", "2026-07"],
        ["admit"],
        ["reconcile", "--period", "2026-07"],
    ],
    ids=lambda verb: verb[0],
)
def test_a_database_that_cannot_be_reached_is_status_3(amanah: Amanah, node_file: NodeFile, verb: list[str]) -> None:
    said = amanah("node", verb[0], "--node", str(node_file()), *verb[1:])

    assert said.status == 3
    assert "the node's database cannot be reached" in one_line(said)


@pytest.mark.slow
class TestWithADatabase:
    """A node whose database answers and whose partner does not."""

    @pytest.fixture
    def node(self, node_file: NodeFile, a_database, key_files) -> str:
        keys = {"ours": str(key_files["IDN"][0]), "partner": str(key_files["SAU"][1])}
        return str(node_file(database=a_database().url.render_as_string(hide_password=False), keys=keys))

    def test_an_exchange_point_that_cannot_be_reached_is_status_3(self, amanah: Amanah, node: str) -> None:
        said = amanah("node", "collect", "--node", node)

        assert said.status == 3
        assert "connect to 127.0.0.1:" in one_line(said)

    def test_a_source_that_cannot_be_reached_is_status_3(self, amanah: Amanah, node: str) -> None:
        said = amanah("node", "extract", "--node", node, "--source", "kbri_riyadh", "--period", "2026-07")

        assert said.status == 3
        assert "the drop" in one_line(said)

    @pytest.mark.parametrize(
        ("verb", "says"),
        [
            (["validate", "--source", "kbri_riyadh"], "run extract for this period first"),
            (["publish", "--stream", "complaint"], "run extract and validate first"),
        ],
    )
    def test_a_step_before_its_time_is_status_1_and_names_the_step_it_needs(
        self, amanah: Amanah, node: str, verb: list[str], says: str
    ) -> None:
        said = amanah("node", verb[0], "--node", node, *verb[1:], "--period", "2026-07")

        assert said.status == 1
        assert says in one_line(said)

    def test_what_a_verb_did_is_one_json_document(self, amanah: Amanah, node: str) -> None:
        said = amanah("node", "admit", "--node", node, "--json")

        assert (said.status, json.loads(said.output)) == (0, [])


def test_stopping_a_demonstration_that_never_ran_is_done_at_once(amanah: Amanah, tmp_path: Path) -> None:
    assert amanah("demo", "down", "--folder", str(tmp_path / "never")) == Said(0, "", "")


def one_line(said: Said) -> str:
    """The error, which is one line after the command's name and never a traceback."""
    [line] = said.error.splitlines()
    assert line.startswith("amanah: ")
    return line
