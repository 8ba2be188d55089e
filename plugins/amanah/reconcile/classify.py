"""Classify what linking left over: missing, duplicate and identity discrepancies.

A record is missing when it has no link and stands in no tie or contradiction; those wait for a person under
``identity`` or ``duplicate`` and are not counted as missing as well.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from amanah.reconcile.engine import Step, listed, quoted
from amanah.reconcile.finding import MISSING, Finding
from amanah.reconcile.spec import AREA, FIRST_KNOWN, STAGE, Spec

# Before a visa is issued only the side that handles the request need have a record: the other is not behind yet.
NOT_YET_SHARED = {"placement": ("requested", "approved", "contract_endorsed")}

MISSING_SEVERITY = {
    "not_yet_due": "low",  # the next exchange may bring it
    "late": "medium",
    "lost": "high",
    "non_procedural": "low",  # the worker is in no placement system, so the other side cannot know
    "age_unknown": "medium",  # no period was given, or the holder's first report is not known
}
IDENTITY_SEVERITY = {
    "keys_disagree": "high",  # two workers may have been mixed up
    "other_person": "high",
    "not_valid_then": "medium",  # another placement's paper, or a number given again
    "equally_near": "medium",  # which of several complaints is meant
    "possibly_one": "medium",  # likelier than not, and not sure enough to be compared
}
DUPLICATE_SEVERITY = "medium"

_NAMED_AT_MOST = 20  # references listed in one duplicate; a default such as 0000 may stand in thousands of records


def alone_steps(spec: Spec) -> list[Step]:
    """The steps that find the records of each side without a link and without a doubt."""
    area = AREA if AREA in spec.fields else "NULL"
    return [
        Step(
            f"alone_{side}",
            f"records that only side {side} has",
            f"SELECT record_ref AS ref, {_reason(spec)} AS reason, {area} AS area FROM {side}\n"
            f"WHERE record_ref NOT IN (SELECT {side}_ref FROM link)\n"
            f"  AND record_ref NOT IN (SELECT ref FROM ambiguous WHERE side = '{side}')",
        )
        for side in "ab"
    ]


def findings(spec: Spec) -> list[Finding]:
    """The findings about whole records."""
    severity = _severity(MISSING_SEVERITY)
    contested = "contested JOIN a ON a.record_ref = a_ref JOIN b ON b.record_ref = b_ref"
    known_area = AREA in spec.fields
    return [
        Finding("alone_a", MISSING, "reason", severity, a_ref="ref", area="area"),
        Finding("alone_b", MISSING, "reason", severity, b_ref="ref", area="area"),
        _duplicates("a", area=AREA if known_area else "NULL"),
        _duplicates("b", area=AREA if known_area else "NULL"),
        Finding(
            source=contested,
            klass="identity",
            reason="reason",
            severity=_severity(IDENTITY_SEVERITY),
            a_ref="a_ref",
            b_ref="b_ref",
            field="field",
            area=f"coalesce(a.{AREA}, b.{AREA})" if known_area else "NULL",
        ),
    ]


def _duplicates(side: str, *, area: str) -> Finding:
    """One finding per group of records of ``side``: the first stands for all, the value lists them."""
    about = {f"{side}_ref": "refs[1]", f"{side}_about": "array_to_string(refs, '; ')"}
    about[f"{side}_value"] = f"array_to_string(refs[:{_NAMED_AT_MOST}], '; ')"
    source = f"repeated JOIN {side} ON record_ref = refs[1] WHERE side = '{side}'"
    severity = quoted(DUPLICATE_SEVERITY)
    return Finding(source, "duplicate", "'repeated_key'", severity, field="field", area=area, **about)


def _severity(by_reason: dict[str, str]) -> str:
    return "CASE reason " + " ".join(f"WHEN '{reason}' THEN '{level}'" for reason, level in by_reason.items()) + " END"


def _reason(spec: Spec) -> str:
    """SQL for why the other side does not have a record."""
    cases = []
    if spec.linkage.parent is not None:
        cases.append(f"WHEN {spec.linkage.parent} IS NULL THEN 'non_procedural'")
    if spec.stream in NOT_YET_SHARED:
        cases.append(f"WHEN {STAGE} IN {listed(NOT_YET_SHARED[spec.stream])} THEN 'not_yet_due'")
    if spec.period is not None:
        year, month = spec.period.split("-")
        months = f"TRY_CAST({FIRST_KNOWN}[:4] AS INTEGER) * 12 + TRY_CAST({FIRST_KNOWN}[6:7] AS INTEGER)"
        age = f"{int(year) * 12 + int(month)} - ({months})"
        allowed = spec.agreement.streams[spec.stream].late_after_months
        cases += [
            f"WHEN {age} <= 0 THEN 'not_yet_due'",
            f"WHEN {age} <= {allowed} THEN 'late'",
            f"WHEN {age} > {allowed} THEN 'lost'",
        ]
    return f"CASE {' '.join(cases)} ELSE 'age_unknown' END" if cases else "'age_unknown'"
