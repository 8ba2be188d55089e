"""Make ``.venv`` hold exactly what a requirements file pins, and the ``amanah`` command in it.

Runs on the Python that the machine has (3.11 to 3.13) with its standard library only. Packages are installed by uv,
which takes seconds where pip takes minutes; where uv cannot be had, pip does the same.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CACHE = VENV / "cache"  # packages as fetched: nothing is written outside the project's folder
UV = "uv==0.13.9"
BUILDER = "hatchling==1.33.0"


def main() -> None:
    """Install the file named on the command line."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = sys.version.split()[0]
        sys.exit(f"Python 3.11, 3.12 or 3.13 is needed, this is {found}; name another: make setup PYTHON=python3.12")
    requirements = ROOT / sys.argv[1]
    os.environ["PIP_CACHE_DIR"] = str(CACHE / "pip")
    if not PYTHON.exists():
        print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"installing {requirements.name}", flush=True)
    if _succeeds("pip", "install", "--quiet", "--disable-pip-version-check", UV):
        _uv("sync", "--quiet", str(requirements))
        _uv("install", "--quiet", BUILDER)
        _uv("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    else:
        print("uv is not to be had; installing with pip, which takes minutes", flush=True)
        _pip("install", "--quiet", "--no-deps", "--requirement", str(requirements))
        _pip("install", "--quiet", BUILDER)
        _pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _uv(*arguments: str) -> None:
    """Run uv on our environment, with the package index that pip is set up for on this machine."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_CACHE_DIR": str(CACHE / "uv")}
    for theirs, pips in (("UV_DEFAULT_INDEX", "index-url"), ("UV_INDEX", "extra-index-url")):
        found = _pip_setting(pips)
        if found and theirs not in os.environ:
            environment[theirs] = found
    subprocess.run([str(VENV / "bin" / "uv"), "pip", *arguments], check=True, env=environment)


def _pip(*arguments: str) -> None:
    subprocess.run([str(PYTHON), "-m", "pip", *arguments], check=True)


def _pip_setting(name: str) -> str | None:
    asked = [str(PYTHON), "-m", "pip", "config", "get", f"global.{name}"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    set_by_hand = os.environ.get(f"PIP_{name.replace('-', '_').upper()}")
    urls = (set_by_hand or answer.stdout).split()
    return " ".join(url for url in urls if url.startswith("http")) or None


def _succeeds(*arguments: str) -> bool:
    return subprocess.run([str(PYTHON), "-m", *arguments], check=False).returncode == 0


if __name__ == "__main__":
    main()
