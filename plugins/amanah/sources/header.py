"""The line with the columns' names: which cell of a line belongs to which column of the mapping."""

from collections.abc import Iterator

from amanah.sources.errors import SourceError
from amanah.sources.lines import Cell, Line
from amanah.sources.mapping import Mapping
from amanah.sources.native import audit
from amanah.sources.spelling import plain


class Header:
    """The names of one file, as the mapping knows them."""

    def __init__(self, mapping: Mapping, named: Line, where: str) -> None:
        """Match ``named`` to ``mapping``. Raises ``SourceError`` for names that are missing, unknown or given twice."""
        given = [cell if isinstance(cell, str) else "" for cell in named.cells]
        self._width = len(given)
        known = {
            plain(spelling): column
            for column in (*mapping.columns, *mapping.ignored)
            for spelling in (column, *mapping.drop.spellings.get(column, ()))
        }
        names = [known.get(plain(name), name.strip()) for name in given]
        twice = sorted({name for name in names if name in known.values() and names.count(name) > 1})
        if twice:
            raise SourceError(f"{where}: the header names a column twice: {', '.join(twice)}")
        audit(mapping, [name for name in names if name], where)
        self._places = {column: names.index(column) for column in mapping.columns}
        self._nameless = [place for place, name in enumerate(names) if not name]

    def cells(self, line: Line) -> Iterator[tuple[str, Cell]]:
        """Every column that is read with its cell. Raises ``SourceError`` for a line that has another width."""
        if len(line.cells) != self._width:
            raise SourceError(f"{line.position}: {len(line.cells)} cells, the header has {self._width}")
        if any(line.cells[place] for place in self._nameless):
            raise SourceError(f"{line.position}: something stands in a column without a name; name it or empty it")
        for column, place in self._places.items():
            yield column, line.cells[place]
