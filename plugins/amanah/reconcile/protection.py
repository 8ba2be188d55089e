"""Discrepancies that may mean a person in danger, seen only when placements and complaints are looked at together.

* ``absconding_with_open_complaint``: one side holds that the worker ran away, while the worker has an open complaint
  of the kinds the agreement names (unpaid wages, withheld documents ...) with either side.
* ``unknown_death``: one side knows that the worker died, and the other does not.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from dataclasses import dataclass

import pyarrow as pa

from amanah.reconcile.engine import Engine, Records, Step, listed, quoted
from amanah.reconcile.finding import PROTECTION, Finding, discrepancy_step, told_from_our_side
from amanah.reconcile.outcome import DISCREPANCIES
from amanah.reconcile.spec import AREA, STAGE, Spec
from schemas.agreement import Agreement, Protection

PLACEMENT, COMPLAINT = "placement", "complaint"
_KIND, _PLACEMENT_REF = "kind", "placement_ref"


@dataclass(frozen=True)
class Sides:
    """The records of one stream as both sides hold them, and for placements their links (ours_ref, theirs_ref)."""

    ours: Records
    theirs: Records
    links: pa.Table | None = None


def protection(placements: Sides, complaints: Sides, *, agreement: Agreement, us: str) -> pa.Table:
    """Find what endangers a person: discrepancies of class ``protection``, severity high.

    Args:
        placements: both sides' placements with the links that `reconcile` found.
        complaints: both sides' complaints; their links are not needed, a complaint with either side counts.
        agreement: names the stages and complaint kinds.
        us: party code of "ours".

    Returns:
        Discrepancies as in ``Outcome.discrepancies``; ``ours`` and ``theirs`` are the two stages.
    """
    spec = Spec(agreement, PLACEMENT, us)
    complaint_spec = Spec(agreement, COMPLAINT, us)
    sides = spec.sides
    with Engine() as engine:
        for side, whose in zip(sides, ("ours", "theirs"), strict=True):
            engine.open(side, getattr(placements, whose), spec, side=side, who=f"{whose}, {PLACEMENT}")
            complained, who = getattr(complaints, whose), f"{whose}, {COMPLAINT}"
            engine.open(f"complaint_{side}", complained, complaint_spec, side=side, who=who)
        load_links(engine, "link", placements.links, spec)
        engine.run([_pair_step(), _complained_step(agreement.protection)])
        engine.run([discrepancy_step(spec, _findings(agreement.protection))])
        return engine.table(told_from_our_side(spec)).cast(DISCREPANCIES)


def load_links(engine: Engine, name: str, links: pa.Table | None, spec: Spec) -> None:
    """Load links (ours_ref, theirs_ref) as table ``name`` (a_ref, b_ref); none when ``links`` is None."""
    empty = pa.table({"ours_ref": pa.array([], pa.string()), "theirs_ref": pa.array([], pa.string())})
    engine.register("incoming_links", empty if links is None else links.select(["ours_ref", "theirs_ref"]))
    ours, theirs = ("a_ref", "b_ref") if spec.we_are_a else ("b_ref", "a_ref")
    engine.execute(
        f"CREATE TEMP TABLE {name} AS SELECT DISTINCT ours_ref AS {ours}, theirs_ref AS {theirs} FROM incoming_links"
    )


def _pair_step() -> Step:
    values = f"a.{STAGE} AS a_stage, b.{STAGE} AS b_stage, coalesce(a.{AREA}, b.{AREA}) AS area"
    return Step(
        "pair",
        "every placement once: with its partner, or alone",
        f"SELECT a.record_ref AS a_ref, b.record_ref AS b_ref, {values}\n"
        "FROM a LEFT JOIN link ON link.a_ref = a.record_ref FULL JOIN b ON b.record_ref = link.b_ref",
    )


def _complained_step(rules: Protection) -> Step:
    mine = (
        f"SELECT '{{0}}' AS side, {_PLACEMENT_REF} AS ref FROM complaint_{{0}}\n"
        f"WHERE {_PLACEMENT_REF} IS NOT NULL AND {_KIND} IN {listed(rules.wage_complaints)}\n"
        f"  AND {STAGE} IN {listed(rules.open_complaint_stages)}"
    )
    return Step("complained", "placements with an open complaint", f"{mine.format('a')}\nUNION ALL\n{mine.format('b')}")


def _findings(rules: Protection) -> list[Finding]:
    absconding = quoted(rules.absconding_stage)
    open_complaint = (
        f"pair WHERE (a_stage = {absconding} OR b_stage = {absconding})\n"
        "  AND (a_ref IN (SELECT ref FROM complained WHERE side = 'a')\n"
        "    OR b_ref IN (SELECT ref FROM complained WHERE side = 'b'))"
    )
    deaths = [
        _about_a_person(
            f"pair WHERE a_ref IS NOT NULL AND b_ref IS NOT NULL\n"
            f"  AND (a_stage IS NOT DISTINCT FROM {quoted(stage)}) <> (b_stage IS NOT DISTINCT FROM {quoted(stage)})",
            reason="unknown_death" if stage == "died" else f"unknown_{stage}",
        )
        for stage in rules.known_by_both
    ]
    return [_about_a_person(open_complaint, reason="absconding_with_open_complaint"), *deaths]


def _about_a_person(source: str, *, reason: str) -> Finding:
    return Finding(
        source,
        klass=PROTECTION,
        reason=quoted(reason),
        severity="'high'",
        a_ref="a_ref",
        b_ref="b_ref",
        field=quoted(STAGE),
        a_value="a_stage",
        b_value="b_stage",
        area="area",
    )
