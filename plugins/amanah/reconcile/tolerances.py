"""Tolerances that need more than a comparison: working days, parents of a code, names of organisations.

Each function gives SQL over two SQL expressions that is true when the two values agree; null when one is not available.
"""

from collections.abc import Sequence

from amanah.reconcile.engine import listed, quoted
from schemas.agreement import Agreement
from schemas.agreement_party import WEEKDAYS

# What says only which kind of organisation it is, in the languages and scripts of the corridors.
_LEGAL_FORMS = (
    *("pt", "cv", "ud", "tbk", "persero"),
    *("co", "company", "corp", "corporation", "est", "establishment", "group", "inc", "llc", "ltd", "limited"),
    *("شركة", "مؤسسة", "مجموعة", "ش", "ذ", "م"),
)
_MOST_CALENDAR_DAYS = 366  # apart; nobody tolerates a year of working days, and counting them one by one would be slow


def within_working_days(agreement: Agreement, one: str, other: str, within: int) -> str:
    """At most ``within`` days apart on which the offices of both sides are open."""
    parties = agreement.parties.values()
    closed = {WEEKDAYS.index(day) + 1 for party in parties for day in party.weekend}
    holidays = sorted({day.isoformat() for party in parties for day in party.holidays})
    opened = f"isodow(day) NOT IN ({', '.join(map(str, sorted(closed)))})" if closed else "TRUE"
    if holidays:
        opened += f" AND day::DATE NOT IN ({', '.join(f'DATE {quoted(day)}' for day in holidays)})"
    # The first day is where counting begins: of a Thursday and the next Sunday only Sunday lies between.
    days = f"generate_series(least({one}, {other}) + 1, greatest({one}, {other}), INTERVAL 1 DAY)"
    far = f"abs(date_diff('day', {one}, {other})) > {_MOST_CALENDAR_DAYS}"
    return f"CASE WHEN {far} THEN FALSE\n  ELSE len(list_filter({days}, lambda day: {opened})) <= {within} END"


def parent_of_code(one: str, other: str) -> str:
    """Equal, or one is the other's parent: its beginning, zeros at the end aside, as 515 and 5150 of 5152."""
    bare_one, bare_other = (f"rtrim({code}, '0')" for code in (one, other))
    return (
        f"({one} = {other} OR (length({bare_one}) > 0 AND starts_with({other}, {bare_one}))\n"
        f"  OR (length({bare_other}) > 0 AND starts_with({one}, {bare_other})))"
    )


def same_organisation(one: str, other: str, aliases: Sequence[Sequence[str]]) -> str:
    """The same words, but for their order, legal forms, case, accents, punctuation; or both in one of ``aliases``."""
    cases = [f"{_words(one)} = {_words(other)}"]
    for group in aliases:
        known = ", ".join(_words(quoted(name)) for name in group)
        cases.append(f"({_words(one)} IN ({known}) AND {_words(other)} IN ({known}))")
    return f"({' OR '.join(cases)})"


def _words(name: str) -> str:
    """SQL for the words of ``name`` in a fixed order; all of them when there is nothing but legal forms."""
    words = f"string_split(regexp_replace(strip_accents(lower({name})), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'), ' ')"
    telling = _joined(f"list_filter({words}, lambda word: word NOT IN {listed(_LEGAL_FORMS)})")
    return f"coalesce({telling}, {_joined(words)})"


def _joined(words: str) -> str:
    return f"nullif(trim(array_to_string(list_sort({words}), ' ')), '')"
