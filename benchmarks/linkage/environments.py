"""An environment for each peer: what one pins clashes with what another, or we, need.

Made by uv from the pinned list beside the peers' programs, when it is missing or the list has changed.
"""

import os
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).with_name("peers")
FOLDER = Path("var/bench/env")
_UV = Path(sys.executable).with_name("uv")


def python_of(name: str, folder: Path = FOLDER) -> Path:
    """The Python of the environment ``name``, made in ``folder`` first where it has to be."""
    wanted = PEERS / f"{name}.txt"
    environment, python = folder / name, folder / name / "bin" / "python"
    made_of = environment / "made_of.txt"
    if not made_of.is_file() or made_of.read_bytes() != wanted.read_bytes():
        print(f"making an environment for {name}", file=sys.stderr, flush=True)
        settings = {**os.environ, "UV_CACHE_DIR": str(Path(sys.prefix) / "cache" / "uv")}
        _uv(settings, "venv", "--quiet", "--no-project", "--clear", "--python", sys.executable, str(environment))
        _uv(settings, "pip", "sync", "--quiet", "--python", str(python), str(wanted))
        made_of.write_bytes(wanted.read_bytes())
    return python


def version_of(name: str, package: str) -> str:
    """The version that the list of ``name`` pins ``package`` to."""
    lines = (PEERS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{package}=="))


def _uv(settings: dict[str, str], *arguments: str) -> None:
    subprocess.run([str(_UV), *arguments], check=True, env=settings)
