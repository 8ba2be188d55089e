"""The form of every discrepancy, its id, and how it is told from our side.

The id is a hash of what the discrepancy is about - agreement, stream, class, both references, field, and the reason
where a person may be in danger - with no regard to who looks or to the values, so that both nodes give it the same id
and it keeps it while values change.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Iterable
from dataclasses import dataclass

from amanah.reconcile.engine import Step, quoted
from amanah.reconcile.spec import Spec

_ID_LENGTH = 16  # hex digits; among a million discrepancies two would share an id once in 30 million runs
MISSING = "missing"
PROTECTION = "protection"


@dataclass(frozen=True)
class Finding:
    """One kind of discrepancy as SQL expressions over ``source`` (what follows FROM); sides are ``a`` and ``b``.

    ``klass`` is a plain text; ``missing`` becomes ``missing_there`` or ``missing_here`` for whoever looks.
    ``a_about`` and ``b_about`` say which records the id stands for when that is more than the reference.
    """

    source: str
    klass: str
    reason: str
    severity: str
    a_ref: str = "NULL"
    b_ref: str = "NULL"
    field: str = "NULL"
    a_value: str = "NULL"
    b_value: str = "NULL"
    area: str = "NULL"
    a_about: str | None = None
    b_about: str | None = None

    def sql(self, spec: Spec) -> str:
        """The query that gives these discrepancies between ``a`` and ``b``."""
        about = [quoted(spec.agreement.id), quoted(spec.stream), quoted(self.klass)]
        for party, refs in ((spec.a, self.a_about or self.a_ref), (spec.b, self.b_about or self.b_ref)):
            about.append(f"{quoted(party + ':')} || coalesce({refs}, '')")
        if self.klass != "identity":  # one case per pair, whichever key it shows itself by
            about.append(f"coalesce({self.field}, '')")
        if self.klass == PROTECTION:  # one worker may be in danger in two ways
            about.append(self.reason)
        return (
            f"SELECT substr(sha256(concat_ws(chr(31), {', '.join(about)})), 1, {_ID_LENGTH}) AS id,\n"
            f"  {quoted(self.klass)} AS class, {self.severity} AS severity, {self.reason} AS reason,\n"
            f"  {self.a_ref}::VARCHAR AS a_ref, {self.b_ref}::VARCHAR AS b_ref, {self.field}::VARCHAR AS field,\n"
            f"  {self.a_value}::VARCHAR AS a_value, {self.b_value}::VARCHAR AS b_value, {self.area}::VARCHAR AS area\n"
            f"FROM {self.source}"
        )


def discrepancy_step(spec: Spec, findings: Iterable[Finding]) -> Step:
    """The step that gathers all findings in table ``discrepancy``."""
    return Step("discrepancy", "every discrepancy", "\nUNION ALL\n".join(finding.sql(spec) for finding in findings))


def told_from_our_side(spec: Spec) -> str:
    """The query that tells table ``discrepancy`` as ours and theirs, in the columns of ``DISCREPANCIES``."""
    ours, theirs = spec.sides
    return (
        f"SELECT id, CASE WHEN class <> '{MISSING}' THEN class WHEN {ours}_ref IS NULL THEN 'missing_here'\n"
        "  ELSE 'missing_there' END AS class, severity, reason,\n"
        f"  {ours}_ref AS ours_ref, {theirs}_ref AS theirs_ref, field, {ours}_value AS ours,\n"
        f"  {theirs}_value AS theirs, area FROM discrepancy ORDER BY id"
    )
