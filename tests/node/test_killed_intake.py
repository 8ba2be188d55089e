"""Killed while it loads or releases and run again: nothing lost, nothing twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import a_placement, with_canaries
from corridor import MONTH, holds, row_counts, settings_file
from ministry import write_terms

pytestmark = pytest.mark.slow

DYING = Path(__file__).with_name("dying_node.py")
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
    argv = [sys.executable, str(DYING), str(settings_file(node)), verb, argument, step]
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
