"""Corridor and messages: an engineer sees how the exchange stands and every message's life, and no case or record."""

import re
from datetime import timedelta
from html import unescape

import pytest
from builders import a_placement
from corridor import hold
from desks import FIRST, HOSTILE, LOST_AFTER, SECOND, THIRD, WAGE
from sqlalchemy import func, select, update

from amanah.cases.words import load
from amanah.exchange.ledger import head
from amanah.exchange.watch import What
from amanah.node.corridor import Ends
from amanah.pages.exchange_visit import CODES
from amanah.pages.render import FOLDER
from amanah.store.tables import case_look, message
from schemas.codelists import LANGUAGES

pytestmark = pytest.mark.slow

PERSONAL = ("IDN-P-1", "IDN-P-2", "SAU-C-7", "1990-05-17", "alert(1)</script>")


def rows_of(text, heading):
    """The rows of the table below a heading, each as the texts of its cells."""
    table = text.split(f"<h2>{heading}</h2>")[1].split("</table>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("<tr>")[2:]]
    return [[unescape(" ".join(re.sub(r"<[^>]+>", "", cell).split())) for cell in row] for row in cells]


def ids(text):
    return re.findall(r'<th scope="row"[^>]*><a class="id" href="/IDN/messages/([A-Z0-9a-z-]+)', text)


def form_token(browser):
    return re.search(r'name="token" value="([0-9a-f]{64})"', browser.get("/IDN/messages").text)[1]


def refused(node):
    with node.database.engine.connect() as connection:
        return [
            (row.by, row.why, row.refused) for row in connection.execute(select(case_look).order_by(case_look.c.id))
        ]


class TestTheCorridor:
    def test_each_stream_each_way_with_what_waits_and_what_is_missing(self, look_in):
        rows = rows_of(look_in("eko").get("/IDN/corridor").text, "The exchange")
        by_stream = {row[0]: row[1:] for row in rows}

        last, state, answer, waits, missing = by_stream["placement, sent by us"]
        assert last == f"{THIRD}, September 2026"
        assert state.startswith("at the exchange point, ")
        assert answer.startswith(f"accepted, {SECOND}, ")
        assert re.match(r"1 message waits: in time, until .* UTC *1 record not sent yet$", waits)
        assert missing == "nothing"
        assert by_stream["complaint, received"][0].startswith(LOST_AFTER)
        assert by_stream["complaint, received"][1].startswith("held, ")
        assert by_stream["complaint, received"][4].startswith("1, asked for at ")
        assert set(by_stream) == {
            f"{stream}, {way}" for stream in ("placement", "complaint", "answers") for way in ("sent by us", "received")
        }

    def test_of_two_answers_within_the_same_second_the_later_message_is_the_last_answered(self, look_in, exchanged):
        with exchanged.database.engine.begin() as connection:
            at = connection.scalar(select(message.c.answered_at).where(message.c.message_id == SECOND))
            connection.execute(update(message).where(message.c.message_id == FIRST).values(answered_at=at))

        rows = rows_of(look_in("eko").get("/IDN/corridor").text, "The exchange")

        assert next(row[3] for row in rows if row[0] == "placement, sent by us").startswith(f"accepted, {SECOND}, ")

    def test_what_is_overdue_is_said_and_needs_a_person(self, look_in, exchanged):
        with exchanged.database.engine.begin() as connection:
            late = message.c.created_at - timedelta(days=60)
            here = message.c.message_id == THIRD
            connection.execute(update(message).where(here).values(created_at=late))

        page = look_in("eko").get("/IDN/corridor").text

        placements = next(row for row in rows_of(page, "The exchange") if row[0] == "placement, sent by us")
        assert placements[4].startswith("1 message waits: overdue, until ")
        concerns = rows_of(page, "What needs a person")
        assert [row[2] for row in concerns if row[0] == "not answered"] == [THIRD]
        assert all(row[4] for row in concerns)

    def test_quarantine_keys_terms_and_months(self, look_in, exchanged):
        page = look_in("eko").get("/IDN/corridor").text

        assert rows_of(page, "Quarantine") == [["siskop2mi", "2"]]
        endings = {row[0].rpartition(" ")[0]: row[2] for row in rows_of(page, "Keys and terms")}
        assert endings["our key"] == endings["the partner's key"] == "in order"
        assert {"agreement", "assessment"} <= set(endings)
        assert [row[1:] for row in rows_of(page, "Links and mismatches by month")] == [
            ["3", "1", "1"],
            ["2", "4", "1"],
        ]
        assert 'aria-label="Mismatches by month: 2026-07: 4, 2026-08: 1"' in page

    def test_a_key_that_cannot_be_read_hides_nothing_else(self, look_in, exchanged):
        browser = look_in("eko")
        exchanged.settings.keys.partner[0].rename(exchanged.store / "elsewhere.pgp")
        try:
            page = browser.get("/IDN/corridor")
        finally:
            (exchanged.store / "elsewhere.pgp").rename(exchanged.settings.keys.partner[0])

        assert page.status_code == 200
        assert next(row[2] for row in rows_of(page.text, "Keys and terms") if row[0] == "the partner's key").startswith(
            "does not count"
        )

    def test_a_node_that_has_exchanged_nothing_yet_has_a_corridor_too(self, visit):
        page = visit("eko").get("/IDN/corridor")

        assert page.status_code == 200
        assert "none yet" in page.text


class TestMessages:
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"message": FIRST}, [FIRST]),
            ({"code": "401"}, [FIRST]),
            ({"code": "308"}, []),
            ({"period": "2026-08", "sender": "IDN", "message": SECOND}, [SECOND]),
            ({"since": "2020-01-01", "until": "2020-01-31"}, []),
            ({"message": "' OR 1=1 --"}, []),
        ],
    )
    def test_found_by_id_code_month_sender_and_day(self, look_in, asked, found):
        assert ids(look_in("eko").get("/IDN/messages", params=asked).text) == found

    def test_without_a_question_the_newest_come_first(self, look_in):
        found = ids(look_in("eko").get("/IDN/messages").text)

        assert found[0] == THIRD
        assert found.index(SECOND) < found.index(FIRST)

    @pytest.mark.parametrize("asked", [{"code": "many"}, {"period": "July"}, {"since": "yesterday"}])
    def test_what_is_no_code_month_or_day_is_said(self, look_in, asked):
        page = look_in("eko").get("/IDN/messages", params=asked)

        assert page.status_code == 400
        assert "is no code, month or day" in page.text

    def test_a_record_is_found_in_a_form_and_its_reference_is_kept_nowhere(self, look_in, exchanged):
        browser = look_in("eko")

        page = browser.post("/IDN/messages", data={"token": form_token(browser), "record": "IDN-P-2"})

        assert ids(page.text) == [FIRST, SECOND]
        assert "401 " in page.text
        assert re.search(r"new, revision 2", page.text)
        assert "IDN-P-2" not in page.text
        assert refused(exchanged) == [("eko", "search by a record's reference", False)]
        assert browser.post("/IDN/messages", data={"record": "IDN-P-2"}).status_code == 403

    def test_a_message_whole(self, look_in):
        page = look_in("eko").get(f"/IDN/messages/{SECOND}").text

        life = rows_of(page, "Its life in the ledger")
        assert [row[2] for row in life] == [
            "built",
            "being sent",
            "put at the exchange point",
            "accepted by the partner",
        ]
        assert [int(row[0].replace(",", "")) for row in life] == sorted(int(row[0].replace(",", "")) for row in life)
        files = {row[0]: row for row in rows_of(page, "Files")}
        assert int(files["sealed package, in outbox/"][1].replace(",", "")) > 1000
        assert files["records.parquet"][2] == "2" if "records.parquet" in files else len(files) > 2
        assert re.search(rf"Corrects or withdraws 1 records of <a class=\"id\" href=\"/IDN/messages/{FIRST}\"", page)
        assert re.search(r"Answered by <a class=\"id\" href=\"/IDN/messages/SAU-IDN-status-\d{6}\"", page)
        assert re.search(rf"Follows on <a class=\"id\" href=\"/IDN/messages/{FIRST}\"", page)

    def test_why_something_was_refused_stands_in_the_words_of_the_code_table(self, look_in):
        [row] = rows_of(look_in("eko").get(f"/IDN/messages/{FIRST}").text, "Why records or all of it were refused")

        assert row == ["401", CODES[401], "1"]

    def test_an_answer_leads_to_what_it_answers(self, look_in):
        first = look_in("eko").get(f"/IDN/messages/{FIRST}").text
        answer = re.search(r"Answered by <a class=\"id\" href=\"(/IDN/messages/SAU-IDN-status-\d{6})\"", first)[1]

        assert f'Answers <a class="id" href="/IDN/messages/{FIRST}"' in look_in("eko").get(answer).text

    def test_there_is_no_such_message(self, look_in):
        page = look_in("eko").get("/IDN/messages/IDN-SAU-placement-999999")

        assert page.status_code == 404
        assert "knows no message of that id" in page.text
        assert look_in("eko").get("/IDN/messages/%3Cscript%3E").status_code == 404


class TestWhoSeesWhat:
    @pytest.mark.parametrize("name", ["siti", "budi", "tono"])
    def test_who_works_with_cases_sees_no_exchange_and_the_try_is_kept(self, look_in, exchanged, name):
        for path in ("corridor", "messages", f"messages/{FIRST}"):
            assert look_in(name).get(f"/IDN/{path}").status_code == 403

        needed = ["see_corridor", "see_messages", "see_messages"]
        assert refused(exchanged) == [(name, why, True) for why in needed]

    def test_an_auditor_sees_messages_and_not_the_corridor(self, look_in):
        auditor = look_in("ani")

        assert auditor.get(f"/IDN/messages/{FIRST}").status_code == 200
        assert auditor.get("/IDN/corridor").status_code == 403
        assert 'href="/IDN/corridor"' not in auditor.get("/IDN/messages").text

    def test_an_engineer_sees_no_case_and_begins_with_the_corridor(self, look_in):
        engineer = look_in("eko")

        assert engineer.get(f"/IDN/case/{WAGE}").status_code == 403
        assert 'href="/IDN/worklist"' not in engineer.get("/IDN/corridor").text


def test_looking_changes_nothing_and_shows_nothing_personal(look_in, exchanged):
    def state():
        with exchanged.database.engine.connect() as connection:
            return head(connection), connection.execute(select(func.count()).select_from(case_look)).scalar_one()

    before, browser = state(), look_in("eko")
    for path in ("corridor", "messages", *(f"messages/{each}" for each in (FIRST, SECOND, THIRD, LOST_AFTER))):
        page = browser.get(f"/IDN/{path}")
        assert not [value for value in PERSONAL if value in page.text]
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")
        assert "<script" not in page.text
        assert ' style="' not in page.text
    assert state() == before


def test_markup_in_what_a_partner_said_is_text(look_in):
    for path in ("corridor", f"messages/{LOST_AFTER}"):
        page = look_in("eko").get(f"/IDN/{path}").text

        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words_in_every_language(language):
    words = load(language, FOLDER / "locales")

    assert {what.replace(" ", "_") for what in What} == words["concerns"].keys()
    assert set(Ends) == words["endings"].keys()
    assert _shape(words) == _shape(load("en", FOLDER / "locales"))


def test_what_is_not_sent_is_counted_once_a_record(look_in, exchanged):
    hold(exchanged, a_placement("IDN-P-4", stage="completed"), month="2026-11")

    assert "1 record not sent yet" in look_in("eko").get("/IDN/corridor").text


def _shape(words, path=""):
    """The paths of all texts; the forms of a count differ by language and are one."""
    forms = {"zero", "one", "two", "few", "many", "other"}
    if isinstance(words, str) or (words.keys() <= forms and "other" in words):
        return {path}
    return {each for key, below in words.items() for each in _shape(below, f"{path}.{key}")}
