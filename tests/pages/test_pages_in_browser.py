"""The pages in Chromium: accessible and whole in three languages, on a phone and a desk, by day and by night."""

import os
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from desks import FIRST, WAGE
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
PICTURES = os.environ.get("AMANAH_PICTURES")  # a folder to look at them afterwards

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium (apt-get install chromium)"),
]
LOOKS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def check(page, name):
    """Axe finds nothing, and nothing is wider than the window."""
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth"), name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "id", "ar"])
def test_no_accessibility_violation_and_no_overflow(served, browser, language):
    with served("siti") as (base, enter):
        for width, scheme in LOOKS:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            asked_elsewhere = []
            page.on(
                "request",
                lambda request, told=asked_elsewhere: request.url.startswith(base) or told.append(request.url),
            )
            page.goto(enter)
            page.goto(f"{base}/IDN/worklist?lang={language}")
            check(page, f"worklist-{language}-{width}-{scheme}")
            page.goto(f"{base}/IDN/case/{WAGE}?lang={language}")
            page.locator("details summary").first.click()
            check(page, f"case-{language}-{width}-{scheme}")
            page.locator("form.look button").click()
            page.wait_for_selector("table.records")
            check(page, f"records-{language}-{width}-{scheme}")
            assert asked_elsewhere == []
            context.close()


@pytest.mark.parametrize("language", ["en", "id", "ar"])
def test_the_pages_about_the_exchange_too(served_exchange, browser, language):
    with served_exchange("eko") as (base, enter):
        for width, scheme in LOOKS:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            page.goto(enter)
            for path in ("corridor", "messages", f"messages/{FIRST}"):
                page.goto(f"{base}/IDN/{path}?lang={language}")
                check(page, f"{path.replace('/', '-')}-{language}-{width}-{scheme}")
            page.goto(f"{base}/IDN/messages?lang={language}")
            page.locator("input[name=record]").fill("IDN-P-2")
            page.locator("form[method=post] button").press("Enter")
            page.wait_for_selector("table.cases")
            check(page, f"record-{language}-{width}-{scheme}")
            context.close()


def test_an_official_works_on_a_case_with_the_keyboard_and_without_scripts(served, browser):
    with served("siti") as (base, enter):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(enter)
        page.locator(f"a[href$='{WAGE}']").focus()
        page.keyboard.press("Enter")
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        page.locator("details[open] select").select_option("theirs_wrong")
        page.locator("details[open] textarea").fill("seen the contract")
        page.locator("details[open] button").press("Enter")

        page.wait_for_url(f"{base}/IDN/case/{WAGE}")
        assert "resolved, until the next exchange shows it" in page.content()
        context.close()
