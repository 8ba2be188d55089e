"""Saying: what a witness says of each discrepancy, once it is known which records its own are about.

Makes ``said`` (`run.TESTIMONY`, with the class of the discrepancy) and ``alone`` (the witness' records of people in no
register) from the tables ``discrepancy`` (as told from our side), ``knows_<side>`` and ``unsure_<side>``, and the views
``ours``, ``theirs`` and ``witness``.

Of a value: whether it agrees with that of ours and of theirs, by the agreement's own tolerance. A stage is what was so
on its day: a side that took a later step since is not contradicted by it. Of who a record is about, and of a record
that a side misses: which records the witness knows.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Iterator

from amanah.reconcile.compare import disagrees, position
from amanah.reconcile.engine import Step, listed, quoted
from amanah.reconcile.run import WHOSE
from amanah.reconcile.spec import AREA, STAGE_DATE, Spec

OURS, THEIRS, BOTH, NEITHER, SILENT = "ours", "theirs", "both", "neither", "silent"
APART = "apart"  # the two records are two people's in the witness' register
KNOWS = "knows"  # the witness knows the worker whom one side misses
JOINS = "joins"  # so it does, and it holds a record of that side for the same worker's

_OF_VALUES = ("field", "stage")
_OF_WHO = "identity"
_MISSING = ("missing_here", "missing_there")
_ASKED = (*_OF_VALUES, _OF_WHO, *_MISSING)  # what several records of one side have in common is that side's own matter


def steps(spec: Spec) -> Iterator[Step]:
    """The steps that make both tables."""
    yield _asked_step()
    yield Step(
        "spoken",
        "disagreements about a value of which it knows the worker",
        "SELECT id, field, ours_ref, theirs_ref, witness_ref FROM asked\n"
        f"WHERE class IN {listed(_OF_VALUES)} AND witness_ref IS NOT NULL AND NOT apart",
    )
    for whose in WHOSE:
        yield _agreeing_step(spec, whose)
    yield _said_step()
    yield _alone_step(spec)


def _asked_step() -> Step:
    of_the_same = " ".join(
        f"WHEN class = '{missing}' THEN {other}.ref"
        for missing, other in zip(_MISSING, ("also_ours", "also_theirs"), strict=True)
    )
    return Step(
        "asked",
        "each discrepancy, with the witness' record of the worker",
        "SELECT id, class, field, ours_ref, theirs_ref,\n"
        "  CASE WHEN o.witness_ref <> t.witness_ref THEN o.witness_ref || '; ' || t.witness_ref\n"
        "    ELSE coalesce(o.witness_ref, t.witness_ref) END AS witness_ref,\n"
        "  o.witness_ref IS NOT NULL AS knows_ours, t.witness_ref IS NOT NULL AS knows_theirs,\n"
        f"  coalesce(o.witness_ref <> t.witness_ref, FALSE) AS apart, CASE {of_the_same} END AS joined_ref\n"
        "FROM discrepancy LEFT JOIN knows_ours o ON o.ref = ours_ref LEFT JOIN knows_theirs t ON t.ref = theirs_ref\n"
        "  LEFT JOIN knows_ours also_ours ON also_ours.witness_ref = t.witness_ref\n"
        "  LEFT JOIN knows_theirs also_theirs ON also_theirs.witness_ref = o.witness_ref\n"
        f"WHERE class IN {listed(_ASKED)}",
    )


def _agreeing_step(spec: Spec, whose: str) -> Step:
    """Null where the witness has no value."""
    cases = " ".join(f"WHEN {quoted(field)} THEN {_agrees(spec, field)}" for field in spec.linkage.compare)
    return Step(
        f"agrees_{whose}",
        f"whether what it says is what {whose} say",
        f"SELECT id, CASE spoken.field {cases} END AS agrees FROM spoken\n"
        f"JOIN {whose} a ON a.record_ref = {whose}_ref JOIN witness b ON b.record_ref = witness_ref",
    )


def _agrees(spec: Spec, field: str) -> str:
    """SQL over a side's record ``a`` and the witness' ``b``."""
    agreeing = f"NOT coalesce({disagrees(spec, field)}, FALSE)"
    if spec.linkage.compare[field].rule == "stage" and STAGE_DATE in spec.fields:
        not_behind = f"{position(spec, f'a.{field}')} >= {position(spec, f'b.{field}')}"
        went_on = f"a.{STAGE_DATE} >= b.{STAGE_DATE} AND coalesce({not_behind}, TRUE)"
        agreeing = f"({agreeing} OR coalesce({went_on}, FALSE))"
    return f"CASE WHEN b.{field} IS NOT NULL THEN {agreeing} END"


def _said_step() -> Step:
    of_two = f"WHEN {{ours}} AND {{theirs}} THEN '{BOTH}' WHEN {{ours}} THEN '{OURS}' WHEN {{theirs}} THEN '{THEIRS}'"
    return Step(
        "said",
        "what it says of each",
        "SELECT id, witness_ref, field,\n"
        f"  CASE WHEN witness_ref IS NULL THEN '{SILENT}' WHEN apart THEN '{APART}'\n"
        f"  WHEN class IN {listed(_MISSING)} THEN CASE WHEN joined_ref IS NULL THEN '{KNOWS}' ELSE '{JOINS}' END\n"
        f"  WHEN class = '{_OF_WHO}' THEN CASE {of_two.format(ours='knows_ours', theirs='knows_theirs')} END\n"
        f"  WHEN o.agrees IS NULL THEN '{SILENT}' {of_two.format(ours='o.agrees', theirs='t.agrees')}\n"
        f"  ELSE '{NEITHER}' END AS says,\n"
        "  joined_ref, class FROM asked LEFT JOIN agrees_ours o USING (id) LEFT JOIN agrees_theirs t USING (id)",
    )


def _alone_step(spec: Spec) -> Step:
    known = "\n  ".join(
        f"ANTI JOIN {what}_{whose} ON {what}_{whose}.witness_ref = record_ref"
        for what in ("knows", "unsure")
        for whose in WHOSE
    )
    return Step(
        "alone",
        "records of people in neither register, and not perhaps one of theirs either",
        f"SELECT record_ref AS witness_ref, {AREA if AREA in spec.fields else 'NULL::VARCHAR'} AS area FROM witness\n"
        f"  {known}",
    )
