"""Validity: whether the paper behind a key can have served for the other record's placement, by its own dates.

A paper that was not valid at any time of a placement, with the days that were agreed before and after, says nothing of
who was placed: a passport that ended years before is the same worker's at most, in another placement, and a visa number
may have been given again. What is not known is no objection, and neither is a date that contradicts the very record in
which it stands: then the date is wrong. An earlier paper may well have ended before its own record's placement.

Days are counted from 1970, as whole numbers, and null where they are not known.
"""

from collections.abc import Sequence

from amanah.reconcile.spec import Spec
from schemas.agreement_stream import PaperDates

_NOWHERE = "NULL::INTEGER"


def bounded(spec: Spec, key: str) -> bool:
    """Whether dates bound the paper behind ``key``."""
    return _dates(spec, key) != PaperDates()


def since(spec: Spec, key: str) -> str:
    """SQL over a record for the first day on which its paper is valid."""
    field = _dates(spec, key).since
    return _NOWHERE if field is None else _unless(f"{day(field)} > {ended(spec)} + {_slack(spec)}", day(field))


def until(spec: Spec, key: str) -> str:
    """SQL over a record for the last day on which its paper is valid."""
    field = _dates(spec, key).until
    return _NOWHERE if field is None else _unless(f"{day(field)} + {_slack(spec)} < {began(spec)}", day(field))


def earlier_until(spec: Spec, key: str) -> str | None:
    """The list field with the last days of the key's earlier values."""
    return _dates(spec, key).earlier_until


def began(spec: Spec, record: str = "") -> str:
    """SQL for the day on which the placement of ``record``, such as ``a.``, began."""
    return _of_several("least", spec.linkage.validity.began, record) if spec.linkage.validity else _NOWHERE


def ended(spec: Spec, record: str = "") -> str:
    """SQL for the day on which it ends."""
    return _of_several("greatest", spec.linkage.validity.ended, record) if spec.linkage.validity else _NOWHERE


def outdated(spec: Spec, *, since: str, until: str, began: str, ended: str) -> str:
    """SQL that is true when a paper, valid from ``since`` to ``until``, was at no time of a placement."""
    ended_before, began_after = f"{until} + {_slack(spec)} < {began}", f"{since} > {ended} + {_slack(spec)}"
    return f"(coalesce({ended_before}, FALSE) OR coalesce({began_after}, FALSE))"


def day(date: str) -> str:
    """SQL for the number of a day."""
    return f"({date} - DATE '1970-01-01')::INTEGER"


def _of_several(which: str, fields: Sequence[str], record: str) -> str:
    return day(f"{which}({', '.join(f'{record}{field}' for field in fields)})")  # both pass over what is null


def _dates(spec: Spec, key: str) -> PaperDates:
    validity = spec.linkage.validity
    return validity.papers.get(key, PaperDates()) if validity else PaperDates()


def _slack(spec: Spec) -> int:
    return spec.linkage.validity.within_days if spec.linkage.validity else 0


def _unless(contradicted: str, value: str) -> str:
    return f"CASE WHEN NOT coalesce({contradicted}, FALSE) THEN {value} END"
