"""What holds for every name, friendly or not."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amanah.reconcile import names

LATIN = st.sampled_from(
    [
        "siti",
        "sitti",
        "aminah",
        "aisyah",
        "nur",
        "nurhaliza",
        "haliza",
        "noor",
        "halizah",
        "muhammad",
        "moh",
        "m",
        "ahmad",
        "ahmat",
        "abdul",
        "rahman",
        "abdurrahman",
        "sutini",
        "rahmawati",
        "rahma",
        "khadijah",
        "hadijah",
        "bin",
        "binti",
        "hj",
        "al-hakim",
        "o'brien",
        "é",
    ]
)
ARABIC = st.sampled_from(
    [
        "سيتي",
        "ستي",
        "أمينة",
        "نور",
        "نورهاليزا",
        "محمد",
        "أحمد",
        "عبد",
        "الرحمن",
        "عبدالرحمن",
        "بن",
        "السيدة",
        "الدين",
        "شريف",
        "م",
    ]
)
NAME = st.lists(LATIN | ARABIC, min_size=1, max_size=6).map(" ".join)
ANYTHING = st.text(max_size=40) | NAME | st.text(alphabet="سيتيامن siaмн\u200f\u0640\u064e'-<😀", max_size=30)


def judged(left, right):
    return names.compare(pa.array([left], pa.string()), pa.array([right], pa.string()))[0].as_py()


@example("ahmad h", "ahmat n amin")  # words that agree as badly with one as with another
@example("s yanti n", "yunti h")
@example("s ستي سيتي", "سيتي s sitti")
@given(ANYTHING, ANYTHING)
def test_both_countries_find_the_same(left, right):
    found = judged(left, right)
    assert found == judged(right, left)
    assert found is None or (0 <= found["similarity"] <= 1 and found["level"] in names.LEVELS)


@given(ANYTHING)
def test_a_name_is_itself(name):
    found = judged(name, name)
    assert (found is None) == (not names.normal(name))
    assert found is None or found == {"similarity": 1.0, "level": "same"}


@given(NAME)
def test_capitals_say_nothing(name):
    assert names.normal(name.upper()) == names.normal(name.lower()) == names.normal(name.title().replace("'B", "'b"))


@given(NAME, st.lists(st.sampled_from("\u0301\u0308\u064e\u0651\u0670\u0640\u200f\u200d\u202b\ufeff"), max_size=9))
def test_marks_and_unseen_characters_say_nothing(name, marks):
    letters = list(name)
    marked = "".join(letter + (marks[n] if n < len(marks) else "") for n, letter in enumerate(letters))
    assert names.normal(marked) == names.normal(name)


@given(NAME)
def test_presentation_forms_and_wide_letters_say_nothing(name):
    forms = {
        unicodedata.normalize("NFKC", chr(point)): chr(point)
        for block in (range(0xFE80, 0xFEF5), range(0xFF21, 0xFF5B))
        for point in block
    }
    assert names.normal("".join(forms.get(letter, letter) for letter in name)) == names.normal(name)


@given(NAME, st.sampled_from([" ", "   ", "\t", "\u00a0", "\u3000", " - ", "<"]))
def test_spacing_says_nothing(name, gap):
    spaced = gap.join(name.split(" ")) + " "
    assert names.normal(" " + spaced) == names.normal(name)


@pytest.mark.parametrize(
    ("name", "looks_like"),
    [("АMINАН", "AMINAH"), ("SΙTΙ", "SITI"), ("ОМАК", "OMAK"), ("ﺳﻴﺘﻲ", "سيتي"), ("يحيى", "يحيي"), ("ٱحمد", "أحمد")],
)
def test_letters_that_look_alike_are_one(name, looks_like):
    assert names.normal(name) == names.normal(looks_like)


def test_another_script_stays_itself():
    assert names.normal("Владимир") == ("владимир",)
    assert names.normal("अमिता देवी")[1:] == names.normal("देवी")
    assert judged("山田", "山本")["level"] == "different"


def test_figures_are_read_in_every_script():
    assert names.normal("٢ ۲ 2") == ("2", "2", "2")


@pytest.mark.parametrize(
    "name",
    [
        "A" * 10_000,
        "A " * 5_000,
        "سيتي " * 2_000,
        "ab" * 3 + "😀" * 5_000,
        "\u202e" * 10_000 + "Siti",
        "ﷺ" * 5_000,
        "\x00Siti",
    ],
    ids=["one word", "many words", "many Arabic words", "emoji", "directions", "one sign, many letters", "null"],
)
def test_what_is_no_name_does_no_harm(name):
    assert len(names.keys(name)) <= 16
    for other in ("Siti Aminah", name, "سيتي"):
        assert judged(name, other) == judged(other, name)


@given(ANYTHING)
def test_keys_of_an_array_are_those_of_each_name(name):
    assert names.keys_of(pa.array([name, None])).to_pylist() == [names.keys(name), None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Nurhaliza", "سيتي نور هاليزا"),
        ("Nurhaliza", "Noor Halizah"),
        ("Sutini Sutini", "سوتيني كارتو"),
        ("Khadijah", "Hadijah"),
        ("Khadijah", "خديجة"),
        ("Fatimah", "Patimah"),
        ("Usman", "عثمان"),
        ("Ramadhan", "رمضان"),
        ("Zulaikha", "Julaeha"),
        ("Aminah, Siti", "Siti Aminah binti Ahmad"),
        ("Cahyani", "تشاهياني"),
        ("Ayu", "أيو"),
    ],
)
def test_two_writings_of_a_name_meet_under_a_key(one, other):
    assert set(names.keys(one)) & set(names.keys(other))
