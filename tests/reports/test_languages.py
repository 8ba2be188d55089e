"""The page in every language: whole, with the same figures, in forms and fonts that are right."""

import base64
import html
import io
import re
from pathlib import Path

import pytest
import yaml
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont
from frozen import AGREEMENT, Frozen, a_full_quarter, a_quarter

from reports import indicators
from reports.beside import beside
from reports.page import TEMPLATES
from reports.words import LOCALES, WRITTEN_IN, Words, load, messages_file

LANGUAGES = AGREEMENT.report.languages
TRANSLATED = [language for language in LANGUAGES if language != WRITTEN_IN]
PLACE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"<[^>]+>")
ARABIC = re.compile("[\u0621-\u064a]")
OPTIONS = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}


def sentences():
    found = extract_from_dir(
        str(TEMPLATES.parent),
        method_map=[("templates/**.j2", "jinja2"), ("words.py", "python")],
        options_map={"templates/**.j2": OPTIONS},
    )
    return {text for _, _, text, _, _ in found}


def translated(language):
    with messages_file(language).open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def leaves(words, path=()):
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def words_in(language, written):
    return Words(load(language), written.publication.about)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_the_templates_is_translated_and_none_is_left_over(language):
    """Where it fails: make messages, then translate what is empty."""
    assert {message.id for message in translated(language)} == sentences()
    assert [message.id for message in translated(language) if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_and_the_marks_of_its_sentence(language):
    for message in translated(language):
        forms = message.string if isinstance(message.string, tuple) else [message.string]
        original = message.id[-1] if isinstance(message.id, tuple) else message.id
        for form in forms:
            if isinstance(message.id, tuple):
                assert set(PLACE.findall(form)) <= set(PLACE.findall(original))
            else:
                assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(original)), original
            marks = [mark for mark in TAG.findall(form) if "bdi" not in mark]
            assert sorted(marks) == sorted(TAG.findall(original)), original


def test_no_sentence_of_the_arabic_page_is_in_latin_letters_only():
    for message in translated("ar"):
        for form in message.string if isinstance(message.string, tuple) else [message.string]:
            assert ARABIC.search(form), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_all_languages_have_the_same_keys(language):
    def of(name):
        return set(leaves(yaml.safe_load((LOCALES / f"{name}.yaml").read_text(encoding="utf-8"))))

    assert of(language) == of(WRITTEN_IN)


def test_the_catalogue_says_everything_in_every_language_of_the_agreement():
    for indicator in indicators.load().indicators:
        for text in (indicator.name, indicator.definition, indicator.numerator, indicator.denominator):
            assert text is None or set(text) == set(LANGUAGES), indicator.id


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "غير ذلك (فئة واحدة)"),
        (2, "غير ذلك (فئتان)"),
        (3, "غير ذلك (3 فئات)"),
        (10, "غير ذلك (10 فئات)"),
        (11, "غير ذلك (11 فئة)"),
        (99, "غير ذلك (99 فئة)"),
        (100, "غير ذلك (100 فئة)"),
        (102, "غير ذلك (102 فئة)"),
        (103, "غير ذلك (103 فئات)"),
    ],
)
def test_arabic_counts_in_the_form_that_the_number_asks_for(written, count, said):
    assert words_in("ar", written).pooled(count) == said


def test_indonesian_has_one_form_and_english_two(written):
    assert [words_in("id", written).pooled(n) for n in (1, 2)] == ["lainnya (1 kategori)", "lainnya (2 kategori)"]
    assert [words_in("en", written).pooled(n) for n in (1, 2)] == ["other (1 category)", "other (2 categories)"]


@pytest.mark.parametrize(
    ("language", "number", "quarter", "beside", "day"),
    [
        (
            *("en", "1,234,567.9", "third quarter 2026", "16 Muharram 1448 AH to 19 Rabi II 1448 AH"),
            "10 October 2026, 03:00 UTC (29 Rabi II 1448 AH)",
        ),
        (
            *("id", "1.234.567,9", "Triwulan III 2026", "16 Muharam 1448 H sampai 19 Rabiulakhir 1448 H"),
            "10 Oktober 2026 pukul 03:00 UTC (29 Rabiulakhir 1448 H)",
        ),
        (
            *("ar", "1,234,567.9", "الربع الثالث 2026", "من 16 محرم 1448 هـ إلى 19 ربيع الآخر 1448 هـ"),
            "10 أكتوبر 2026 الساعة 03:00 بالتوقيت العالمي (29 ربيع الآخر 1448 هـ)",
        ),
    ],
)
def test_numbers_and_days_are_written_as_the_language_writes_them(written, language, number, quarter, beside, day):
    words = words_in(language, written)

    assert words.number(1234567.89) == number
    assert words.quarter("2026-Q3") == quarter
    assert words.days_of("2026-Q3") == beside
    assert words.day(written.publication.about.frozen_at) == day


def printed(page: Path, language: str):
    """The counts, percentages, rates and medians of the page's tables, as numbers; ``None`` where there is none."""
    locale = load(language)
    text = page.read_text(encoding="utf-8")
    found = []
    for table in re.findall(r'<table class="(?:of-|then).*?</table>', text, flags=re.S):
        for cell in re.findall(r'<td class="(?:count|percent|rate|days|ratio)[^"]*">([^<]*)', table):
            plain = html.unescape(cell).replace(locale["thousands"], "").replace(locale["decimal"], ".")
            numbers = re.findall(r"[0-9.]+", plain)
            found.append(float(numbers[0]) if numbers and not plain_is_hidden(cell, locale) else None)
    return found


def plain_is_hidden(cell, locale):
    return html.unescape(cell) == locale["marks"]["confidential"].format(smallest=AGREEMENT.report.smallest_count)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_figures_of_publish_json(written, language):
    expected = []
    for figure in written.publication.figures:
        for cells in [*(row.cells for row in figure.rows), *([figure.total] if figure.total else [])]:
            units = [column.unit for column in figure.columns]
            told = zip(cells, units, strict=True)
            expected += [cell.value for cell, unit in told if unit not in ("state", "standing")]
        compared = beside(written.publication, indicators.load().named(figure.id))
        expected += [cell.value for line in compared.lines for cell in line.cells] if compared else []

    assert printed(written.edition.pages[language], language) == expected


@pytest.mark.parametrize("build", [a_quarter, a_full_quarter, Frozen])
def test_the_fonts_inside_hold_every_character_of_the_page(edition_of, build):
    for path in edition_of(build()).edition.pages.values():
        page = path.read_text(encoding="utf-8")
        held = set()
        for packed in re.findall(r'url\("data:font/woff2;base64,([^"]+)"\)', page):
            held |= set(TTFont(io.BytesIO(base64.b64decode(packed))).getBestCmap())
        margins = "0123456789 /".join(re.findall(r'content: "([^"]*)"', page))
        shown = margins + html.unescape(TAG.sub("", re.sub(r"<style>.*?</style>", "", page, flags=re.S)))

        assert {character for character in shown if ord(character) not in held and not character.isspace()} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_small_enough_to_mail(written, language):
    assert written.edition.pages[language].stat().st_size < 300_000
