"""The command line, called as the installed command calls it."""

import sys
from pathlib import Path

import pytest
from command_line import Amanah, Said

from amanah.cli import main


@pytest.fixture
def amanah(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Amanah:
    """Call ``amanah`` with arguments."""

    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["amanah", *arguments])
        monkeypatch.setenv("COLUMNS", "300")
        with pytest.raises(SystemExit) as ended:
            main()
        output, error = capsys.readouterr()
        return Said(int(ended.value.code or 0), output, error)

    return call


@pytest.fixture
def corridor_files(amanah: Amanah, tmp_path: Path) -> Path:
    """A small synthetic corridor as ``amanah generate`` writes it."""
    folder = tmp_path / "corridor"
    assert amanah("generate", "--records", "60", "--out", str(folder)).status == 0
    return folder
