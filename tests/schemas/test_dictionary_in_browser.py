"""The data dictionary in Chromium: accessible, on a phone and a desk, by day and by night, without network."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from schemas import agreement as agreements
from schemas import dictionary
from schemas.codelists import LANGUAGES

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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dictionary")
    agreement = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    for name, page in dictionary.pages(agreement).items():
        (folder / name).write_text(page, encoding="utf-8")
    return folder


@pytest.fixture
def opened(browser, folder):
    contexts = []

    def open_page(language, **options):
        contexts.append(browser.new_context(offline=True, **options))
        page = contexts[-1].new_page()
        page.goto((folder / f"data-dictionary.{language}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "light"), (1280, "dark")])
def test_no_accessibility_violation_and_no_overflow(opened, language, width, scheme):
    page = opened(language, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)

    found = Axe().run(page).response["violations"]

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_style_passes_its_own_security_policy_and_nothing_is_fetched(browser, folder, language):
    context = browser.new_context()
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    address = (folder / f"data-dictionary.{language}.html").as_uri()
    page.goto(address)

    assert (said, asked) == ([], [address])
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_each_cell_is_known_by_its_heading_on_a_phone_and_on_a_desk(opened, language, width):
    page = opened(language, viewport={"width": width, "height": 900})
    heads = page.locator("table.fields").first.locator("thead th").all_text_contents()
    cells = page.locator("#placement-record_ref td").all()

    assert page.locator("table.fields").first.get_by_role("columnheader").count() == len(heads) == 4
    labels = [cell.evaluate("cell => getComputedStyle(cell, '::before').content") for cell in cells]
    assert labels == ([f'"{head}"' for head in heads[1:]] if width == 390 else ["none"] * 3)


def test_arabic_runs_from_the_right_and_names_in_it_from_the_left(opened):
    page = opened("ar", viewport={"width": 1280, "height": 900})
    place = "element => element.getBoundingClientRect().x"

    nav, main = (page.locator(selector).first.evaluate(place) for selector in ("nav", "main"))

    assert nav > main
    assert page.evaluate("getComputedStyle(document.querySelector('#placement-passport_no code')).direction") == "ltr"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_is_printed(opened, language):
    page = opened(language)
    page.emulate_media(media="print")

    assert page.locator("nav").is_hidden()
    assert all(row.is_visible() for row in page.locator("table.fields tbody tr").all())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_skips_to_the_content(opened, language):
    page = opened(language)
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
