"""A line of a file in a drop, whatever its format."""

from dataclasses import dataclass, field

from amanah.sources.native import Damaged

Cell = str | None | Damaged


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``position`` says where an official finds it."""

    position: str
    cells: tuple[Cell, ...] = field(repr=False)

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell if isinstance(cell, str) else cell is not None for cell in self.cells)
