"""The page as a PDF: printed by the Chromium of the machine, with its style for paper, tagged for screen readers.

Chromium is no part of an installation: where there is none, the page prints from any browser. A PDF is for reading on
paper and by mail: its bytes differ from one printing to the next, and what both sides sign is the page.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST = 120  # seconds for one page; it takes two
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the page asks for nothing; the browser itself should not either
    "--no-pdf-header-footer",  # the page's style has its own, without an address or today's date
)
_OUTLINE = "--generate-pdf-document-outline"


class PdfError(RuntimeError):
    """A page could not be printed; the text says why and what to do."""


class BrowserMissing(PdfError):
    """There is no Chromium on this machine."""


def browser() -> str:
    """The path of the machine's Chromium. Raises ``BrowserMissing`` when there is none."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        raise BrowserMissing(
            f"no Chromium on this machine: looked for {', '.join(BROWSERS)} in PATH; install one, or print the page "
            "to a file from any browser"
        )
    return found


def print_to(page: Path, pdf: Path) -> None:
    """Print the HTML file ``page`` to ``pdf``, replacing it when it is whole. Raises ``PdfError``."""
    with tempfile.TemporaryDirectory() as folder:
        unfinished = Path(folder) / "page.pdf"
        command = [
            *(browser(), *_FLAGS, *_flags_for(page)),
            *(f"--user-data-dir={folder}/profile", f"--print-to-pdf={unfinished}", page.absolute().as_uri()),
        ]
        try:
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise PdfError(f"{page}: Chromium did not end within {LONGEST} seconds") from error
        if not unfinished.is_file():
            said = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise PdfError(f"{page}: Chromium ended with {ended.returncode} and wrote nothing; it said last: {said}")
        beside = pdf.with_name(f".{pdf.name}.part")
        shutil.copyfile(unfinished, beside)
        beside.replace(pdf)


def _flags_for(page: Path) -> list[str]:
    # Chromium writes the words of a right-to-left heading into the outline in the order in which they are drawn.
    outline = [] if re.search(r'<html [^>]*dir="rtl"', page.read_text(encoding="utf-8")) else [_OUTLINE]
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # else it refuses to start
    return [*outline, *as_root]
