"""What is documented is what there is: every command, every option, every pipeline."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from amanah.cli.on_demand import whole
from amanah.demo.house import PROJECT

DOCS = PROJECT / "docs"


def commands(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield words, command
        return
    if command.invoke_without_command:
        yield words, command
    for name, below in command.commands.items():
        yield from commands(f"{words} {name}", below)


COMMANDS = dict(commands("amanah", whole()))


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_and_every_option_of_it_is_documented(words: str) -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"## {words}\n")[2].partition("\n## ")[0]

    assert COMMANDS[words].help in section
    for option in COMMANDS[words].params:
        if option.param_type_name == "option" and option.name != "help":
            assert f"`{option.opts[0]}`" in section


def test_people_are_led_to_the_pages() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")

    assert "(docs/cli.md)" in readme
    assert "(docs/dags.md)" in readme


def test_what_a_page_links_to_is_there() -> None:
    pages = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    broken = [
        f"{page.relative_to(PROJECT)}: {link}"
        for page in (*pages, *DOCS.rglob("*.md"))
        for link in re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", page.read_text(encoding="utf-8"))
        if not link.startswith(("http", "mailto:")) and not (page.parent / link).exists()
    ]

    assert broken == []


@pytest.mark.slow
def test_the_written_pages_are_what_the_code_says() -> None:
    argv = [sys.executable, str(DOCS / "generate.py"), "--check"]
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
