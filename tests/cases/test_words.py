"""The words of the mails: the same in every language, in the right form for each number, and nothing left out."""

import string
from datetime import date

import pytest
from babel import Locale

from amanah.cases import words
from amanah.cases.lifecycle import State, WaitsFor
from amanah.cases.words import Words
from schemas import codelists

OTHERS = ("id", "ar")


def texts(node, path=""):
    """Path -> text, but for the forms of a count, which differ by language: they are one text, the one for many."""
    if isinstance(node, str):
        return {path: node}
    if "other" in node:
        return {path: node["other"]}
    return {name: text for key, below in node.items() for name, text in texts(below, f"{path}.{key}").items()}


def counts(node, path=""):
    """Path -> the forms of a count."""
    if isinstance(node, str):
        return {}
    if "other" in node:
        return {path.removeprefix("."): node}
    return {name: forms for key, below in node.items() for name, forms in counts(below, f"{path}.{key}").items()}


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_in_every_language_with_the_same_places(language):
    english, other = texts(words.load("en")), texts(words.load(language))

    assert other.keys() - {".day"} == english.keys()  # only Arabic has a second calendar
    assert {path: places(text) for path, text in other.items() if path != ".day"} == {
        path: places(text) for path, text in english.items()
    }


@pytest.mark.parametrize("language", codelists.LANGUAGES)
def test_every_count_has_the_forms_of_its_language(language):
    needed = {Locale(language).plural_form(n) for n in range(1000)}

    for path, forms in counts(words.load(language)).items():
        assert forms.keys() >= needed, path


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "لا حالات جديدة"),
        (1, "حالة جديدة واحدة"),
        (2, "حالتان جديدتان"),
        (3, "3 حالات جديدة"),
        (10, "10 حالات جديدة"),
        (11, "11 حالة جديدة"),
        (99, "99 حالة جديدة"),
        (100, "100 حالة جديدة"),
        (102, "102 حالة جديدة"),
        (103, "103 حالات جديدة"),
    ],
)
def test_arabic_counts(n, said):
    assert Words("ar", html=False).count("new", n) == said


def test_english_counts():
    w = Words("en", html=False)

    assert [w.late(1), w.late(2), w.late(60)] == [
        "1 working day late",
        "2 working days late",
        "more than 60 working days late",
    ]


@pytest.mark.parametrize("language", codelists.LANGUAGES)
def test_every_class_has_something_to_do_and_every_state_a_turn(language):
    w = Words(language, html=False)

    assert all(w(f"do.{code}") for code in codelists.load("discrepancy_class").codes)
    assert all(w(f"turn.{state}") for state in (State.OPEN, State.IN_PROGRESS, State.WAITING))
    assert all(w(f"turn.waiting_{what}") for what in WaitsFor)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "30 September 2026"), ("id", "30 September 2026"), ("ar", "30 سبتمبر 2026 (19 ربيع الثاني 1448 هـ)")],
)
def test_days(language, said):
    assert Words(language, html=False).day(date(2026, 9, 30)) == said


def test_what_stands_in_html_is_escaped_once():
    w = Words("en", html=True)

    assert w("alert.missed_by_desk.text", desk=w.id("<a&b>")).startswith("At <bdi dir='ltr'>&lt;a&amp;b&gt;</bdi> the")
