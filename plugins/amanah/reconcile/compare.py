"""Compare linked records field by field with the agreement's tolerances.

A value that either side does not have is not a disagreement. Makes the table ``differing``: linked pairs with at
least one disagreement, ``differs_<field>``, and their values as ``a_<field>`` and ``b_<field>``.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Callable, Mapping

from amanah.reconcile import money, names
from amanah.reconcile.engine import Step, quoted
from amanah.reconcile.finding import Finding
from amanah.reconcile.spec import AREA, STAGE_DATE, Spec
from amanah.reconcile.tolerances import parent_of_code, same_organisation, within_working_days
from schemas import codelists
from schemas.agreement import Tolerance

# Up to this stage a record moves one step at a time; from there on stages are outcomes, without an order.
_LAST_IN_ORDER = {"placement": "residence_issued", "complaint": "mediation"}

_REASONS = {
    "exact": "differs",
    "code": "differs",
    "days": "dates_apart",
    "working_days": "dates_apart",
    "name": "names_differ",
    "organisation": "names_differ",
}


def compare_steps(spec: Spec) -> list[Step]:
    """The steps that keep the linked pairs which disagree somewhere."""
    both = "link JOIN a ON a.record_ref = link.a_ref JOIN b ON b.record_ref = link.b_ref"
    found = ",\n  ".join(f"coalesce({_found(spec, field)}, FALSE) AS {_flag(field)}" for field in spec.linkage.compare)
    anywhere = " OR ".join(_flag(field) for field in spec.linkage.compare)
    values = ", ".join(f"{side}.{field} AS {side}_{field}" for field in spec.fields for side in "ab")
    return [
        *(
            Step(
                _apart(field),
                f"writings of {field} in linked pairs that disagree",
                names.apart(
                    f"SELECT DISTINCT a.{field} AS one, b.{field} AS other FROM {both} WHERE a.{field} <> b.{field}"
                ),
            )
            for field in _names(spec)
        ),
        Step(
            "compared",
            "linked pairs that disagree in some field, and in which",
            f"SELECT * FROM (SELECT link.a_ref, link.b_ref,\n  {found}\nFROM {both}) WHERE {anywhere}",
        ),
        Step(
            "differing",
            "the same with the values of both records",
            f"SELECT compared.*, {values}\n"
            "FROM compared JOIN a ON a.record_ref = compared.a_ref JOIN b ON b.record_ref = compared.b_ref",
        ),
    ]


def findings(spec: Spec) -> list[Finding]:
    """One finding per field and pair: class ``stage`` for the stage rule, ``field`` for every other."""
    return [
        Finding(
            source=f"differing WHERE {_flag(field)}",
            klass="stage" if tolerance.rule == "stage" else "field",
            reason=_reason(spec, field, tolerance),
            severity=quoted(tolerance.severity),
            a_ref="a_ref",
            b_ref="b_ref",
            field=quoted(field),
            a_value=_text(spec, field, "a_", "b_"),
            b_value=_text(spec, field, "b_", "a_"),
            area=f"coalesce(a_{AREA}, b_{AREA})" if AREA in spec.fields else "NULL",
        )
        for field, tolerance in spec.linkage.compare.items()
    ]


def _flag(field: str) -> str:
    return f"differs_{field}"


def _names(spec: Spec) -> list[str]:
    return [field for field, tolerance in spec.linkage.compare.items() if tolerance.rule == "name"]


def _apart(field: str) -> str:
    return f"apart_{field}"


def _found(spec: Spec, field: str) -> str:
    """What `disagrees` says; of names, as they were compared all at once."""
    return f"(a.{field}, b.{field}) IN (FROM {_apart(field)})" if field in _names(spec) else disagrees(spec, field)


def disagrees(spec: Spec, field: str) -> str:
    """SQL over ``a`` and ``b`` that is true when the two values of ``field`` disagree."""
    tolerance = spec.linkage.compare[field]
    return _RULES[tolerance.rule](spec, tolerance, field)


def _exact(_spec: Spec, _tolerance: Tolerance, field: str) -> str:
    return f"a.{field} <> b.{field}"


def _days(_spec: Spec, tolerance: Tolerance, field: str) -> str:
    return f"abs(date_diff('day', a.{field}, b.{field})) > {int(tolerance.within)}"


def _working_days(spec: Spec, tolerance: Tolerance, field: str) -> str:
    return f"NOT {within_working_days(spec.agreement, f'a.{field}', f'b.{field}', int(tolerance.within))}"


def _amount(spec: Spec, _tolerance: Tolerance, field: str) -> str:
    return money.disagree(spec, field)


def _name(_spec: Spec, _tolerance: Tolerance, field: str) -> str:
    return names.disagree(f"a.{field}", f"b.{field}")


def _code(_spec: Spec, _tolerance: Tolerance, field: str) -> str:
    return f"NOT {parent_of_code(f'a.{field}', f'b.{field}')}"


def _organisation(_spec: Spec, tolerance: Tolerance, field: str) -> str:
    return f"NOT {same_organisation(f'a.{field}', f'b.{field}', tolerance.aliases)}"


def _stage(spec: Spec, _tolerance: Tolerance, field: str) -> str:
    return f"a.{field} <> b.{field} AND NOT {_only_lags(spec, field)}"


_RULES: Mapping[str, Callable[[Spec, Tolerance, str], str]] = {
    "exact": _exact,
    "days": _days,
    "working_days": _working_days,
    "amount": _amount,
    "name": _name,
    "code": _code,
    "organisation": _organisation,
    "stage": _stage,
}


def _only_lags(spec: Spec, field: str) -> str:
    """SQL: one side is a single step behind, and the other took that step in this very period."""
    if spec.period is None or STAGE_DATE not in spec.fields:
        return "FALSE"
    one, other = position(spec, f"a.{field}"), position(spec, f"b.{field}")
    stepped = f"CASE WHEN {one} > {other} THEN a.{STAGE_DATE} ELSE b.{STAGE_DATE} END"
    return f"coalesce(abs({one} - {other}) = 1 AND strftime({stepped}, '%Y-%m') = {quoted(spec.period)}, FALSE)"


def position(spec: Spec, stage: str) -> str:
    """SQL for the place of ``stage`` among those that follow each other; null for an outcome, which has none."""
    ordered = _in_order(spec)
    return "CASE " + stage + " " + " ".join(f"WHEN {quoted(code)} THEN {n}" for n, code in enumerate(ordered)) + " END"


def _in_order(spec: Spec) -> tuple[str, ...]:
    codes = codelists.load(f"{spec.stream}_stage").codes
    return codes[: codes.index(_LAST_IN_ORDER[spec.stream]) + 1]


def _reason(spec: Spec, field: str, tolerance: Tolerance) -> str:
    if tolerance.rule == "amount":
        return money.reason(spec, field)
    if tolerance.rule != "stage":
        return quoted(_REASONS[tolerance.rule])
    one, other = position(spec, f"a_{field}"), position(spec, f"b_{field}")
    return f"CASE WHEN {one} <> {other} THEN 'one_side_behind' ELSE 'stages_differ' END"


def _text(spec: Spec, field: str, one: str, other: str) -> str:
    return money.text(spec, field, one, other) if field in spec.amounts else f"{one}{field}::VARCHAR"
