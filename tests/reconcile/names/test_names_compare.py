"""What two names are to each other. The tables are the specification: left, right, level."""

import doctest
import importlib
import pkgutil

import duckdb
import pyarrow as pa
import pytest

from amanah.reconcile import names

SAME_SCRIPT = """
Siti Aminah                            | SITI  AMINAH                        | same
Hj. Siti Aminah                        | Siti Aminah                         | same
Mrs. Fatimah                           | FATIMAH                             | same
P<IDNAMINAH<<SITI<<<<<<<<<<<<<<<<<<<<  | Aminah, Siti                        | same
AMINAH<<SITI<<<<<<<<<<<<<<<<<<<<<<<<<  | Siti Aminah                         | parts_swapped
Abdul Rahman Wahid                     | Abd al-Rahman Wahid                 | same
Abdurrahman                            | Abdul Rahman                        | same
Siti Aminah                            | Sitti Aminah                        | same_letters
Siti Aminah                            | Sity Aminah                         | same_letters
Nurhaliza                              | Noor Halizah                        | same_letters
Nurhaliza                              | Nur Haliza                          | same_letters
Nur Haliza                             | Noerhalizah                         | same_letters
Muhammad Yusuf                         | Mohammed Yusuf                      | same_letters
Muhammad Yusuf                         | Moh. Yusuf                          | same_letters
Muhammad Yusuf                         | M. Yusuf                            | same_letters
Achmad Syaifuddin                      | Ahmad Saepudin                      | same_letters
Djumiati                               | Jumiyati                            | same_letters
Khadijah                               | Hadijah                             | same_letters
Sukarno                                | Soekarno                            | same_letters
Sutini Sutini                          | Sutini                              | doubled_mononym
Sutini                                 | Sutini binti Karto                  | parts_added
Sutini                                 | Sutini Karto Wiryo                  | parts_added
Sutini Sutini                          | Sutini Karto                        | parts_added
Siti Aminah                            | Siti Aminah binti Ahmad             | parts_added
Aminah                                 | Siti Aminah                         | parts_dropped
Siti Nur Aminah                        | Siti Aminah                         | parts_dropped
Noor Halizah binti Ahmad               | Nurhaliza                           | parts_added
Siti Aminah                            | Aminah Siti                         | parts_swapped
Siti Nurhaliza Rahmawati               | Siti Nurhaliza Rahma                | truncated
RAHMAWATI<<SITI<NURHALIZA<MEGAWA       | Siti Nurhaliza Megawati Rahmawati   | truncated
Ahmad                                  | Ahmat                               | near
Siti Nurhaliza                         | Siti Nurhalima                      | near
Amin                                   | Aminah                              | near
Susanti                                | Susanto                             | near
Siti Aminah                            | Siti Aisyah                         | different
Siti Aminah                            | Siti Rahayu                         | different
Yuni                                   | Yani                                | different
Aisyah                                 | Asiyah                              | different
Hasan bin Ali                          | Husin bin Ali                       | different
Ahmad bin Hasan bin Ali                | Umar bin Hasan bin Ali              | different
Sri Wahyuni                            | Tri Wahyuni                         | different
سيتي أمينة                             | ستي امينه                           | same_letters
فاطمة                                  | فاطمه                               | same
السيدة فاطمة                           | فاطمة                               | same
أحمد بن حسن                            | احمد حسن                            | same
عبدالرحمن                              | عبد الرحمن                          | same
"""

ACROSS_SCRIPTS = """
Siti Nurhaliza                         | سيتي نور هاليزا                     | other_script
Siti Nurhaliza                         | ستي نورهاليزا                       | other_script
Muhammad Yusuf                         | محمد يوسف                           | other_script
M. Yusuf                               | محمد يوسف                           | other_script
Abdurrahman                            | عبد الرحمن                          | other_script
Nuruddin                               | نور الدين                           | other_script
Fatimah Zahra                          | فاطمة الزهراء                       | other_script
Siti Aminah                            | سيتي أمينة بنت أحمد                 | parts_added
Siti Aminah                            | أمينة سيتي                          | parts_swapped
Dewi Sri Lestari                       | ديوي ليستاري                        | parts_dropped
Siti Aminah                            | سيتي رحايو                          | different
Siti Aminah                            | ديوي ليستاري                        | different
"""


def table(text):
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]


def judged(left, right):
    return names.compare(pa.array([left], pa.string()), pa.array([right], pa.string()))[0].as_py()


@pytest.mark.parametrize(("left", "right", "level"), table(SAME_SCRIPT) + table(ACROSS_SCRIPTS))
def test_what_two_names_are_to_each_other(left, right, level):
    assert judged(left, right)["level"] == level
    assert judged(right, left) == judged(left, right)


@pytest.mark.parametrize(("left", "right"), [(None, "Siti"), ("Siti", ""), ("Siti", "..."), ("😀", "Siti"), ("", None)])
def test_a_name_without_a_letter_is_not_available(left, right):
    assert judged(left, right) is None


def test_agreeing_on_what_many_share_says_less():
    shared, rare = judged("Siti Aminah", "Siti Rahayu"), judged("Aminah Siti", "Aminah Dewi")
    assert shared["similarity"] < rare["similarity"]


def test_a_word_more_costs_less_than_another_word():
    assert judged("Siti Aminah", "Siti Aminah Ahmad")["similarity"] > judged("Siti Aminah", "Siti Ahmad")["similarity"]


def test_a_pair_is_judged_alike_whatever_it_is_compared_with():
    pairs = table(SAME_SCRIPT) + table(ACROSS_SCRIPTS)
    together = names.compare(pa.array([p[0] for p in pairs]), pa.array([p[1] for p in pairs])).to_pylist()
    assert together == [judged(left, right) for left, right, _ in pairs]


def test_dictionaries_chunks_and_slices_are_read_as_well():
    plain = pa.array(["Siti", "Ahmad", "Sutini"])
    for array in (plain.dictionary_encode(), pa.chunked_array([plain[:1], plain[1:]]), plain.cast(pa.large_string())):
        assert names.compare(array, plain).field("level").to_pylist() == ["same"] * 3
        assert names.compare(array[1:], plain[1:]).field("level").to_pylist() == ["same"] * 2
    assert len(names.compare(plain[:0], plain[:0])) == 0


def test_as_many_names_on_both_sides():
    with pytest.raises(ValueError, match="2 on one side, 1 on the other"):
        names.compare(pa.array(["Siti", "Ahmad"]), pa.array(["Siti"]))


def test_word_by_word():
    left = ["SITI AMINAH", "Siti binti Ahmad Amina", None, "...", "سيتي"]
    right = ["Siti binti Ahmad Amina", "SITI AMINAH", "Siti", "Siti", "سيتي"]
    found = names.align(pa.array(left), pa.array(right)).to_pylist()
    words = [[tuple(word.values()) for word in pair] if pair is not None else None for pair in found]
    assert words == [
        [("siti", "siti", 1.0), ("aminah", "amina", 0.98), (None, "ahmad", 0.0)],
        [("siti", "siti", 1.0), ("ahmad", None, 0.0), ("amina", "aminah", 0.98)],
        None,
        None,
        [("سيتي", "سيتي", 1.0)],
    ]
    assert names.align(pa.array([], pa.string()), pa.array([], pa.string())).to_pylist() == []


def test_in_sql():
    database = duckdb.connect()
    names.install(database)
    database.execute(
        "CREATE TABLE pair AS FROM (VALUES ('SITI', 'SITI', FALSE), ('SITI AMINAH', 'DEWI LESTARI', TRUE),"
        " ('Siti Aminah', 'سيتي أمينة', FALSE), (NULL, 'SITI', FALSE), ('...', 'SITI', FALSE)) t(a, b, differ)"
    )
    assert database.execute(f"FROM pair WHERE differ <> ({names.disagree('a', 'b')})").fetchall() == []


@pytest.mark.parametrize("module", [each.name for each in pkgutil.iter_modules(names.__path__, f"{names.__name__}.")])
def test_the_examples_in_the_documentation_are_true(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
