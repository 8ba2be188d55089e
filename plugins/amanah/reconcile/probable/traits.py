"""What of a record is compared to tell who it is about: the roles that a specification gives to columns.

Columns of one family are judged together, since they err and coincide together: the numbers of papers, the name, the
birth date, the circumstances. Two colleagues share employer, workplace and start of contract; that never adds up as if
each of it had come by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.agreement_stream import Role

# Circumstances, and when two that differ are still nearly the same: SQL over ``x`` and ``y``.
_NEARLY = {
    Role.DATE: "abs(date_diff('day', {x}, {y})) <= 7",
    Role.CODE: "FALSE",
    Role.MONEY: "abs({x} - {y}) <= 0.02 * greatest({x}, {y})",
    Role.PLACE: "length({x}) > 4 AND jaro_winkler_similarity({x}, {y}) > 0.9",
    Role.ORGANISATION: "length({x}) > 4 AND jaro_winkler_similarity({x}, {y}) > 0.9",
}


@dataclass(frozen=True)
class Circumstance:
    """A column of table ``trait`` with a circumstance: its name, and when two that differ are still nearly the same."""

    name: str
    role: Role

    def nearly(self, x: str, y: str) -> str:
        """SQL that is true when the values in ``x`` and ``y`` are nearly the same."""
        return _NEARLY[self.role].format(x=x, y=y)


CIRCUMSTANCES = tuple(_NEARLY)


@dataclass(frozen=True)
class Traits:
    """Which columns of two tables are compared.

    Attributes:
        ref: the column that names the record.
        roles: column -> role. Several names are the parts of one name, in their order.
        earlier: identifier -> column with the list of its earlier values.
        labels: column -> what people call it, where that is not the column's own name.
    """

    ref: str
    roles: Mapping[str, Role]
    earlier: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def of(self, *roles: Role) -> tuple[str, ...]:
        """The columns with one of ``roles``."""
        return tuple(column for column, given in self.roles.items() if given in roles)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns of table ``trait`` that hold numbers of papers: ``id_0`` and so on."""
        return tuple(f"id_{place}" for place in range(len(self.of(Role.IDENTIFIER))))

    @property
    def circumstances(self) -> tuple[Circumstance, ...]:
        """The columns of table ``trait`` that hold circumstances: ``c_0`` and so on."""
        columns = self.of(*CIRCUMSTANCES)
        return tuple(Circumstance(f"c_{place}", self.roles[column]) for place, column in enumerate(columns))
