"""The pages before the Nu HTML checker of the W3C, which knows HTML, CSS, ARIA and SVG by their specifications."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from frozen import AGREEMENT, Frozen
from written import write

CHECKER = next((Path(__file__).parents[2] / ".venv" / "vnu").glob("*.jar"), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHECKER is None, reason="needs the Nu HTML checker (.ci/html-checker, which needs npm)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java (apt-get install default-jre-headless)"),
]


def said_of(*files: Path):
    """Every error, warning and remark of the checker, as text."""
    command = ["java", "-jar", str(CHECKER), "--exit-zero-always", "--stdout", "--format", "json", *map(str, files)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [f"{each['type']}: {each['message']} ({Path(each['url']).name})" for each in json.loads(said)["messages"]]


def test_the_checker_finds_no_fault_in_any_language(written, tmp_path):
    empty = write(Frozen(), tmp_path).edition

    assert said_of(*written.edition.pages.values(), *empty.pages.values()) == []


def test_the_checker_would_find_a_fault(written, tmp_path):
    page = tmp_path / "page.html"
    text = written.edition.pages[AGREEMENT.report.languages[0]].read_text(encoding="utf-8")
    page.write_text(text.replace("</h1>", "</h2>").replace("<style>", "<style> "), encoding="utf-8")

    said = said_of(page)

    assert [each for each in said if each.startswith("error: End tag")]
