"""The Data Docs in Chromium, opened as files without a network: readable, linked, accessible, on a phone and a desk."""

import shutil
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import a_placement
from playwright.sync_api import sync_playwright

from amanah.quality.batch import Batch
from amanah.quality.checkpoint import run
from amanah.quality.expectations import Expectations
from schemas.streams import STREAMS

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium (apt-get install chromium)"),
]

EXPECTED = Expectations.model_validate(
    {
        "compare_with": {"records_at_least": 1},
        "error": {"rows_at_least": 1, "unique": {"record_ref": 1}, "volume": {"at_least": 0.5, "at_most": 2}},
        "warning": {"present": {"visa_no": 0.5}, "newest_within_days": {"stage_date": 31}},
    }
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of a source with a good month and a refused one."""
    folder = tmp_path_factory.mktemp("data_docs")
    good = [a_placement("IDN-P-1", visa_no="V-1", stage_date=date(2026, 6, 20))]
    for month, records in (("2026-06", good), ("2026-07", [])):
        verdict = run(Batch(STREAMS["placement"], "siskop2mi", month, records), EXPECTED, folder)
    return verdict.data_docs


@pytest.fixture
def page(browser):
    """A page of a browser without network; ``page.asked`` is everything it tried to fetch."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    yield page
    context.close()


def all_pages(site):
    return sorted(site.rglob("*.html"))


def test_every_batch_is_one_click_from_the_index_and_back(page, site):
    page.goto((site / "index.html").as_uri())
    assert page.locator("tbody tr").all_inner_texts()[0].split()[:2] == ["2026-07", "refused"]
    assert page.locator("tbody tr").all_inner_texts()[1].split()[:3] == ["2026-06", "as", "expected"]

    for month in ("2026-06", "2026-07"):
        page.get_by_role("link", name=month).click()
        assert page.get_by_role("heading", level=1).inner_text() == f"siskop2mi, {month}"
        page.get_by_role("link", name="All batches").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Batches of siskop2mi"

    page.get_by_role("link", name="What is expected").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Expectations of siskop2mi"
    assert "at least 1 record" in page.locator("main").inner_text()
    page.get_by_role("link", name="All batches").click()
    assert page.url == (site / "index.html").as_uri()


def test_what_was_expected_and_found_is_read_on_the_page(page, site):
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="2026-07").click()
    refused = page.locator("main").inner_text()
    page.go_back()
    page.get_by_role("link", name="2026-06").click()
    good = page.locator("main").inner_text()

    assert "Refused: 1 of 3 checks stop the publish" in refused
    stopping = refused.partition("Stops the publish")[2].partition("As expected")[0]
    assert "at least 1 record" in stopping
    assert "the batch has 0 records" in stopping
    assert "Ask the source whether it has delivered the month" in stopping
    assert good.partition("As expected")[2].count("Found") == 4
    assert "0 of 1 (0 %) have none" in good
    assert "Not judged" in good


def test_no_page_asks_for_anything_but_itself(page, site):
    assert len(all_pages(site)) == 4
    for file in all_pages(site):
        page.asked.clear()
        page.goto(file.as_uri())

        assert page.asked == [file.as_uri()]
        assert page.complaints == []
        assert page.locator("script, link, img, iframe").count() == 0
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"  # the style is applied


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_accessibility_violation_and_no_overflow(browser, site, scheme, width):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, offline=True
    )
    page = context.new_page()
    for file in all_pages(site):
        page.goto(file.as_uri())
        found = Axe().run(page).response["violations"]

        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_scripts_the_text_is_whole(browser, site):
    for file in all_pages(site):
        texts = []
        for enabled in (True, False):
            context = browser.new_context(java_script_enabled=enabled)
            page = context.new_page()
            page.goto(file.as_uri())
            texts.append(page.locator("body").inner_text())
            context.close()
        assert texts[0] == texts[1]


def test_nothing_of_the_library_s_own_pages_is_left(site):
    assert {path.suffix for path in site.rglob("*") if path.is_file()} == {".html"}


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_first_screen_says_what_failed_what_was_found_and_what_to_do(browser, site, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="2026-07").click()

    first = {"failed": "a", "what next": ".next", "found": ".seen", "advice": ".advice"}
    lowest = {
        name: page.locator(f".failed {what}" if what == "a" else what).first.bounding_box()
        for name, what in first.items()
    }
    assert {name for name, box in lowest.items() if box["y"] + box["height"] > size[1]} == set()
    page.get_by_role("link", name="rows_at_least").click()
    assert "at least 1 record" in page.locator(":target").inner_text()
    context.close()


def test_a_month_is_not_broken_over_two_lines_on_a_phone(browser, site):
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())

    assert {box["height"] for box in (link.bounding_box() for link in page.locator("tbody a").all())} == {
        page.locator("tbody a").first.evaluate("each => each.getClientRects()[0].height")
    }
    context.close()
