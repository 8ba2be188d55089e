"""The digest: each desk is told what is new for it, in its language, once, and nothing when nothing is."""

import pytest
from letters import HEAD, JEDDAH, RIYADH, html, plain, texts, words

from amanah.cases.lifecycle import Action, Resolution, State
from amanah.cases.people import Desk, People
from amanah.store.tables import case_there

pytestmark = pytest.mark.slow

IN_ENGLISH = People(desks={name: Desk(language="en") for name in (RIYADH, JEDDAH)})


def subjects(post_office):
    return [sent["Subject"] for sent in post_office.taken]


def test_a_desk_gets_what_is_its_own(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1"), a_discrepancy("D2", area="SA-02"), a_discrepancy("D3", severity="high"))

    assert notify("2026-08-03", IN_ENGLISH).digests == 2

    [riyadh], [jeddah] = post_office.sent_to(RIYADH), post_office.sent_to(JEDDAH)
    assert riyadh["Subject"] == "[idn-sau] Your cases: 2 new, 2 open"
    assert jeddah["Subject"] == "[idn-sau] Your cases: 1 new, 1 open"
    for text in (plain(riyadh), html(riyadh)):
        assert "https://node.example/worklist" in text
        assert "D2" not in text
        assert text.index("D3") < text.index("D1")  # the severe one first


def test_it_says_what_happened_how_old_whose_turn_and_what_to_do(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-08-10", IN_ENGLISH)

    [sent] = post_office.taken
    for said in (
        "As of 10 August 2026: 1 new, 1 open.",
        "a value differs: passport number",
        "14 August 2026",
        "4 working days left",
        "Your turn, not begun. Found in July 2026",
        "Check the document, and correct our record if it is wrong.",
    ):
        assert said in " ".join(plain(sent).split()), said
        assert said in words(html(sent)), said


@pytest.mark.parametrize(
    ("language", "subject", "turn", "direction"),
    [
        ("en", "[idn-sau] Your cases: 1 new, 1 open", "Your turn, not begun", "ltr"),
        ("id", "[idn-sau] Kasus Anda: 1 baru, 1 terbuka", "Giliran Anda, belum ditangani", "ltr"),
        (
            "ar",
            "حالات مكتبكم: حالة جديدة واحدة، حالة مفتوحة واحدة [idn-sau]",
            "الدور عليكم، ولم تبدأ المعالجة",
            "rtl",
        ),
    ],
)
def test_a_desk_is_written_to_in_its_language(
    month_ends, notify, post_office, a_discrepancy, language, subject, turn, direction
):
    month_ends("2026-07", a_discrepancy())
    notify("2026-08-03", People(desks={RIYADH: Desk(language=language)}))

    [sent] = post_office.taken
    assert (sent["Subject"], sent["Content-Language"]) == (subject, language)
    assert turn in plain(sent)
    assert turn in html(sent)
    assert html(sent).count(f'lang="{language}" dir="{direction}"') == 2  # the page and what programs keep of it


@pytest.mark.parametrize(("us", "language"), [("IDN", "id"), ("SAU", "ar")])
def test_where_no_file_names_it_the_language_is_the_partys_first(
    month_ends, notify, post_office, a_discrepancy, us, language
):
    month_ends("2026-07", a_discrepancy(), us=us)
    notify("2026-08-03", us=us)

    assert [sent["Content-Language"] for sent in post_office.taken] == [language]


def test_an_arabic_mail_has_both_calendars_and_keeps_numbers_apart(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("9f2e77aa01bc34de"), us="SAU")
    notify("2026-08-03", us="SAU")

    [sent] = post_office.taken
    assert "3 أغسطس 2026 (20 صفر 1448 هـ)" in plain(sent)
    assert "<bdi dir='ltr'>9f2e77aa01bc34de</bdi>" in html(sent)
    assert "\u20689f2e77aa01bc34de\u2069" in plain(sent)


def test_a_mail_says_what_it_is_in_its_headers(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-08-03")

    [sent] = post_office.taken
    assert sent["From"] == "pipeline@kp2mi.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Id"] == "<cases.idn-sau.kp2mi.example>"
    assert sent["Date"]
    assert sent["Message-ID"].startswith("<digest.")
    assert sent["Message-ID"].endswith("@kp2mi.example>")
    assert sent.get_content_type() == "multipart/alternative"
    assert list(texts(sent)) == ["text/plain", "text/html"]


def test_it_is_sent_once_however_often_it_is_asked_for(month_ends, notify, post_office, mails, a_discrepancy):
    month_ends("2026-07", a_discrepancy())

    told = [notify("2026-08-03") for _ in range(3)]

    assert [(each.digests, each.sent) for each in told] == [(1, 1), (0, 0), (0, 0)]
    assert len(post_office.taken) == len(mails()) == 1


def test_a_day_without_news_has_no_mail(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-08-03", IN_ENGLISH)

    notify("2026-08-04", IN_ENGLISH)
    month_ends("2026-08", a_discrepancy(), a_discrepancy("D2"))
    notify("2026-09-01", People(desks={RIYADH: Desk(language="en")}))

    assert [each for each in subjects(post_office) if "Your cases" in each] == [
        "[idn-sau] Your cases: 1 new, 1 open",
        "[idn-sau] Your cases: 1 new, 1 past its deadline, 2 open",
    ]


def test_what_returns_or_is_handed_over_or_still_differs_is_new_again(
    month_ends, notify, act, post_office, a_discrepancy
):
    month_ends("2026-06", a_discrepancy("D1"), a_discrepancy("D2"), a_discrepancy("D3"))
    notify("2026-07-01", IN_ENGLISH)
    act("D2", Action.RESOLVE, state=State.RESOLVED, resolution=Resolution.OURS_WRONG, resolved_in="2026-06")
    act("D3", Action.HAND_OVER, official=JEDDAH, handed_over=True)
    assert notify("2026-07-02", IN_ENGLISH).digests == 1  # Jeddah's
    month_ends("2026-07", a_discrepancy("D2"), a_discrepancy("D3"))
    notify("2026-08-03", IN_ENGLISH)
    month_ends("2026-08", a_discrepancy("D1"), a_discrepancy("D2"), a_discrepancy("D3"))
    notify("2026-09-01", IN_ENGLISH)

    riyadh, jeddah = (
        [sent["Subject"].partition(": ")[2] for sent in post_office.sent_to(desk) if "Your cases" in sent["Subject"]]
        for desk in (RIYADH, JEDDAH)
    )
    assert riyadh == ["3 new, 3 open", "1 new, 1 open", "1 new, 1 past its deadline, 2 open"]
    assert jeddah == ["1 new, 1 open"]


def test_what_the_partner_did_is_news(month_ends, notify, database, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-08-03", IN_ENGLISH)
    with database.engine.begin() as connection:
        word = {
            "number": "D1",
            "state": "resolved",
            "action": "resolve",
            "acted_on": "2026-08-04",
            "told_in": "2026-08",
        }
        connection.execute(case_there.insert().values(word))

    assert [notify(day, IN_ENGLISH).digests for day in ("2026-08-05", "2026-08-06")] == [1, 0]

    assert "The other side: resolved" in plain(post_office.taken[-1])


def test_whose_turn_it_is_while_a_case_waits(month_ends, notify, act, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1"), a_discrepancy("D2"))
    act("D1", Action.WAIT, state=State.WAITING, waits_for="partner")
    act("D2", Action.WAIT, state=State.WAITING, waits_for="document")
    notify("2026-08-03", IN_ENGLISH)

    [sent] = post_office.taken
    assert "The other side's turn" in plain(sent)
    assert "Waiting for a document" in plain(sent)
    assert "rina" not in str(sent) + plain(sent) + html(sent)
    assert "in person" not in plain(sent) + html(sent)


def test_how_many_closed_is_said_with_the_next_news(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-06", *(a_discrepancy(f"D{n}") for n in range(3)))
    notify("2026-07-01", IN_ENGLISH)
    month_ends("2026-07", a_discrepancy("D0"))
    assert notify("2026-08-03", IN_ENGLISH).digests == 0
    month_ends("2026-08", a_discrepancy("D0"), a_discrepancy("D4"))
    notify("2026-09-01", IN_ENGLISH)

    assert "2 cases closed since the last mail." in plain(post_office.taken[-1])


def test_what_is_not_named_is_counted(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"D{n}") for n in range(20)))
    notify("2026-08-03", IN_ENGLISH)

    [sent] = post_office.taken
    assert "... and 5 more." in plain(sent)
    assert "... and 5 more." in html(sent)


def test_it_waits_for_the_desks_morning(month_ends, notify, post_office, mails, a_discrepancy):
    """Reconciled at night, on a day that has not come yet: queued, and not sent before half past seven in Jakarta."""
    month_ends("2199-07", a_discrepancy())

    assert notify("2199-08-01").sent == 0

    assert post_office.taken == []
    assert mails()[RIYADH].next_try_at.isoformat() == "2199-08-01T00:30:00+00:00"


def test_a_desk_with_a_hundred_thousand_cases_has_a_small_mail(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"{n:016x}") for n in range(100_000)))
    notify("2026-08-03", People(desks={RIYADH: Desk(language="ar", supervisor=HEAD)}))

    [sent] = post_office.sent_to(RIYADH)
    assert len(sent.as_bytes()) < 100_000
    assert "100,000" in plain(sent)
