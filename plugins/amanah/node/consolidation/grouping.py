"""Which rows are one record. A person may have several; a row that shares only the person joins the one it can be of.

A row with a number of its own (a contract) is of the record with that number. One without is of the only record of the
person that nothing speaks against: not another employer, not another time. Where several fit, none is picked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from amanah.node.consolidation.components import Contested, Rows, Trusted, people, records
from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.terms import StreamTerms, Time
from schemas.streams import Stream


@dataclass(frozen=True)
class Person:
    """One person's records, each as its rows, and the supplements that belong to none of them."""

    records: list[Rows]
    unattached: Rows = field(default_factory=list)


def group(rows: Rows, terms: StreamTerms, stream: Stream) -> tuple[list[Person], list[Contested]]:
    """``rows`` by person and record. The order of ``rows`` does not matter."""
    ordered = sorted(rows, key=lambda row: (terms.rank(row.source), row.source_ref))
    found, trusted, contested = people(ordered, terms, stream)
    return [_person(each, terms, trusted) for each in found], contested


def _person(rows: Rows, terms: StreamTerms, trusted: Trusted) -> Person:
    if len(rows) == 1:
        return Person([rows]) if terms.is_register(rows[0].source) else Person([], rows)
    parts = records(rows, terms, trusted)
    made = [part for part in parts if any(terms.is_register(row.source) for row in part)]
    firm = [part for part in made if _numbered(part, terms)]
    loose = [part for part in made if not _numbered(part, terms)]
    known, left = _placed(firm, loose, terms)
    known += _of_one(left, terms)
    supplements = [part for part in parts if part not in made]
    filled, unattached = _placed(known, supplements, terms)
    return Person(filled, [row for part in unattached for row in part])


def _numbered(part: Rows, terms: StreamTerms) -> bool:
    return any(True for key in terms.same_record for row in part for _ in row.values(key))


def _placed(known: list[Rows], parts: list[Rows], terms: StreamTerms) -> tuple[list[Rows], list[Rows]]:
    """``known`` with each of ``parts`` in the only record it can be of, and the parts without one."""
    joining: list[list[Rows]] = [[] for _ in known]
    left = []
    for part in parts:
        fitting = [at for at, record in enumerate(known) if _can_be_one(record, part, terms)]
        if len(fitting) == 1:
            joining[fitting[0]].append(part)
        else:
            left.append(part)
    filled = []
    for record, joiners in zip(known, joining, strict=True):
        agree = all(_can_be_one(one, other, terms) for one, other in combinations(joiners, 2))
        filled.append([*record, *(row for part in joiners for row in part)] if agree else record)
        left += [] if agree else joiners
    return filled, left


def _of_one(parts: list[Rows], terms: StreamTerms) -> list[Rows]:
    """Registrations without a number: one record, unless something tells two of them apart."""
    if all(_can_be_one(one, other, terms) for one, other in combinations(parts, 2)):
        return [[row for part in parts for row in part]] if parts else []
    return parts


def _can_be_one(record: Rows, part: Rows, terms: StreamTerms) -> bool:
    for name in terms.apart:
        mine, theirs = ({value for row in rows for value in row.values([name])} for rows in (record, part))
        if mine and theirs and mine.isdisjoint(theirs):
            return False
    return terms.time is None or _in_time(record, part, terms.time)


def _in_time(record: Rows, part: Rows, time: Time) -> bool:
    days = _days(part, time.day)
    if not days:
        return True
    margin = timedelta(days=time.margin_days)
    starts, ends = _days(record, time.start), _days(record, time.end)
    after_start = not starts or max(days) >= min(starts) - margin
    return after_start and (not ends or min(days) <= max(ends) + margin)


def _days(rows: Sequence[Contribution], name: str) -> list[date]:
    return [date.fromisoformat(value) for row in rows for value in row.values([name])]
