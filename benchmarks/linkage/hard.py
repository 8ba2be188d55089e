"""Registers that are clean but for what is hard: papers mistyped, strangers who look like partners, keys that repeat.

Of all placements 97 % are known to both sides under the same numbers (of these 3 % differ in one field by more than
the agreement tolerates), 1 % have contract and passport mistyped, the name respelled and dates moved, and 1 % are
missing on either side. Beside them stand near-twins: records of one side with the name, the employer and the start of
somebody of the other side, who are somebody else. And a few records stand twice, or bear another worker's contract.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from benchmarks.linkage import registers
from benchmarks.linkage.registers import Part
from benchmarks.linkage.words import joined, words, written

TYPO, MISSING, DIFFERING, TWINS, REPEATS = 0.01, 0.01, 0.03, 0.003, 0.00003
CLEAN, TYPED, ONLY_OURS, ONLY_THEIRS, TWIN, COPY, BORROWER = range(7)
_MADE = pa.array(["clean", "typo", "missing", "missing", "twin", "copy", "borrower"])
_FIRST_START = np.datetime64("2025-07-01")
_FIRST_BIRTH = np.datetime64("1981-01-01")
_AREAS = pa.array(["SA-01", "SA-02", "SA-03", "SA-04"])
_OCCUPATIONS = pa.array(["5120", "5152", "5311", "5322", "8322", "9111"])
_STAGES = pa.array(["visa_issued", "departed", "arrived", "residence_issued"])
_TERM = 730  # days
_DRIFT = (
    ("^SITI$", "SITTI"), ("^MUHAMMAD$", "MOHAMAD"), ("U", "OE"), ("J", "DJ"), ("Y", "J"), ("I(?=[AEO])", "IY"),
    ("F", "P"), ("H$", ""), ("(?<=[AI])$", "H"), ("KH", "H"), ("TI", "TY"), ("AE", "E"), ("NG", "N"), ("I$", "IE"),
    ("L", "LL"), ("N$", "NN"),
)  # fmt: skip

Ints: TypeAlias = np.ndarray


@dataclass(frozen=True)
class Held:
    """Records as numbers, a row for each; dates are ``datetime64[D]``."""

    contract: Ints
    passport: Ints
    birth: Ints
    words: Ints
    """Three columns: numbers of the words of the name, -1 where there is none."""
    spelling: Ints
    employer: Ints
    occupation: Ints
    area: Ints
    wage: Ints
    start: Ints
    end: Ints
    stage: Ints

    def take(self, rows: Ints) -> "Held":
        """Those rows."""
        return Held(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Added:
    """Records beside the placements of a part: each on one side only, and like row ``of`` of them."""

    made: int
    of: Ints
    on_ours: Ints
    held: Held


class Hard:
    """Makes the parts of one pair of registers; ``seed`` settles everything."""

    def __init__(self, rows: int, seed: int, *, repeats: bool = True) -> None:
        self._seed, self._repeats = seed, repeats
        self._employers = max(rows // 40, 20)
        self._words = words()
        self._spelt = written(self._words.latin, lambda word: list(_drifted(word)))

    def __call__(self, number: int, size: int) -> Part:
        """Part ``number``, of ``size`` placements."""
        draw = np.random.default_rng([self._seed, number])
        first = number * registers.PART * 2  # numbers of the placements; what is added takes the second half
        kind = draw.choice(4, size, p=[1 - TYPO - 2 * MISSING, TYPO, MISSING, MISSING])
        ours = self._placements(first + np.arange(size), draw)
        theirs = self._differing(ours, (kind == CLEAN) & (draw.random(size) < DIFFERING), draw)
        theirs = self._spoilt(theirs, kind == TYPED, draw)
        added = [self._twins(kind, ours, first + registers.PART, draw)]
        if self._repeats:
            next_number = first + registers.PART + len(added[0].of)
            added += self._repeated(kind, ours, theirs, next_number, draw)
        return self._part(kind, ours, theirs, added, first, draw)

    def _placements(self, index: Ints, draw: np.random.Generator) -> Held:
        size = len(index)
        count = draw.choice(3, size, p=[0.06, 0.62, 0.32]) + 1
        named = np.stack([np.where(place < count, self._words.draw(draw, size), -1) for place in range(3)], axis=1)
        start = _FIRST_START + draw.integers(0, 365, size)
        return Held(
            contract=registers.numbered(index, 13, self._seed),
            passport=registers.passport_numbers(index, self._seed),
            birth=_FIRST_BIRTH + draw.integers(0, 365 * 26, size),
            words=named,
            spelling=np.zeros_like(named),
            employer=(self._employers * draw.random(size) ** 2).astype(np.int64),
            occupation=draw.choice(len(_OCCUPATIONS), size, p=[0.05, 0.1, 0.1, 0.1, 0.05, 0.6]),
            area=draw.choice(len(_AREAS), size, p=[0.4, 0.35, 0.05, 0.2]),
            wage=1500 + 50 * draw.integers(0, 21, size),
            start=start,
            end=start + _TERM,
            stage=draw.integers(0, len(_STAGES), size),
        )

    def _differing(self, held: Held, which: Ints, draw: np.random.Generator) -> Held:
        """One field of each of those rows differs, by more than any tolerance."""
        size = len(which)
        field = np.where(which, draw.integers(0, 6, size), -1)
        away = draw.integers(14, 61, size) * draw.choice([-1, 1], size)
        swapped = registers.day_and_month_swapped(held.birth)
        birth = np.where(swapped != held.birth, swapped, held.birth + 10)
        occupation = registers.another(held.occupation, len(_OCCUPATIONS), draw)
        return replace(
            held,
            wage=np.where(field == 0, held.wage + 50 * draw.integers(1, 8, size), held.wage),
            employer=np.where(field == 1, registers.another(held.employer, self._employers, draw), held.employer),
            occupation=np.where(field == 2, occupation, held.occupation),
            area=np.where(field == 3, registers.another(held.area, len(_AREAS), draw), held.area),
            start=np.where(field == 4, held.start + away, held.start),
            birth=np.where(field == 5, birth, held.birth),
        )

    def _spoilt(self, held: Held, which: Ints, draw: np.random.Generator) -> Held:
        """Both papers of those rows are mistyped, a word of the name is respelled, dates are moved."""
        size = len(which)
        respelled = draw.integers(0, (held.words >= 0).sum(axis=1))
        spelling = held.spelling.copy()
        spelling[np.arange(size), respelled] = self._spelt.others(held.words[np.arange(size), respelled], draw)
        how = draw.random(size)
        birth = np.where(how < 0.3, registers.day_and_month_swapped(held.birth), held.birth)
        birth = np.where((how > 0.3) & (how < 0.5), held.birth + draw.choice([-1, 1], size), birth)
        start = held.start + np.where(draw.random(size) < 0.5, draw.integers(-20, 21, size), 0)
        return replace(
            held,
            contract=np.where(which, registers.mistyped(held.contract, 13, draw), held.contract),
            passport=np.where(which, registers.mistyped(held.passport, 7, draw), held.passport),
            spelling=np.where(which[:, None], spelling, held.spelling),
            birth=np.where(which, birth, held.birth),
            start=np.where(which, start, held.start),
            end=np.where(which, start + _TERM, held.end),
        )

    def _twins(self, kind: Ints, ours: Held, index: int, draw: np.random.Generator) -> Added:
        """Near-twins of placements that are mistyped, missing on a side, or any: a third each.

        Where a side misses the placement, the near-twin stands there.
        """
        third = round(len(kind) * TWINS / 3)
        pools = (np.flatnonzero(kind == TYPED), np.flatnonzero(kind > TYPED), np.arange(len(kind)))
        of = np.unique(np.concatenate([draw.choice(pool, min(third, len(pool)), replace=False) for pool in pools]))
        on_ours = np.where(kind[of] > TYPED, kind[of] == ONLY_THEIRS, draw.random(len(of)) < 0.5)
        strange, like = self._placements(index + np.arange(len(of)), draw), ours.take(of)
        held = replace(like, contract=strange.contract, passport=strange.passport, birth=strange.birth)
        return Added(TWIN, of, on_ours, held)

    def _repeated(
        self, kind: Ints, ours: Held, theirs: Held, index: int, draw: np.random.Generator
    ) -> tuple[Added, Added]:
        """Records that stand twice under two references, and records that bear another worker's contract number."""
        count = -(-round(len(kind) * REPEATS) // 2)
        copied, lent = draw.choice(np.flatnonzero(kind == CLEAN), (2, count), replace=False)
        here = draw.random(count) < 0.5
        held = Held(
            **{
                name: np.where(
                    here.reshape(-1, *[1] * (column.ndim - 1)), column[copied], getattr(theirs, name)[copied]
                )
                for name, column in vars(ours).items()
            }
        )
        strange = self._placements(index + np.arange(count), draw)
        borrowers = replace(strange, contract=ours.contract[lent])
        return Added(COPY, copied, here, held), Added(BORROWER, lent, draw.random(count) < 0.5, borrowers)

    def _part(
        self, kind: Ints, ours: Held, theirs: Held, added: list[Added], first: int, draw: np.random.Generator
    ) -> Part:
        """Both registers, the placements and what is added, and the truth of each row."""
        more = sum(len(each.of) for each in added)
        rows = np.concatenate([first + np.arange(len(kind)), first + registers.PART + np.arange(more)])
        here = np.concatenate([kind != ONLY_THEIRS, *(each.on_ours for each in added)])
        there = np.concatenate([kind != ONLY_OURS, *(~each.on_ours for each in added)])
        refs = [
            registers.lettered(registers.numbered(rows, 10, self._seed + step), 10, f"{party}-P-")
            for step, party in ((1, "IDN"), (2, "SAU"))
        ]
        extra = [each.held for each in added]
        return Part(
            registers.register(self._columns(refs[0], [ours, *extra]), here, draw),
            registers.register(self._columns(refs[1], [theirs, *extra]), there, draw),
            _truth(kind, added, rows, refs, (here, there)),
        )

    def _columns(self, refs: pa.Array, held: list[Held]) -> dict[str, pa.Array]:
        all_of = {name: np.concatenate([getattr(each, name) for each in held]) for name in vars(held[0])}
        name_parts = zip(all_of["words"].T, all_of["spelling"].T, strict=True)
        return {
            "record_ref": refs,
            "contract_no": registers.lettered(all_of["contract"], 13),
            "passport_no": registers.passports(all_of["passport"]),
            "name_latin": joined([self._spelt.take(*each) for each in name_parts]),
            "birth_date": pa.array(all_of["birth"]),
            "nationality": pa.repeat("IDN", len(refs)),
            "occupation_isco": _OCCUPATIONS.take(pa.array(all_of["occupation"])),
            "area": _AREAS.take(pa.array(all_of["area"])),
            "employer_ref": registers.lettered(all_of["employer"], 7, "EMP-"),
            "wage_amount": pa.array(all_of["wage"].astype(np.int32)),
            "wage_currency": pa.repeat("SAR", len(refs)),
            "contract_start": pa.array(all_of["start"]),
            "contract_end": pa.array(all_of["end"]),
            "stage": _STAGES.take(pa.array(all_of["stage"])),
        }


def _truth(kind: Ints, added: list[Added], rows: Ints, refs: list[pa.Array], held: tuple[Ints, Ints]) -> pa.Table:
    """A row for each placement and each added record; that of a copy pairs it with the partner of what it copies."""
    size = len(kind)
    made = np.concatenate([kind, *(np.full(len(each.of), each.made) for each in added)])
    of = np.concatenate([np.arange(size), *(each.of for each in added)])
    copies = np.flatnonzero(made == COPY)
    paired = [np.where(keep, np.arange(len(made)), -1) for keep in held]
    for side in paired:
        side[copies] = np.where(side[copies] < 0, of[copies], side[copies])
    free = made == COPY
    free[of[copies]] = True
    person = np.where(made == COPY, rows[of], rows)
    return pa.table(
        {
            "ours_ref": refs[0].take(pa.array(paired[0], mask=paired[0] < 0)),
            "theirs_ref": refs[1].take(pa.array(paired[1], mask=paired[1] < 0)),
            "made": _MADE.take(pa.array(made)),
            "keyed": pa.array((made == CLEAN) | free),
            "free": pa.array(free),
            "person": pa.array(person),
            "twin": pa.array(np.where(np.isin(made, (COPY, BORROWER)), rows, rows[of])),
            "family": pa.nulls(len(made), pa.int64()),
            "crew": pa.nulls(len(made), pa.int64()),
        },
        schema=registers.TRUTH,
    )


def _drifted(word: str) -> Iterator[str]:
    """The word in other spellings that sound like it."""
    for pattern, instead in _DRIFT:
        if re.search(pattern, word):
            yield re.sub(pattern, instead, word, count=1)
