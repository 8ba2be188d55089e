"""Knowing: which records of either side a witness' records are about.

The witness takes the seat of the partner beside our records, and ours beside the partner's. So it is linked by what
both sides agreed on and by nothing else, never on weaker grounds than they are to each other. And only what is certain
is believed: a register that asks for little leaves the last step little to tell two people by.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.engine import Engine, Records
from amanah.reconcile.linked import links
from amanah.reconcile.run import WHOSE, link_sides
from amanah.reconcile.spec import Spec


@dataclass(frozen=True)
class Knows:
    """What a witness knows of the records of one side.

    Attributes:
        links: ``ref`` of the side's record, ``witness_ref``; one to one, and certain.
        unsure: ``witness_ref`` of its records that may be one of the side's, which a person would have to decide.
    """

    links: pa.Table
    unsure: pa.Table


def known_of(register: Records, testimony: Records, spec: Spec, *, whose: str, witness: str) -> Knows:
    """Link the records of a witness to those of one side.

    Args:
        register: the side's records.
        testimony: the witness' records.
        spec: what was agreed.
        whose: the side, ``ours`` or ``theirs``.
        witness: its name, for errors.

    Raises ``ReconcileError`` when the records cannot be used.
    """
    its_seat = "theirs" if whose == "ours" else "ours"
    seated = {whose: (register, whose), its_seat: (testimony, f"witness {witness}")}
    (ours, our_name), (theirs, their_name) = (seated[seat] for seat in WHOSE)
    with Engine() as engine:
        link_sides(engine, spec, ours, theirs, whose=(our_name, their_name))
        side = dict(zip(WHOSE, spec.sides, strict=True))[its_seat]
        found = links(engine, spec).select([f"{whose}_ref", f"{its_seat}_ref", "grade"])
        found = found.rename_columns(["ref", "witness_ref", "grade"])
        certain = pc.equal(found["grade"], "certain")
        doubtful = engine.table(f"SELECT ref AS witness_ref FROM ambiguous WHERE side = '{side}'")
        only_probable = found.filter(pc.invert(certain)).select(["witness_ref"])
        return Knows(
            links=found.filter(certain).drop_columns(["grade"]),
            unsure=pa.concat_tables([doubtful, only_probable.cast(doubtful.schema)]),
        )
