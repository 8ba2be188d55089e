"""The page in Chromium: accessible, on a phone and a desk, by day and by night, without script or network."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from frozen import AGREEMENT, Frozen, a_full_quarter
from playwright.sync_api import sync_playwright
from written import write

LANGUAGES = AGREEMENT.report.languages
CHROMIUM = shutil.which("chromium")
SHEET = {"width": 672, "height": 986}  # A4 within its margins, in CSS pixels
TEXTS_THAT_COLLIDE = """width => {
    const found = [];
    for (const drawing of document.querySelectorAll("svg")) {
        const texts = [...drawing.querySelectorAll("text")]
            .map(each => [each.textContent, each.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0);
        texts.forEach(([text, box], place) => {
            if (box.left < -3 || box.right > width + 3) found.push(["outside", text]);
            for (const [other, its] of texts.slice(place + 1)) {
                const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
                const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
                if (across > 1 && down > 4) found.push(["one on another", text, other]);
            }
        });
    }
    return found;
}"""  # a box is some pixels larger than its letters, and a J hangs over its own

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
def empty(tmp_path_factory):
    return write(Frozen(), tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The edition that has most to draw: five quarters in a line, more categories than a chart has room for."""
    return write(a_full_quarter(), tmp_path_factory.mktemp("full")).edition


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("made", "width", "scheme"),
    [
        ("written", 390, "light"),
        ("written", 390, "dark"),
        ("written", 1280, "light"),
        ("written", 1280, "dark"),
        ("empty", 390, "light"),
    ],
)
def test_no_accessibility_violation_no_overflow_no_request(request, browser, made, language, scheme, width):
    page_file = request.getfixturevalue(made).edition.pages[language]
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, offline=True
    )
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())

    found = Axe().run(page).response["violations"]

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [each for each in requests if not each.startswith("data:")] == [page_file.as_uri()]
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_accessibility_violation_on_paper(browser, written, language):
    context = browser.new_context(viewport=SHEET, bypass_csp=True, offline=True)
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(written.edition.pages[language].as_uri())

    found = Axe().run(page).response["violations"]

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET["width"]
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("media", "width"),
    [("screen", 320), ("screen", 390), ("screen", 768), ("screen", 1280), ("print", SHEET["width"])],
)
def test_no_text_of_a_chart_lies_on_another_or_leaves_the_page(browser, full, language, media, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(media=media)
    page.goto(full.pages[language].as_uri())
    page.evaluate("document.fonts.ready")

    assert page.locator("svg text").count() > 50
    assert page.evaluate(TEXTS_THAT_COLLIDE, width) == []
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_style_and_fonts_pass_the_page_s_own_security_policy(browser, written, language):
    context = browser.new_context()
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(written.edition.pages[language].as_uri())

    assert complaints == []
    fonts = page.evaluate("document.fonts.ready.then(all => [...all].map(one => [one.family, one.status]))")
    drawn = ["Amanah Latin", "Amanah Arabic"][: 2 if language == "ar" else 1]
    assert fonts == [[family, "loaded"] for family in drawn]
    assert page.evaluate("getComputedStyle(document.querySelector('svg')).direction") == "ltr"
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"
    context.close()


def test_the_text_is_whole_without_javascript(browser, written):
    texts = []
    for enabled in (True, False):
        context = browser.new_context(java_script_enabled=enabled)
        page = context.new_page()
        page.goto(written.edition.pages["en"].as_uri())
        texts.append(page.locator("body").inner_text())
        context.close()

    assert texts[0] == texts[1]
    assert "150" in texts[0]


def test_in_arabic_bars_grow_from_the_right(browser, written):
    edges = {}
    for language in ("en", "ar"):
        context = browser.new_context()
        page = context.new_page()
        page.goto(written.edition.pages[language].as_uri())
        bars = page.locator("#F1-occupation rect.bar").all()
        edges[language] = [bar.bounding_box() for bar in bars]
        context.close()

    assert len({round(box["x"]) for box in edges["en"]}) == 1
    assert len({round(box["x"] + box["width"]) for box in edges["ar"]}) == 1
    lengths = {language: [round(box["width"], 1) for box in boxes] for language, boxes in edges.items()}
    assert [width > 0 for width in lengths["ar"]] == [width > 0 for width in lengths["en"]]


def test_every_drawing_has_a_name_and_a_table_with_the_same_figures(browser, written):
    context = browser.new_context()
    page = context.new_page()
    page.goto(written.edition.pages["en"].as_uri())

    for drawing in page.locator("svg[role=img]").all():
        assert drawing.locator("title").text_content()
        assert drawing.locator("desc").text_content()
        cells = drawing.locator("xpath=ancestor::figure").locator("td").all_text_contents()
        assert set(drawing.locator("text.value").all_text_contents()) <= set(cells)
    context.close()
