"""What a register of our own says of a case, in the reader's language; whom only it knows, for the desk to look for."""

from datetime import UTC, datetime

import pytest
import yaml
from desks import DANGER, JEDDAH, RIYADH, THEIRS_ONLY, WAGE
from found import of
from sqlalchemy import select
from test_worklist_and_case import post

from amanah.store import findings, witnesses
from amanah.store.tables import case_look, testimony, witnessed
from amanah.store.witnesses import Said

pytestmark = pytest.mark.slow

PERSONAL = ("QZ7770001", "KANARI", "IDN-P-ABR-1", "IDN-P-ABR-8", "1987-03-14")
TERMS = {
    "placement": {
        "systems": [
            {"name": "siskop2mi", "role": "register"},
            {
                "name": "peduli_wni",
                "role": "witness",
                "called": {"en": "The foreign ministry's register", "id": "Register Kemlu", "ar": "سجل وزارة الخارجية"},
            },
            {"name": "embassy", "role": "witness"},
        ]
    }
}


@pytest.fixture
def node(node, tmp_path):
    """The node of the pages, with two witnesses; one knows a worker in Jeddah whom nobody else does."""
    terms = tmp_path / "consolidation.yaml"
    terms.write_text(yaml.safe_dump(TERMS, allow_unicode=True), encoding="utf-8")
    node.settings = node.settings.model_copy(update={"consolidation": terms})
    registered = {"name_latin": "KANARI BURUNG", "passport_no": "QZ7770001", "birth_date": "1987-03-14"}
    said = [
        {"id": WAGE, "witness": "peduli_wni", "says": "theirs", "witness_ref": "IDN-P-ABR-1"},
        {"id": WAGE, "witness": "embassy", "says": "silent"},
        {"id": THEIRS_ONLY, "witness": "peduli_wni", "says": "knows", "witness_ref": "IDN-P-ABR-1"},
    ]
    alone = {"stream": "placement", "witness": "peduli_wni", "witness_ref": "IDN-P-ABR-8", "area": "SA-02"}
    with node.database.engine.begin() as connection:
        findings.record_heard(
            connection,
            "2026-07",
            said=of(testimony, said),
            in_neither=of(witnessed, [alone | {"official": JEDDAH}]),
        )
        witnesses.add(
            connection,
            "placement",
            "peduli_wni",
            [Said("IDN-P-ABR-8", 1, "0" * 64, {"record_ref": "IDN-P-ABR-8", **registered})],
            at={"IDN-P-ABR-8": datetime(2026, 7, 15, tzinfo=UTC)},
            known_in="2026-07",
        )
    return node


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The foreign ministry&#39;s register: It has this worker, and agrees with the other side."),
        ("id", "Register Kemlu: Memuat pekerja ini, dan sesuai dengan pihak lain."),
        ("ar", "سجل وزارة الخارجية: العامل مسجل هنا، والقول يوافق ما لدى الطرف الآخر."),
    ],
)
def test_a_case_says_what_each_witness_says_of_it_in_a_sentence(visit, language, said):
    page = visit("siti").get(f"/IDN/case/{WAGE}?lang={language}").text

    assert said in page
    assert not [value for value in PERSONAL if value in page]


def test_a_witness_without_the_worker_says_so_under_its_name_and_one_that_was_not_asked_says_nothing(visit):
    browser = visit("siti")

    assert "embassy: It does not have this worker." in browser.get(f"/IDN/case/{WAGE}").text
    assert "register: It has this worker." in browser.get(f"/IDN/case/{THEIRS_ONLY}").text
    assert "other registers of ours" not in browser.get(f"/IDN/case/{DANGER}").text


@pytest.mark.parametrize(("name", "sees"), [("dewi", True), ("budi", True), ("ani", True), ("siti", False)])
def test_the_worklist_counts_the_people_whom_its_desk_is_to_look_for(visit, name, sees):
    browser = visit(name)

    assert ("1 person is in neither register" in browser.get("/IDN/worklist?lang=en").text) == sees
    page = browser.get("/IDN/witnessed?lang=en").text
    assert ("There is nobody." in page) != sees
    assert not [value for value in PERSONAL if value in page]


def test_who_they_are_is_shown_for_a_reason_that_is_kept(visit, node):
    page = post(visit("dewi"), "/IDN/witnessed?lang=en", why="call").text

    assert [value for value in PERSONAL if value in page] == ["QZ7770001", "KANARI", "IDN-P-ABR-8", "1987-03-14"]
    assert "The foreign ministry&#39;s register" in page
    with node.database.engine.connect() as connection:
        looks = connection.execute(select(case_look.c.by, case_look.c.number, case_look.c.why)).all()
    assert looks == [("dewi", "-", "people in neither register: call")]


def test_another_desk_is_not_shown_them_and_an_auditor_none(visit, node):
    assert "QZ7770001" not in post(visit("siti"), "/IDN/witnessed", why="call").text
    assert post(visit("dewi"), "/IDN/witnessed", why="curious").status_code == 400
    for name, path in (("ani", "/IDN/witnessed"), ("eko", "/IDN/witnessed")):
        assert visit(name).get(path).status_code == (200 if name == "ani" else 403)
    page = visit("ani").get("/IDN/witnessed").text
    assert "Show who they are" not in page
    assert RIYADH not in page
