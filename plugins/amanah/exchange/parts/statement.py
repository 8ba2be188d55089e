"""A statement: what the sender says about one record, and what of it may travel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from amanah.exchange.codes import Code, Refused
from schemas.envelope import Action, Counts
from schemas.majors import Form
from schemas.record import NOT_APPLICABLE

HEAD = ("action", "revision")
HIGHEST_REVISION = 2**31 - 1
_ACTIONS = frozenset(Action)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Statement:
    """What the sender says about one record: an action, a revision, and the values (none when withdrawn)."""

    action: Action
    record_ref: str
    revision: int
    values: dict[str, object] = field(default_factory=dict, repr=False)

    def in_form(self, form: Form) -> "Statement":
        """The same, its values written in the major of ``form``."""
        return self if form.is_current else replace(self, values=form.written(self.values))


def count(statements: Sequence[Statement]) -> Counts:
    """Count statements per action."""
    actions = [statement.action for statement in statements]
    return Counts(**{action.value: actions.count(action) for action in Action})


def narrowed(values: Mapping[str, object], fields: Sequence[str]) -> dict[str, object]:
    """Of ``values`` only ``fields``, each of them, absent ones as None.

    ``not_applicable`` keeps the names of these fields only: that another one exists for a person is already telling.
    """
    kept = dict(zip(fields, map(values.get, fields), strict=True))
    names = kept.get(NOT_APPLICABLE)
    if isinstance(names, list):
        kept[NOT_APPLICABLE] = [name for name in names if name in fields] or None
    return kept


def row_of(statement: Statement, fields: Sequence[str]) -> dict[str, object]:
    """The row that a part holds for ``statement``: the head, then ``fields`` and no other, whatever it carries."""
    own = {"action": statement.action.value, "revision": statement.revision}
    return {**own, **narrowed(statement.values, fields), "record_ref": statement.record_ref}


def statement_of(row: dict[str, object], fields: Sequence[str]) -> Statement:
    """The statement in a row from outside. Raises ``Refused`` when its head is not one."""
    action, revision, ref = row.pop("action"), row.pop("revision"), row["record_ref"]
    whole = isinstance(revision, int) and not isinstance(revision, bool) and 0 < revision <= HIGHEST_REVISION
    known = isinstance(action, str) and action in _ACTIONS
    if not known or not whole or not isinstance(ref, str) or not _storable(ref):
        raise Refused(Code.FIELD_NOT_AGREED, "action, revision or record_ref is absent or not a known one")
    names = row.get(NOT_APPLICABLE)
    if isinstance(names, list) and not {name for name in names if isinstance(name, str)} <= set(fields):
        raise Refused(Code.FIELD_NOT_AGREED, "not_applicable names a field that may not travel this way")
    return Statement(Action(str(action)), ref, int(str(revision)), row)


def _storable(text: str) -> bool:
    """Whether a database can hold ``text``: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None
