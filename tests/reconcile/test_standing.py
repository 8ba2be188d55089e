"""A run on what changed finds what a run on everything would, judged by the same parameters."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_settled import CHANGE, PERSON, SCHEMA, TERMS

from amanah.reconcile import Known, reconcile
from amanah.reconcile.standing import Changed, advanced, nowhere, reopen

SIDES = ("ours", "theirs")
PARTIES = {"ours": "IDN", "theirs": "SAU"}
MONTHS = ("2026-07", "2026-08", "2026-09")


@st.composite
def histories(draw):
    """Month by month what each side newly says of its records: a row, or None where one is withdrawn."""
    months = []
    for month in range(len(MONTHS)):
        told = {"ours": {}, "theirs": {}}
        for n in draw(st.lists(st.integers(0, 7), max_size=8 if month == 0 else 3, unique=True)):
            person = draw(st.fixed_dictionaries(PERSON))
            where = draw(st.sampled_from(["both", "both", "both", "ours", "theirs"]))
            for side in SIDES if where == "both" else [where]:
                gone = month > 0 and draw(st.integers(0, 4)) == 0
                told[side][f"{PARTIES[side]}-P-{n}"] = None if gone else {**person, **draw(CHANGE)}
        months.append(told)
    return months


class Office:
    """Who reconciles month by month, only what changed; and could reconcile everything."""

    def __init__(self):
        self.held = {side: {} for side in SIDES}
        self.position, self.parameters, self.links = nowhere(), None, {}

    def hear(self, told, period):
        """Take in what is told; return the links and discrepancies found in what changed, and in everything."""
        for side in SIDES:
            known = {
                **self.held[side],
                **{ref: row and {"first_known": period, **row} for ref, row in told[side].items()},
            }
            self.held[side] = {ref: row for ref, row in known.items() if row is not None}
        changed = {side: Changed(pa.array(told[side], pa.string()), self.table(side, told[side])) for side in SIDES}
        still = reopen(self.position, changed, stream="placement", agreement=TERMS["agreement"], us="IDN")
        tables = {side: self.table(side, still.others[side].to_pylist()) for side in SIDES}
        found = self.reconciled(tables, period)
        everything = self.reconciled({side: self.table(side, self.held[side]) for side in SIDES}, period)
        self.parameters = self.parameters or everything.parameters
        stands = set(zip(*(still.standing[f"{side}_ref"].to_pylist() for side in SIDES), strict=True))
        self.links = {pair: link for pair, link in self.links.items() if pair in stands} | by_pair(found)
        refs = [tables[side]["record_ref"].combine_chunks() for side in SIDES]
        self.position = advanced(still, found.standing, *refs)
        return (self.links, found.discrepancies.to_pylist()), (
            by_pair(everything),
            everything.discrepancies.to_pylist(),
        )

    def table(self, side, refs):
        rows = [{"record_ref": ref, **self.held[side][ref]} for ref in refs if ref in self.held[side]]
        return pa.Table.from_pylist(rows, SCHEMA.append(pa.field("first_known", pa.string())))

    def reconciled(self, tables, period):
        known = Known(parameters=self.parameters)
        return reconcile(tables["ours"], tables["theirs"], **{**TERMS, "period": period}, known=known)


def by_pair(outcome):
    return {(row["ours_ref"], row["theirs_ref"]): row for row in outcome.links.to_pylist()}


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_what_changed_is_enough(months):
    office = Office()
    for told, period in zip(months, MONTHS, strict=True):
        of_changes, of_everything = office.hear(told, period)
        assert of_changes == of_everything
