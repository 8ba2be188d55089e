"""The pages: everybody sees what is theirs, nothing personal without a look that is kept, and no trick gets further."""

import csv
import io
import re

import pytest
from desks import DANGER, HOSTILE, JEDDAH, RIYADH, STAGE, THEIRS_ONLY, WAGE
from openpyxl import load_workbook
from sqlalchemy import select

from amanah.pages.text import cell, visible
from amanah.store.tables import case, case_event, case_look

pytestmark = pytest.mark.slow

PERSONAL = ("4321.09", "1500.00", "QZ9990001", "alert(1)", "IDN-P-1", "SAU-P-1", "1990-05-17")


@pytest.fixture
def table(node):
    def rows(which):
        with node.database.engine.connect() as connection:
            return connection.execute(select(which)).all()

    return rows


def form_token(browser, path="/IDN/worklist"):
    return re.search(r'name="token" value="([0-9a-f]{64})"', browser.get(path).text)[1]


def post(browser, path, **form):
    return browser.post(path, data={"token": form_token(browser), **form})


def numbers(text):
    return set(re.findall(r"/case/([0-9a-f]{16})", text))


def test_an_official_sees_the_cases_of_their_desks_and_nothing_personal(visit):
    page = visit("siti").get("/IDN/worklist")

    assert page.status_code == 200
    assert numbers(page.text) == {WAGE, THEIRS_ONLY, DANGER}
    assert "a value differs: wage" in page.text
    assert not [value for value in PERSONAL if value in page.text]


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("dewi", {STAGE}), ("budi", {WAGE, STAGE, THEIRS_ONLY}), ("ani", {WAGE, STAGE, THEIRS_ONLY, DANGER})],
)
def test_who_sees_what(visit, name, theirs):
    assert numbers(visit(name).get("/IDN/worklist").text) == theirs


@pytest.mark.parametrize("name", ["eko", "tono"])
def test_the_wrong_role_gets_403_and_an_audit_line(visit, table, name):
    for path in ("/IDN/worklist", f"/IDN/case/{WAGE}", "/IDN/worklist.csv"):
        assert visit(name).get(path).status_code == 403

    looks = table(case_look)
    assert {(look.by, look.refused) for look in looks} == {(name, True)}
    assert len(looks) == 3


def test_somebody_who_is_not_among_the_people_gets_403_and_an_audit_line(visit, table):
    page = visit("stranger").get("/IDN/worklist")

    assert (page.status_code, page.text) == (403, "forbidden")
    assert [(look.by, look.why) for look in table(case_look)] == [("stranger", "not among the people")]


def test_nobody_gets_in_without_the_key(visit):
    browser = visit("siti", entered=False)

    assert browser.get("/IDN/worklist").status_code == 401
    assert browser.get("/enter/guessed").status_code == 404
    assert browser.post(f"/IDN/case/{WAGE}/act").status_code == 401
    assert browser.get("/IDN/style.css").status_code == 401


def test_a_case_of_another_desk_is_as_if_it_were_not_there_and_the_try_is_kept(visit, table):
    other, none = visit("dewi").get(f"/IDN/case/{WAGE}"), visit("dewi").get("/IDN/case/0123456789abcdef")

    assert (other.status_code, none.status_code) == (404, 404)
    assert other.text == none.text.replace("0123456789abcdef", WAGE)
    assert [(look.by, look.number, look.refused) for look in table(case_look)] == [("dewi", WAGE, True)]


def test_opening_a_case_shows_nothing_personal_and_changes_nothing(visit, table):
    page = visit("siti").get(f"/IDN/case/{WAGE}")

    assert page.status_code == 200
    assert not [value for value in PERSONAL if value in page.text]
    assert table(case_look) == []
    assert {row.version for row in table(case)} == {1}


def test_a_look_at_both_records_is_kept_and_shows_where_they_differ(visit, table):
    page = post(visit("siti"), f"/IDN/case/{WAGE}/look", why="call")

    assert page.status_code == 200
    assert "same passport (certain)" in page.text
    assert re.search(r'<tr class="differs">\s*<th scope="row">[^<]*wage[^<]*<strong>', page.text)
    assert "1800.00" in page.text
    [look] = table(case_look)
    assert (look.by, look.role, look.number, look.why, look.refused) == ("siti", "official", WAGE, "call", False)


def test_an_auditor_sees_who_looked_and_never_the_records(visit):
    post(visit("siti"), f"/IDN/case/{WAGE}/look", why="work")
    auditor = visit("ani")

    page = auditor.get(f"/IDN/case/{WAGE}")

    assert "Who looked at the records" in page.text
    assert "/look" not in page.text
    assert "/act" not in page.text
    token = form_token(visit("siti"))
    assert auditor.post(f"/IDN/case/{WAGE}/look", data={"token": token, "why": "work"}).status_code == 403


def test_an_official_resolves_a_case(visit, table):
    browser = visit("siti")

    answer = post(
        browser,
        f"/IDN/case/{WAGE}/act",
        action="resolve",
        seen="1",
        resolution="ours_wrong",
        why="seen the contract",
        value="1500.00",
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"/IDN/case/{WAGE}")
    after = browser.get(f"/IDN/case/{WAGE}")
    assert "our record was wrong" in after.text
    assert "seen the contract" not in after.text  # people's words are personal: with the records only
    assert "seen the contract" in post(browser, f"/IDN/case/{WAGE}/look", why="work").text
    assert [(each.by, each.action) for each in table(case_event) if each.number == WAGE][-1] == ("siti", "resolve")


def test_two_at_once_and_the_second_is_told(visit, table):
    post(visit("budi"), f"/IDN/case/{WAGE}/act", action="take", seen="1")

    late = post(visit("siti"), f"/IDN/case/{WAGE}/act", action="take", seen="1")

    assert late.status_code == 409
    assert "Somebody changed this case while you looked at it" in late.text
    assert next(row.assignee for row in table(case) if row.number == WAGE) == "budi"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "resolve", "seen": "1", "resolution": "ours_wrong", "why": " "}, 422),
        ({"action": "resolve", "seen": "1", "resolution": "ours_wrong", "why": "x", "value": "much"}, 422),
        ({"action": "reopen", "seen": "1", "why": "x"}, 422),
        ({"action": "delete", "seen": "1"}, 400),
        ({"action": "take"}, 400),
        ({"action": "take", "seen": "one"}, 400),
        ({"action": "hand_over", "seen": "1", "desk": "x@y.example", "why": "x"}, 422),
        ({"action": "relate", "seen": "1", "other": STAGE}, 404),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_done(visit, table, form, status):
    answer = post(visit("siti"), f"/IDN/case/{WAGE}/act", **form)

    assert answer.status_code == status
    assert {row.version for row in table(case)} == {1}


def test_several_are_taken_at_once(visit, table):
    answer = post(visit("siti"), "/IDN/act", action="take", chosen=[f"{WAGE}:1", f"{DANGER}:1"])

    assert answer.status_code == 303
    assert {row.number for row in table(case) if row.assignee == "siti"} == {WAGE, DANGER}
    assert post(visit("siti"), "/IDN/act", action="resolve", chosen=f"{WAGE}:2").status_code == 400
    assert post(visit("siti"), "/IDN/act", action="take", chosen=f"{STAGE}:1").status_code == 404


def test_a_form_that_is_not_ours_does_nothing(visit, table):
    browser = visit("siti")
    act, form = f"/IDN/case/{WAGE}/act", {"action": "take", "seen": "1"}
    ours, others = form_token(browser), form_token(visit("budi"))

    assert browser.post(act, data=form).status_code == 403
    assert browser.post(act, data={**form, "token": "0" * 64}).status_code == 403
    assert browser.post(act, data={**form, "token": others}).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post(act, data={**form, "token": ours}, headers=cross).status_code == 403
    assert browser.get(act).status_code == 405
    assert {row.version for row in table(case)} == {1}


def test_markup_and_turned_text_in_a_record_are_text(visit):
    page = post(visit("siti"), f"/IDN/case/{WAGE}/look", why="work")

    assert HOSTILE not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert visible("a\u202eb\u0000c") == "a[U+202E]b[U+0000]c"


@pytest.mark.parametrize(
    "filters",
    [
        {"number": "' OR 1=1 --"},
        {"number": "%"},
        {"state": '\'; DROP TABLE "case"; --'},
        {"class": "x' UNION SELECT 1 --"},
        {"desk": JEDDAH},
        {"after": "' OR ''='"},
    ],
)
def test_what_is_asked_for_is_never_sql_and_another_desk_is_not_to_be_had(visit, filters, table):
    page = visit("siti").get("/IDN/worklist", params=filters)

    assert page.status_code == 200
    assert STAGE not in numbers(page.text)
    assert len(table(case)) == 4


def test_filters_and_pages(visit):
    browser = visit("budi")

    assert numbers(browser.get("/IDN/worklist?severity=high").text) == {THEIRS_ONLY}
    assert numbers(browser.get("/IDN/worklist?class=stage").text) == {STAGE}
    assert numbers(browser.get(f"/IDN/worklist?desk={RIYADH}").text) == {WAGE, THEIRS_ONLY}
    assert numbers(browser.get("/IDN/worklist?state=closed").text) == set()
    assert browser.get("/IDN/worklist?age=blue").status_code == 400


def test_a_worker_is_found_by_a_documents_number_that_is_kept_nowhere(visit, table):
    page = post(visit("siti"), "/IDN/search", document=" qz999 0001 ")

    assert numbers(page.text) == {WAGE, THEIRS_ONLY, DANGER}
    assert "0001" not in page.text.replace(THEIRS_ONLY, "")
    assert [look.why for look in table(case_look)] == ["search by a document's number"]
    assert numbers(post(visit("siti"), "/IDN/search", document="X").text) == set()


def test_the_list_for_a_spreadsheet_holds_no_formula_and_nothing_personal(visit):
    browser = visit("budi")

    rows = list(csv.DictReader(io.StringIO(browser.get("/IDN/worklist.csv").text.removeprefix("\ufeff"))))
    sheet = load_workbook(io.BytesIO(browser.get("/IDN/worklist.xlsx").content)).active

    assert {row["number"] for row in rows} == {WAGE, STAGE, THEIRS_ONLY}
    assert [[each.value for each in row] for row in sheet.iter_rows()][1][0] == rows[0]["number"]
    assert {each.data_type for row in sheet.iter_rows() for each in row} <= {"s", "inlineStr", "n"}
    assert browser.get("/IDN/worklist.pdf").status_code == 400
    assert [cell(text) for text in ("=1+1", "+1", "-1", "@x", "\t=1", "a=1", None)] == [
        *("'=1+1", "'+1", "'-1", "'@x", "'\t=1", "a=1", "")
    ]


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("id", "ltr"), ("ar", "rtl")])
def test_the_language_that_is_asked_for_stays(visit, language, direction):
    page = visit("siti").get(f"/IDN/worklist?lang={language}")

    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert f"/IDN/case/{WAGE}?lang={language}" in page.text
