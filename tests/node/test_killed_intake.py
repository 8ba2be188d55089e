"""Killed while it loads or releases and run again: nothing lost, nothing twice."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import a_placement, with_canaries
from corridor import MONTH, holds, row_counts, settings_file
from ministry import write_terms
from sqlalchemy import text

from amanah.quality.data_docs import FOLDER

pytestmark = pytest.mark.slow

DYING, PAUSED = (str(Path(__file__).with_name(name)) for name in ("dying_node.py", "paused_node.py"))
PATIENCE = 60
STEPS = [
    "amanah.store.contributions:put",
    "amanah.store.contributions:assign",
    "amanah.store.records:add",
    "amanah.store.quarantine:settle",
]


@pytest.fixture
def node(a_node, office, tmp_path):
    """A node with two systems, of which one is loaded and has a refused row, and the other is staged."""
    systems = [office("IDN", "placement", name) for name in ("siskop2mi", "siapkerja")]
    agreed = write_terms(tmp_path, systems=[{"name": each.name, "role": "register"} for each in systems], precedence={})
    node = a_node("IDN", sources={each.name: each.settings for each in systems}, consolidation=agreed)
    first, second = systems
    first.lay(MONTH, a_placement("IDN-P-1", contract_no="C-1"), with_canaries("IDN-P-3", sex="W", wage_currency=None))
    second.lay(MONTH, a_placement("IDN-P-2", contract_no="C-1", passport_no="X000001"))
    node.extract("siskop2mi", MONTH)
    node.validate("siskop2mi", MONTH)
    node.extract("siapkerja", MONTH)
    return node


def killed(node, verb, argument, step):
    argv = [sys.executable, DYING, str(settings_file(node)), verb, argument, step]
    return subprocess.run(argv, timeout=PATIENCE, check=False, capture_output=True).returncode == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_whose_loading_was_killed_is_loaded_by_the_next_run(node, step):
    before = row_counts(node)

    assert killed(node, "validate", "siapkerja", step)
    assert row_counts(node) == before

    result = node.validate("siapkerja", MONTH)

    assert (result.accepted, result.changed) == (1, 1)
    assert holds(node, "IDN")["IDN-P-1"]["earlier_record_refs"] == ["IDN-P-2"]


@pytest.mark.parametrize("step", STEPS)
def test_a_row_whose_release_was_killed_is_released_by_the_next_try(node, step):
    [entry] = node.quarantined()

    assert killed(node, "release", str(entry.id), step)
    assert node.quarantined() == [entry]
    assert holds(node, "IDN").keys() == {"IDN-P-1"}

    node.release(entry.id, {"sex": "F", "wage_currency": "SAR"}, by="siti", why="seen in the passport")

    assert holds(node, "IDN").keys() == {"IDN-P-1", "IDN-P-3"}
    assert node.quarantined() == []


@pytest.mark.parametrize("step", ["amanah.quality.data_docs:_keep", "amanah.quality.data_docs_pages:View.render"])
def test_killed_before_its_page_was_written_a_batch_has_one_after_the_next_run(node, step):
    assert killed(node, "validate", "siapkerja", step)

    node.validate("siapkerja", MONTH)

    assert len(pages(node, "siapkerja")) == 2  # of the run that was killed, and of the one that loaded it


def pages(node, source):
    """The batch pages that the first page of a source leads to, each of which is there and whole."""
    site = node.settings.store / "data_docs" / source / FOLDER
    links = re.findall(r'href="(validations/[^"]+)"', (site / "index.html").read_text(encoding="utf-8"))
    assert all((site / link).read_text(encoding="utf-8").endswith("</html>") for link in links)
    return links


def test_two_that_validate_one_batch_at_once_do_it_once(node):
    """A person at the command line beside Airflow: the second waits, and finds it done."""
    file, step = str(settings_file(node)), "amanah.quality.data_docs:_keep"
    verb = ["node", "validate", "--node", file, "--source", "siapkerja", "--period", MONTH]
    with started(PAUSED, file, "validate", "siapkerja", step) as first:
        assert first.stdout.readline() == "there\n"
        with started("-c", "from amanah.cli import main; main()", *verb, "--json") as second:
            while not somebody_waits(node):
                assert second.poll() is None, second.communicate()
            outputs = [process.communicate("go on\n" if process is first else None) for process in (first, second)]

    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert json.loads(outputs[1][0])["accepted"] == 1
    assert len(pages(node, "siapkerja")) == 1


def started(*argv):
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *argv], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def somebody_waits(node):
    """Whether a session waits for a lock that another one holds."""
    with node.database.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one() > 0
