"""What cannot wait: a worker who may be in danger, every day until somebody has seen it; a deadline missed, once."""

from datetime import UTC, datetime

import pytest
from letters import HEAD, JEDDAH, PROTECTION, RIYADH, html, plain, words

from amanah.cases.lifecycle import Action
from amanah.cases.people import Desk, People

pytestmark = pytest.mark.slow

PEOPLE = People(
    desks={
        PROTECTION: Desk(language="en", supervisor=HEAD),
        RIYADH: Desk(language="en", supervisor=HEAD),
        JEDDAH: Desk(language="en"),
    }
)
DANGER = {"class": "protection", "severity": "high", "reason": "unknown_death", "field": None}


@pytest.fixture
def urgent(post_office):
    """The subjects of the urgent mails to an address, in the order in which they left."""
    return lambda who: [sent["Subject"] for sent in post_office.sent_to(who) if sent["Importance"] == "high"]


def test_a_worker_in_danger_is_told_at_once_and_apart_from_the_digest(
    month_ends, notify, urgent, post_office, a_discrepancy
):
    month_ends("2026-07", a_discrepancy("D1", **DANGER))

    told = notify("2026-08-01", PEOPLE)

    assert (told.protection, told.digests) == (1, 1)
    assert urgent(PROTECTION) == ["[idn-sau] Case D1: a worker may be in danger"]
    alert = post_office.taken[0]  # before the digest
    for said in ("A worker may be in danger", "Reach the worker today", "D1", "https://node.example/worklist"):
        assert said in plain(alert)
        assert said in words(html(alert)) + html(alert)


def test_it_does_not_wait_for_the_morning(month_ends, notify, urgent, post_office, a_discrepancy):
    """Found by a run at night: the digest waits, the alert does not."""
    month_ends("2199-07", a_discrepancy("D1", **DANGER))
    notify("2199-08-01", PEOPLE)

    assert [sent["Importance"] for sent in post_office.taken] == ["high"]


def test_it_comes_again_every_day_until_somebody_has_acknowledged_it(month_ends, notify, act, urgent, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1", **DANGER))
    days = ("2026-08-01", "2026-08-01", "2026-08-02", "2026-08-03")  # a Saturday and a Sunday among them

    assert [notify(day, PEOPLE).protection for day in days] == [1, 0, 1, 1]
    act("D1", Action.ACKNOWLEDGE, acknowledged_by="rina", acknowledged_at=datetime.now(UTC))

    assert notify("2026-08-04", PEOPLE).protection == 0
    assert len(urgent(PROTECTION)) == 3


def test_it_ends_when_both_sides_agree(month_ends, notify, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1", **DANGER))
    notify("2026-08-01", PEOPLE)
    month_ends("2026-08")

    assert notify("2026-09-01", PEOPLE).protection == 0


def test_whom_a_case_is_handed_to_is_told_at_once(month_ends, notify, act, urgent, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1", **DANGER))
    notify("2026-08-03", PEOPLE)
    act("D1", Action.HAND_OVER, official=JEDDAH, handed_over=True)

    assert notify("2026-08-03", PEOPLE).protection == 1
    assert len(urgent(JEDDAH)) == 1


def test_the_mails_about_a_case_are_one_thread(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1", **DANGER), a_discrepancy("D2", **DANGER))
    for day in ("2026-08-01", "2026-08-02", "2026-08-25"):  # on the last a deadline has passed, too
        notify(day, PEOPLE)

    of_d1 = [sent for sent in post_office.taken if "Case D1" in sent["Subject"]]
    of_d2 = [sent for sent in post_office.taken if "Case D2" in sent["Subject"]]
    assert len(of_d1) == 5  # three alerts, and the missed deadline to desk and supervisor
    assert len({sent["Message-ID"] for sent in of_d1}) == len(of_d1)
    assert len({(sent["References"], sent["In-Reply-To"]) for sent in of_d1}) == 1
    assert of_d1[0]["References"] != of_d2[0]["References"]


def test_many_at_once_come_in_one_mail(month_ends, notify, urgent, post_office, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"D{n:03}", **DANGER) for n in range(60)))

    assert notify("2026-08-01", PEOPLE).protection == 1

    assert urgent(PROTECTION) == ["[idn-sau] 60 cases: workers may be in danger"]
    said = plain(post_office.taken[0])
    assert "D000" in said
    assert "... and 10 more." in said


@pytest.mark.parametrize(
    ("values", "urgent_mails"),
    [
        ({"stream": "complaint", "class": "missing_there", "severity": "high"}, 1),  # the other side has lost it
        ({"stream": "complaint", "class": "missing_there", "severity": "medium"}, 0),
        ({"class": "field", "field": "wage_amount", "severity": "high"}, 0),  # severe, and nobody in danger today
    ],
)
def test_what_may_mean_danger(month_ends, notify, a_discrepancy, values, urgent_mails):
    month_ends("2026-07", a_discrepancy("D1", **values))

    assert notify("2026-08-01", PEOPLE).protection == urgent_mails


def test_a_missed_deadline_is_told_to_the_desk_and_its_supervisor_once(
    month_ends, notify, urgent, post_office, a_discrepancy
):
    month_ends("2026-07", a_discrepancy("D1"))  # due on 14 August
    notify("2026-08-14", PEOPLE)
    assert urgent(RIYADH) == []

    assert [notify(day, PEOPLE).missed for day in ("2026-08-15", "2026-08-15", "2026-08-18")] == [2, 0, 0]

    assert urgent(RIYADH) == urgent(HEAD) == ["[idn-sau] Case D1: deadline missed"]
    assert "Your supervisor has been told." in plain(post_office.sent_to(RIYADH)[-1])
    [to_head] = [sent for sent in post_office.sent_to(HEAD) if sent["Importance"] == "high"]
    assert f"At {RIYADH} the agreed deadline has passed." in plain(to_head)


def test_it_is_told_again_when_as_many_days_have_gone_by_again(month_ends, notify, urgent, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1"))
    for day in ("2026-08-15", "2026-09-15", "2026-10-15", "2026-12-15", "2027-02-15"):
        notify(day, PEOPLE)

    assert len(urgent(HEAD)) == 3


def test_a_desk_without_a_supervisor_is_told_alone(month_ends, notify, urgent, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1", area="SA-02"))

    assert notify("2026-08-18", PEOPLE).missed == 1
    assert "supervisor" not in plain(post_office.sent_to(JEDDAH)[0])


def test_a_case_that_returns_may_miss_its_deadline_again(month_ends, notify, urgent, a_discrepancy):
    month_ends("2026-06", a_discrepancy("D1"))
    notify("2026-07-20", PEOPLE)
    month_ends("2026-07")
    month_ends("2026-08", a_discrepancy("D1"))
    notify("2026-09-01", PEOPLE)
    assert len(urgent(RIYADH)) == 1

    notify("2026-09-20", PEOPLE)

    assert len(urgent(RIYADH)) == 2
