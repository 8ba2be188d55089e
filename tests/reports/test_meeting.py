"""Decisions asked of the task force and last meeting's actions: read from a file, frozen, shown on the page."""

from pathlib import Path

import pytest
from frozen import AGREEMENT, a_quarter

from reports import meeting
from reports.meeting import MeetingError

FILE = """
2026-Q3:
  decisions:
    - id: D-2026-3-1
      text: {en: Agree on one list of areas., id: Sepakati satu daftar wilayah., ar: الاتفاق على قائمة واحدة للمناطق.}
      owner: SAU
      due: 2026-12-15
  actions:
    - id: A-2026-2-1
      text: {en: Send complaints monthly., id: Kirim pengaduan tiap bulan., ar: إرسال الشكاوى شهريًا.}
      owner: IDN
      due: 2026-09-30
      state: done
"""


def load(folder: Path, text: str, quarter: str = "2026-Q3"):
    file = folder / "decisions.yaml"
    file.write_text(text, encoding="utf-8")
    return meeting.load(file, quarter, parties=AGREEMENT.parties, languages=AGREEMENT.report.languages)


def test_the_page_shows_them_after_the_headlines_in_every_language(edition_of, tmp_path):
    frozen = a_quarter()
    frozen.more_terms["meeting"] = load(tmp_path, FILE).model_dump(mode="json")

    made = edition_of(frozen)

    english = made.html[made.html.index('<h2 id="decisions">') : made.html.index('<h2 id="flows">')]
    assert "Agree on one list of areas." in english
    assert "15 December 2026" in english
    assert "<td>Indonesia</td><td>30 September 2026 (19 Rabi II 1448 AH)</td><td>done</td>" in english
    assert made.html.index('<h2 id="headlines">') < made.html.index('<h2 id="decisions">')
    for language, said in {"id": "Kirim pengaduan tiap bulan.", "ar": "إرسال الشكاوى شهريًا."}.items():
        assert said in made.edition.pages[language].read_text(encoding="utf-8")


def test_a_quarter_without_any_says_so(written):
    assert written.html.count("<p>None recorded.</p>") == 2


def test_a_file_that_is_not_there_or_says_nothing_of_the_quarter_records_none(tmp_path):
    absent = meeting.load(tmp_path / "no.yaml", "2026-Q3", parties=AGREEMENT.parties, languages=("en",))

    assert absent == load(tmp_path, FILE, "2026-Q4") == meeting.Meeting()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("owner: SAU", "owner: KSA", "2026-Q3, decisions 1 (D-2026-3-1), owner: write one of IDN, SAU"),
        ("state: done", "state: finished", "2026-Q3, actions 1 (A-2026-2-1), state: write one of open, done, dropped"),
        (", ar: إرسال الشكاوى شهريًا.", "", "2026-Q3, actions 1 (A-2026-2-1), text: say it in ar too"),
        ("      due: 2026-12-15\n", "", "2026-Q3, decisions 1 (D-2026-3-1), due: is not there; write it"),
        (
            "state: done",
            "state: done\n      why: x",
            "actions 1 (A-2026-2-1), why: is no field of an entry; take it out",
        ),
        ("2026-Q3:", "2026Q3:", "2026Q3: is no quarter; write it as 2026-Q3"),
        ("2026-Q3:", "2026-Q3: [", "decisions.yaml, line"),
    ],
)
def test_a_fault_is_named_by_file_entry_and_field_with_what_to_do(tmp_path, right, wrong, said):
    with pytest.raises(MeetingError) as raised:
        load(tmp_path, FILE.replace(right, wrong))

    assert "decisions.yaml" in str(raised.value)
    assert said in str(raised.value)


def test_a_number_that_stands_twice_is_a_fault(tmp_path):
    decision = FILE[FILE.index("    - id: D") : FILE.index("  actions")]

    with pytest.raises(MeetingError, match=r"decisions 2 \(D-2026-3-1\), id: stands twice"):
        load(tmp_path, FILE.replace("  actions:", f"{decision}  actions:"))
