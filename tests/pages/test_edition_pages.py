"""Editions and drafts in a browser: for supervisors, engineers and the task force, as they were rendered, and kept."""

import base64
import hashlib
import re

import pytest
from sqlalchemy import select

from amanah.store.tables import case_look

pytestmark = pytest.mark.slow

QUARTER = "2026-Q3"
DRAFT, EDITION = f"/IDN/draft/{QUARTER}", f"/IDN/edition/{QUARTER}/v1"


@pytest.fixture
def node(node):
    """The node with a draft of a report in two languages."""
    report = node.agreement.report.model_copy(update={"languages": ("en", "ar")})
    node.__dict__["agreement"] = node.agreement.model_copy(update={"report": report})
    node.evaluate(QUARTER, draft=True)
    return node


def test_who_decides_reads_the_draft_and_that_they_looked_is_kept(node, visit):
    who = ("budi", "eko", "tono")
    seen = [visit(name).get(DRAFT) for name in who]

    assert {page.status_code for page in seen} == {200}
    assert {page.content for page in seen} == {next(node.editions.drafts(QUARTER).glob("*.en.html")).read_bytes()}
    with node.database.engine.connect() as connection:
        looks = connection.execute(select(case_look).order_by(case_look.c.id)).all()
    assert [(look.by, look.why, look.refused) for look in looks] == [
        (name, f"evaluation of {QUARTER}, draft", False) for name in who
    ]


def test_nobody_else_does(node, visit):
    for name in ("siti", "ani", "nobody"):
        for path in (DRAFT, EDITION, "/IDN/editions"):
            seen = visit(name).get(path)
            assert seen.status_code == 403, (name, path)
            assert QUARTER not in seen.text


def test_the_page_may_load_and_run_nothing(visit):
    seen = visit("tono").get(DRAFT)

    style = re.search("<style>(.*?)</style>", seen.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = seen.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:;")
    assert seen.headers["cache-control"] == "no-store"


def test_the_task_force_begins_with_the_list_and_finds_draft_and_edition(node, visit):
    node.evaluate(QUARTER)
    node.editions.draft(QUARTER, 1)
    listed = visit("tono").get("/IDN/editions").text

    assert re.findall(r'href="(/IDN/(?:draft|edition)/[^"]+)"', listed) == [EDITION, DRAFT]
    arabic = visit("tono").get(f"{EDITION}?lang=ar").text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert '<html lang="en"' in visit("tono").get(f"{EDITION}?lang=id").text  # the report's first language


def test_what_is_not_there_is_said(visit):
    for path in (EDITION, "/IDN/draft/2026-Q1", "/IDN/draft/nothing", "/IDN/draft/..%2f..%2fkeys"):
        assert visit("tono").get(path).status_code == 404, path
