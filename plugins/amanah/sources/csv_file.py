"""The lines of a CSV file, as text. A cell that begins with =, +, - or @ is text like any other."""

import csv
from collections.abc import Iterator
from pathlib import Path

from amanah.sources.encoding import codec_of
from amanah.sources.errors import SourceError
from amanah.sources.lines import Line
from amanah.sources.mapping import Mapping


def lines(path: Path, mapping: Mapping) -> Iterator[Line]:
    """Yield the lines of ``path``. Raises ``SourceError`` for bytes or marks that are none, ``OSError`` as it comes."""
    codec = codec_of(path, mapping)
    with path.open(encoding=codec, newline="") as file:
        reader = csv.reader(file, delimiter=mapping.delimiter, strict=True)
        try:
            for cells in reader:
                yield Line(f"{path.name} line {reader.line_num}", tuple(cells))
        except UnicodeDecodeError:
            raise SourceError(f"{mapping.name}: {path.name} is not {codec}, as which it has to be read") from None
        except csv.Error as error:
            where = f"{mapping.name}: {path.name} line {reader.line_num}"
            raise SourceError(f"{where} is not well-formed CSV: {error}") from None
