"""The mails in Chromium: on a phone and a desk, by day and by night, in every language, with nothing fetched."""

import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from letters import HEAD, RIYADH, html
from playwright.sync_api import sync_playwright

from amanah.cases.people import Desk, People
from schemas import codelists

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=codelists.LANGUAGES)
def letters(request, month_ends, notify, post_office, a_discrepancy):
    """One mail of each kind, in one language: its HTML by kind."""
    classes = [code for code in codelists.load("discrepancy_class").codes if code != "protection"]
    found = [a_discrepancy(f"{place:016x}", **{"class": klass}) for place, klass in enumerate(classes)]
    danger = {"class": "protection", "severity": "high", "field": None, "area": None}
    month_ends("2026-07", *found, a_discrepancy("f" * 16, **danger))
    desks = (RIYADH, "protection.desk@kp2mi.example")
    notify("2026-08-18", People(desks={desk: Desk(language=request.param, supervisor=HEAD) for desk in desks}))
    taken = {sent["Message-ID"][1:].partition(".")[0] + (sent["Importance"] or ""): sent for sent in post_office.taken}
    made = {key: html(sent) for key, sent in taken.items()}
    assert made.keys() >= {"digest", "alerthigh", "weekly"}
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_can_be_read(browser, letters, tmp_path, scheme):
    context = browser.new_context(color_scheme=scheme, offline=True)
    page = context.new_page()
    for kind, letter in letters.items():
        file = tmp_path / f"{kind}.html"
        file.write_text(letter, encoding="utf-8")
        requests = []
        page.on("request", lambda request, requests=requests: requests.append(request.url))
        page.goto(file.as_uri())

        violations = Axe().run(page).response["violations"]

        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == [], kind
        assert requests == [file.as_uri()]
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, kind
    context.close()


def test_it_stands_without_its_style_sheet(browser, letters, tmp_path):
    """Many programs drop it: what is left is dark on light, in its own direction, and as wide as a column."""
    file = tmp_path / "digest.html"
    file.write_text(re.sub(r"<style>.*?</style>", "", letters["digest"], flags=re.DOTALL), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(file.as_uri())

    cell = page.locator("td[lang]")
    assert cell.evaluate("e => getComputedStyle(e).color") == "rgb(26, 26, 26)"
    assert cell.evaluate("e => getComputedStyle(e).direction") == cell.get_attribute("dir")
    assert cell.bounding_box()["width"] <= 640
    context.close()
