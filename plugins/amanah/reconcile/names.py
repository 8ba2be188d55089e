"""Do two names in Latin script name the same person? The thin rule; across scripts is issue 5.

A visa adds the father's name to a mononym and "bin" or "binti" before it, so a longer name agrees with a shorter
one when it holds all its words. One shared word is not enough: half of all names share "Siti" or "Muhammad".
"""

_FATHER_OF = r"\b(bin|binti|bint|binte|ibn)\b"
_APOSTROPHES = "''’ʼ`"  # doubled: inside an SQL literal


def words(name: str) -> str:
    """SQL for the distinct words of the SQL expression ``name``; an empty list when nothing is left."""
    plain = f"translate(lower({name}), '{_APOSTROPHES}', '')"
    spaced = rf"regexp_replace({plain}, '[^\p{{L}}\p{{M}}\p{{N}}]+', ' ', 'g')"
    bare = f"trim(regexp_replace({spaced}, '{_FATHER_OF}', ' ', 'g'))"
    return f"list_filter(list_distinct(string_split({bare}, ' ')), lambda word: word <> '')"


def disagree(one: str, other: str) -> str:
    """SQL that is true when two names disagree; false when either is not available or has no word."""
    first, second = words(one), words(other)
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL OR {one} = {other} THEN FALSE"
        f" ELSE len(list_intersect({first}, {second})) < least(len({first}), len({second})) END"
    )
