"""Registers as offices keep them: errors that hang together, families, mass hirings, renewed passports, two scripts.

Here nothing goes wrong evenly. Each clerk has a carefulness and habits of his own (who once swaps day and month does
so again; an office that writes Arabic writes nothing else), and a record made in haste has several faults. What makes
strangers alike is real too: brothers and sisters with near names, passports from one counter in a row, hundreds hired
on one day with visas numbered one after the other, the first of January as everybody's birthday.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.linkage import registers
from benchmarks.linkage.registers import Part
from benchmarks.linkage.words import Words, Writings, joined, words, written

Ints: TypeAlias = np.ndarray

PER_CLERK = 400  # placements
_FIRST_START = np.datetime64("2025-03-01")
_FIRST_BIRTH = np.datetime64("1979-01-01")
_AREAS = pa.array(["SA-01", "SA-02", "SA-03", "SA-04"])
_OCCUPATIONS = pa.array(["5120", "5152", "5311", "5322", "8322", "9111"])
_SEXES = pa.array(["F", "M"])
_PRECISIONS = pa.array(["day", "year"])
_TERM = 730  # days
_IN_A_ROW = 4  # passports of one counter
_MOST_HIRED = 512  # numbers that are kept for one hiring
_MADE = pa.array(["plain", "renewed", "arabic"])
_KEYBOARD = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
# Faults, and how common each is among an average clerk's records.
_FAULTS = {
    "contract": 0.006, "passport": 0.006, "visa": 0.006, "residence": 0.004, "no_contract": 0.02, "no_visa": 0.02,
    "slip": 0.012, "second_slip": 0.004, "other_writing": 0.03, "dropped": 0.01, "swapped_words": 0.005,
    "swapped_date": 0.008, "next_day": 0.01, "first_of_january": 0.012, "wrong_year": 0.004, "sex": 0.003,
    "employer": 0.008, "occupation": 0.02, "area": 0.01, "wage": 0.015, "start": 0.03, "nothing_recorded": 0.02,
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """Records as numbers, a row for each; -1 is "not recorded", dates are ``datetime64[D]``."""

    contract: Ints
    passport: Ints
    earlier: Ints
    visa: Ints
    residence: Ints
    words: Ints
    """Four columns: given names, then the father's; -1 where there is none."""
    writing: Ints
    birth: Ints
    year_only: Ints
    sex: Ints
    employer: Ints
    occupation: Ints
    area: Ints
    wage: Ints
    start: Ints
    agency: Ints


@dataclass(frozen=True)
class Groups:
    """Which rows belong together: of one person, one family, one hiring; and which begin a person or a hiring."""

    person: Ints
    family: Ints
    crew: Ints
    again: Ints
    """Whether the row is a further placement of the person of the row before."""
    hired_together: Ints


class Offices:
    """The clerks of one side: how many of each kind of fault each makes, and who writes what."""

    def __init__(self, clerks: int, draw: np.random.Generator) -> None:
        self.count = clerks
        care = np.exp(1.1 * draw.standard_normal(clerks) - 0.6)
        habits = draw.gamma(0.4, 1 / 0.4, (clerks, len(_FAULTS)))
        self._rates = np.minimum(care[:, None] * habits * np.array(list(_FAULTS.values())), 0.7)
        self.arabic_only = draw.random(clerks) < 0.12
        self.adds_father = draw.random(clerks) < 0.3
        self.doubles_mononyms = draw.random(clerks) < 0.4
        self.leaves_out_contract, self.leaves_out_visa = draw.random((2, clerks)) < 0.3
        self.knows_residence = 0.9 * draw.random(clerks)

    def faults(self, clerk: Ints, draw: np.random.Generator) -> dict[str, Ints]:
        """For each fault, in which of the records it happened; a record in forty was made in great haste."""
        haste = np.where(draw.random(len(clerk)) < 0.025, 10.0, 0.8)
        return {
            fault: draw.random(len(clerk)) < np.minimum(self._rates[clerk, place] * haste, 0.8)
            for place, fault in enumerate(_FAULTS)
        }


class Clerks:
    """Makes the parts of one pair of registers; ``seed`` settles everything."""

    def __init__(self, rows: int, seed: int) -> None:
        self._seed = seed
        self._words: Words = words()
        self._latin = written(self._words.latin, lambda word: list(_slips(word, seed)))
        self._arabic = Writings(self._words.arabic)
        draw = np.random.default_rng([seed, 1, 0])
        self._ours, self._theirs = (Offices(max(rows // PER_CLERK, 12), draw) for _ in range(2))

    def __call__(self, number: int, size: int) -> Part:
        """Part ``number``, of ``size`` placements."""
        draw = np.random.default_rng([self._seed, 2, number])
        index = number * registers.PART + np.arange(size)
        groups = _groups(size, draw)
        true = self._placements(index, groups, draw)
        clerks = [office.count * draw.random(size) for office in (self._ours, self._theirs)]
        clerks = [each.astype(np.int64)[groups.crew] for each in clerks]  # one clerk registers a whole hiring
        renewed, of_old = draw.random(size) < 0.08, draw.random(size) < 0.5
        sides = [
            self._as_registered(self._papers(true, index, renewed, old, draw), office, clerk, draw)
            for office, clerk, old in ((self._ours, clerks[0], of_old), (self._theirs, clerks[1], ~of_old))
        ]
        month = true.start.astype("M8[M]").astype(np.int64)
        held = [
            (draw.random(size) > 0.012) & (draw.random(self._ours.count * 64)[(clerk * 64 + month % 64)] > 0.01)
            for clerk in clerks
        ]
        arabic = self._theirs.arabic_only[clerks[1]]
        both, none = np.ones(size, bool), np.zeros(size, bool)
        tables = [
            self._columns(sides[0], index, "IDN", both, none),
            self._columns(sides[1], index, "SAU", ~arabic, arabic | (draw.random(size) < 0.5)),
        ]
        made = np.select([renewed, arabic], [1, 2], 0)
        return Part(
            registers.register(tables[0], held[0], draw),
            registers.register(tables[1], held[1], draw),
            _truth(tables, held, made, groups, index, _keyed(*sides)),
        )

    def _placements(self, index: Ints, groups: Groups, draw: np.random.Generator) -> Held:
        """What is true, before anybody writes it down."""
        size = len(index)
        start = _FIRST_START + draw.integers(0, 420, size)[groups.crew]
        since = np.flatnonzero(~groups.again)[groups.person]  # row of the person's first placement
        start = np.where(groups.again, start[since] + draw.integers(220, 760, size), start)
        alone = groups.again | ~groups.hired_together
        of_crew = np.where(alone, np.arange(size), np.searchsorted(groups.crew, groups.crew))
        born = _FIRST_BIRTH + draw.integers(0, 365 * 27, size)
        default = draw.random(size) < 0.05
        born = np.where(default, born.astype("M8[Y]").astype("M8[D]"), born)[since]
        behind = (np.arange(size) - np.searchsorted(groups.family, groups.family)) % _IN_A_ROW
        behind = np.where((draw.random(size) < 0.3)[groups.family], behind, 0)  # they went to one counter together
        passport = registers.passport_numbers((index - behind) * 2, self._seed, in_a_row=_IN_A_ROW) + behind
        residence = 200_000_000 + registers.numbered(index, 8, self._seed)
        in_crew = np.arange(size) - of_crew
        return Held(
            contract=registers.numbered(index[of_crew], 10, self._seed) * _MOST_HIRED + in_crew,
            passport=passport[since],
            earlier=np.full(size, -1),
            visa=registers.numbered(index[of_crew], 10, self._seed + 4) * _MOST_HIRED + in_crew,
            residence=np.where(draw.random(size) < 0.7, residence[since], -1),
            words=self._names(groups, since, draw),
            writing=np.zeros((size, 4), np.int64),
            birth=born,
            year_only=np.zeros(size, bool),
            sex=(draw.random(size) < 0.25).astype(np.int64)[since],
            employer=index[of_crew],
            occupation=draw.choice(len(_OCCUPATIONS), size, p=[0.05, 0.1, 0.1, 0.1, 0.05, 0.6])[of_crew],
            area=draw.choice(len(_AREAS), size, p=[0.4, 0.35, 0.05, 0.2])[of_crew],
            wage=(1500 + 100 * draw.integers(0, 8, size))[of_crew],
            start=start,
            agency=draw.integers(0, 180, size)[groups.family],  # the one in the village
        )

    def _names(self, groups: Groups, since: Ints, draw: np.random.Generator) -> Ints:
        """Given names and the father's. Names of brothers and sisters often differ in the first letters alone."""
        size = len(since)
        vocabulary = self._words
        first, second, father = (vocabulary.draw(draw, size) for _ in range(3))
        eldest = np.searchsorted(groups.family, groups.family)
        behind = np.arange(size) - eldest
        composed = (second[eldest] >= vocabulary.common) & (draw.random(size) < 0.6)
        near = second[eldest] + vocabulary.endings * behind
        composed &= near < len(vocabulary.latin)
        second = np.where((behind > 0) & composed, near, second)
        first = np.where((behind > 0) & (draw.random(size) < 0.5), first[eldest], first)
        count = draw.choice(3, size, p=[0.12, 0.68, 0.2]) + 1
        third = np.where(count > 2, vocabulary.draw(draw, size), -1)
        given = np.stack([np.where(count > 1, first, second), np.where(count > 1, second, -1), third], axis=1)
        return np.concatenate([given, father[groups.family][:, None]], axis=1)[since]

    def _papers(self, true: Held, index: Ints, renewed: Ints, holds_old: Ints, draw: np.random.Generator) -> Held:
        """Where the passport was renewed a side holds the old one, or the new one and mostly the old one's number."""
        old = registers.passport_numbers(index * 2 + 1, self._seed, in_a_row=_IN_A_ROW)
        knows = renewed & ~holds_old & (draw.random(len(index)) < 0.7)
        return replace(
            true,
            passport=np.where(renewed & holds_old, old, true.passport),
            earlier=np.where(knows, old, -1),
        )

    def _as_registered(self, true: Held, office: Offices, clerk: Ints, draw: np.random.Generator) -> Held:
        """What the clerks of one side make of it."""
        size = len(clerk)
        fault = office.faults(clerk, draw)
        birth = np.where(fault["swapped_date"], registers.day_and_month_swapped(true.birth), true.birth)
        birth = np.where(fault["next_day"], birth + draw.choice([-2, -1, 1], size), birth)
        birth = np.where(fault["wrong_year"], birth + 365 * draw.choice([-10, -1, 1, 10], size), birth)
        birth = np.where(fault["first_of_january"], birth.astype("M8[Y]").astype("M8[D]"), birth)
        nothing = fault["nothing_recorded"]
        no_contract = fault["no_contract"] | office.leaves_out_contract[clerk] | nothing
        no_visa = fault["no_visa"] | office.leaves_out_visa[clerk] | nothing
        no_residence = (true.residence < 0) | (draw.random(size) > office.knows_residence[clerk]) | nothing
        contract = np.where(fault["contract"], registers.mistyped(true.contract, 13, draw), true.contract)
        visa = np.where(fault["visa"], registers.mistyped(true.visa, 13, draw), true.visa)
        residence = np.where(fault["residence"], registers.mistyped(true.residence, 9, draw), true.residence)
        return replace(
            true,
            contract=np.where(no_contract, -1, contract),
            passport=np.where(fault["passport"], registers.mistyped(true.passport, 7, draw), true.passport),
            visa=np.where(no_visa, -1, visa),
            residence=np.where(no_residence, -1, residence),
            **self._name_as_registered(true.words, office, clerk, fault, draw),
            birth=birth,
            year_only=fault["first_of_january"] & (draw.random(size) < 0.5),
            sex=np.where(fault["sex"], 1 - true.sex, true.sex),
            employer=np.where(fault["employer"], registers.another(true.employer, 10**7, draw), true.employer),
            occupation=np.where(
                fault["occupation"], registers.another(true.occupation, len(_OCCUPATIONS), draw), true.occupation
            ),
            area=np.where(fault["area"], registers.another(true.area, len(_AREAS), draw), true.area),
            wage=np.where(fault["wage"], true.wage + draw.choice([-500, -100, 100, 300], size), true.wage),
            start=np.where(fault["start"], true.start + draw.integers(-30, 31, size), true.start),
        )

    def _name_as_registered(
        self, true: Ints, office: Offices, clerk: Ints, fault: dict[str, Ints], draw: np.random.Generator
    ) -> dict[str, Ints]:
        size = len(clerk)
        named = true.copy()
        alone = named[:, 1] < 0
        named[:, 3] = np.where(office.adds_father[clerk], named[:, 3], -1)
        doubled = alone & office.doubles_mononyms[clerk] & (named[:, 3] < 0)
        named[:, 1] = np.where(doubled, named[:, 0], named[:, 1])
        named[:, 2] = np.where(fault["dropped"], -1, named[:, 2])
        named[:, 1] = np.where(fault["dropped"] & (true[:, 2] < 0) & ~alone, -1, named[:, 1])
        turn = fault["swapped_words"] & (named[:, 1] >= 0)
        named[:, :2] = np.where(turn[:, None], named[:, 1::-1], named[:, :2])
        writing = np.zeros_like(named)
        rows = np.arange(size)
        for slip in ("slip", "second_slip", "other_writing"):
            place = draw.integers(0, 2, size) * (named[:, 1] >= 0)
            other = self._latin.others(named[rows, place], draw)
            writing[rows, place] = np.where(fault[slip], other, writing[rows, place])
        return {"words": named, "writing": writing}

    def _columns(self, held: Held, index: Ints, party: str, latin: Ints, arabic: Ints) -> dict[str, pa.Array]:
        refs = registers.numbered(index, 10, self._seed + ord(party[0]))
        parts = list(zip(held.words.T, held.writing.T, strict=True))
        name_latin = joined([self._latin.take(word, writing) for word, writing in parts])
        name_arabic = joined([self._arabic.take(word, writing) for word, writing in parts])
        return {
            "record_ref": registers.lettered(refs, 10, f"{party}-P-"),
            "contract_no": registers.lettered(held.contract, 13),
            "passport_no": registers.passports(held.passport),
            "previous_passport_nos": _listed(held.earlier),
            "visa_no": registers.lettered(held.visa, 13),
            "residence_no": registers.residences(held.residence),
            "name_latin": pc.if_else(pa.array(latin), name_latin, None),
            "name_arabic": pc.if_else(pa.array(arabic), name_arabic, None),
            "birth_date": pa.array(held.birth),
            "birth_date_precision": _PRECISIONS.take(pa.array(held.year_only.astype(np.int64))),
            "sex": _SEXES.take(pa.array(held.sex)),
            "nationality": pa.repeat("IDN", len(refs)),
            "occupation_isco": _OCCUPATIONS.take(pa.array(held.occupation)),
            "area": _AREAS.take(pa.array(held.area)),
            "employer_ref": registers.lettered(held.employer, 8, "EMP-"),
            "origin_agency_licence_no": registers.lettered(held.agency, 3, "SIP3MI/"),
            "wage_amount": pa.array(held.wage.astype(np.int32)),
            "wage_currency": pa.repeat("SAR", len(refs)),
            "contract_start": pa.array(held.start),
            "contract_end": pa.array(held.start + _TERM),
            "stage": pa.repeat("arrived", len(refs)),
        }


def _groups(size: int, draw: np.random.Generator) -> Groups:
    """Rows beside each other: of a person, of the families of which they are, of a hiring of many families."""
    again = draw.random(size) < 0.04
    again[0] = False
    first_of_family = ~again & (draw.random(size) < 0.78)
    hired = np.where(draw.random(size) < 0.004, draw.integers(20, 301, size), 1)
    crew = np.repeat(np.arange(size), hired)[:size]
    return Groups(
        person=np.cumsum(~again) - 1,
        family=np.cumsum(first_of_family) - first_of_family[0],
        crew=crew,
        again=again,
        hired_together=(hired[crew] > 1) & ~again,
    )


def _keyed(ours: Held, theirs: Held) -> Ints:
    """Whether a number that identifies is the same on both sides, earlier passports included."""
    pairs = [(getattr(ours, name), getattr(theirs, name)) for name in ("contract", "passport", "visa", "residence")]
    pairs += [(ours.earlier, theirs.passport), (ours.passport, theirs.earlier)]
    return np.any([(one == other) & (one >= 0) for one, other in pairs], axis=0)


def _listed(number: Ints) -> pa.Array:
    """Each passport number as a list of one; null where it is negative."""
    known = number >= 0
    offsets = np.concatenate([[0], np.cumsum(known)]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, registers.passports(number[known]), mask=pa.array(~known))


def _truth(
    tables: list[dict[str, pa.Array]], held: list[Ints], made: Ints, groups: Groups, index: Ints, keyed: Ints
) -> pa.Table:
    first = int(index[0])
    known = held[0] | held[1]
    refs = [pc.if_else(pa.array(keep), table["record_ref"], None) for table, keep in zip(tables, held, strict=True)]
    return pa.table(
        {
            "ours_ref": refs[0],
            "theirs_ref": refs[1],
            "made": pc.if_else(pa.array(held[0] & held[1]), _MADE.take(pa.array(made)), "missing"),
            "keyed": pa.array(keyed & held[0] & held[1]),
            "free": pa.repeat(pa.scalar(value=False), len(made)),
            "person": pa.array(first + groups.person),
            "twin": pa.nulls(len(made), pa.int64()),
            "family": pa.array(first + groups.family),
            "crew": pa.array(first + groups.crew, mask=~groups.hired_together),
        },
        schema=registers.TRUTH,
    ).filter(pa.array(known))


def _slips(word: str, seed: int) -> Iterator[str]:
    """The word as fingers write it: a neighbouring key, a letter left out, twice, or before its turn."""
    draw = random.Random(f"{word} {seed}")
    for _ in range(6):
        at = draw.randrange(len(word))
        row = next(keys for keys in _KEYBOARD if word[at] in keys)
        beside = row[min(row.index(word[at]) + 1, len(row) - 1)]
        yield draw.choice(
            [
                word[:at] + beside + word[at + 1 :],
                (word[:at] + word[at + 1 :]) or word,
                word[: at + 1] + word[at:],
                word[: max(at - 1, 0)] + word[max(at - 1, 0) : at + 1][::-1] + word[at + 1 :],
            ]
        )
