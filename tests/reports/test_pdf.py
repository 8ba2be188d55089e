"""The page on paper: a tagged PDF by the real Chromium, with every number, and nothing cut off in any direction."""

import os
import re
import subprocess
import sys
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from frozen import AGREEMENT
from pypdf import PdfReader

from reports import pdf
from reports.words import Words, load

LANGUAGES = AGREEMENT.report.languages
MARGIN = 16 / 25.4 * 72 - 1  # points: that of the style, rounded
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow
needs_chromium = pytest.mark.skipif(
    not any(map(pdf.shutil.which, pdf.BROWSERS)), reason="needs the system's Chromium (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def printed(written, tmp_path_factory):
    """The PDF of each language, read back."""
    folder = tmp_path_factory.mktemp("pdf")
    for language in LANGUAGES:
        pdf.print_to(written.edition.pages[language], folder / f"{language}.pdf")
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{language}.pdf" for language in LANGUAGES)
    return {language: PdfReader(folder / f"{language}.pdf") for language in LANGUAGES}


def pieces(page):
    """The texts of a sheet as they are drawn, with where each begins from the left edge, in points."""
    found = []

    def note(text, user, matrix, _font, _size):
        if text.strip():
            found.append((text, user[0] * matrix[4] + user[4]))

    page.extract_text(visitor_text=note)
    return found


def numbers_on(page):
    """The numbers of a sheet. Arabic words come in the order in which they are drawn; the digits of a number do not."""
    return [number for text, _ in pieces(page) for number in re.findall(r"\d[\d.,]*", text)]


def as_written(number):
    return number.rstrip(".,")


@needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_tagged_in_its_language_and_has_a_title(printed, language):
    root = printed[language].trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert "2026" in printed[language].metadata.title
    assert {"/Table", "/TH", "/TD", "/Figure", "/H1", "/H2", "/H3"} <= roles(root["/StructTreeRoot"])


def roles(element):
    """The kinds of structure below ``element``."""
    found, left = set(), [element]
    while left:
        each = left.pop()
        each = each.get_object() if hasattr(each, "get_object") else each
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            found.add(str(each.get("/S")))
            left += [each["/K"]] if "/K" in each else []
    return found


@needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_published_number_is_in_its_text(written, printed, language):
    words = Words(load(language), written.publication.about)
    published = Counter(
        as_written(re.search(r"\d[\d.,]*", unescape(words.cell(cell, column.unit)))[0])
        for figure in written.publication.figures
        for cells in [*(row.cells for row in figure.rows), *([figure.total] if figure.total else [])]
        for cell, column in zip(cells, figure.columns, strict=True)
        if cell.value is not None
    )
    found = Counter(as_written(number) for page in printed[language].pages for number in numbers_on(page))

    assert published
    assert published - found == Counter()


@needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_or_on_the_margin(printed, language):
    for page in printed[language].pages:
        starts = [start for _, start in pieces(page)]

        assert min(starts) >= MARGIN
        assert max(starts) < float(page.mediabox.width) - MARGIN


@needs_chromium
def test_what_is_folded_on_the_screen_is_open_on_paper(written, tmp_path):
    """As the list of revised figures is, where there are any."""
    page = tmp_path / "folded.html"
    folded = "<details><summary>More</summary><p>NOT SEEN ON THE SCREEN</p></details>"
    page.write_text(written.html.replace("</main>", f"{folded}</main>"), encoding="utf-8")

    pdf.print_to(page, tmp_path / "folded.pdf")

    text = " ".join(sheet.extract_text() for sheet in PdfReader(tmp_path / "folded.pdf").pages)
    assert "NOT SEEN ON THE SCREEN" in text


@needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sheet_says_which_edition_it_is_of_and_its_number(printed, language):
    pages = printed[language].pages

    for number, page in enumerate(pages, start=1):
        numbers = re.findall(r"(\d+) / (\d+)", page.extract_text())
        assert (str(number), str(len(pages))) in numbers or (str(len(pages)), str(number)) in numbers


@needs_chromium
@pytest.mark.parametrize("language", ["en", "id"])
def test_it_has_an_outline_of_its_sections(written, printed, language):
    titles = [each.title for each in flat(printed[language].outline)]

    sections = [
        unescape(re.sub("<[^>]+>", "", title))
        for title in re.findall(r"<h2[^>]*>(.*?)</h2>", written.edition.pages[language].read_text(encoding="utf-8"))
    ]
    assert [title for title in titles if title in sections] == sections


def flat(outline):
    for each in outline:
        if isinstance(each, list):
            yield from flat(each)
        else:
            yield each


@needs_chromium
def test_the_command_prints_beside_the_page(written, tmp_path):
    page = tmp_path / "evaluation.en.html"
    page.write_bytes(written.edition.pages["en"].read_bytes())

    said = amanah("evaluate", "pdf", str(page))

    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == str(tmp_path / "evaluation.en.pdf")
    assert PdfReader(tmp_path / "evaluation.en.pdf").pages


def test_where_there_is_no_chromium_the_command_says_so(written, tmp_path):
    said = amanah("evaluate", "pdf", "--out", str(tmp_path), str(written.edition.pages["en"]), PATH=str(tmp_path))

    assert said.returncode == 2
    assert "no Chromium on this machine" in said.stderr
    assert "print the page to a file from any browser" in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_fails_leaves_no_pdf(written, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'no display' >&2\nexit 7\n", encoding="utf-8")
    broken.chmod(0o755)

    said = amanah("evaluate", "pdf", "--out", str(tmp_path), str(written.edition.pages["en"]), PATH=str(tmp_path))

    assert said.returncode == 1
    assert "Chromium ended with 7 and wrote nothing" in said.stderr
    assert list(tmp_path.iterdir()) == [broken]


def amanah(*words, **environment):
    command = Path(sys.executable).with_name("amanah")
    settings = {**os.environ, **environment}
    return subprocess.run([command, *words], capture_output=True, text=True, check=False, env=settings, cwd=ROOT)
