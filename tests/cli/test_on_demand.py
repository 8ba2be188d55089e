"""A verb is loaded when it is called; what is said of it before is what it says itself."""

import subprocess
import sys

import pytest

from amanah.cli.on_demand import whole
from amanah.cli.verbs import VERBS

HEAVY = ("adbc_driver_manager", "duckdb", "numpy", "pandas", "paramiko", "pyarrow", "scipy", "sqlalchemy", "yaml")
LOADED = "import sys; from amanah.cli.main import app; app(sys.argv[1:], standalone_mode=False); print(*sys.modules)"


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_what_is_listed_is_what_the_verb_says_of_itself(verb):
    [(name, command)] = whole([verb]).commands.items()
    assert (name, command.help.partition("\n\n")[0].replace("\n", " ")) == (verb.name, verb.help)


@pytest.mark.parametrize("words", [["--help"], ["version"]], ids=" ".join)
def test_to_list_the_verbs_loads_none_of_them(words):
    done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    assert sorted(set(HEAVY) & set(done.stdout.split())) == []


def test_a_verb_that_is_not_there_is_said(amanah):
    said = amanah("reconcyle")
    assert said.status == 2
    assert "No such command 'reconcyle'. Did you mean 'reconcile'?" in said.error
