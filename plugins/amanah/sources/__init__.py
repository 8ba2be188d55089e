"""Ministry systems to records: SQL databases, REST APIs, folders of CSV and XLSX files, read by time window.

What differs between two systems stands in a YAML mapping, never in code. This package reads and translates;
whether a record is valid is decided elsewhere.

    >>> mapping = load(Path("siskop2mi.yaml"))
    >>> source = open_source(mapping, SourceConnection(url="postgresql+psycopg://node@ministry/siskop2mi"))
    >>> for row in source.read(since=None, until=datetime(2026, 8, 1, tzinfo=UTC)): ...
"""

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import MappingError, SourceError, SourceUnavailable, TooFewRows
from amanah.sources.mapping import Mapping
from amanah.sources.mapping_file import load
from amanah.sources.oauth2 import OAuth2
from amanah.sources.row import MappedRow, MappingProblem
from amanah.sources.source import Source, open_source

__all__ = [
    "MappedRow",
    "Mapping",
    "MappingError",
    "MappingProblem",
    "OAuth2",
    "Source",
    "SourceConnection",
    "SourceError",
    "SourceUnavailable",
    "TooFewRows",
    "load",
    "open_source",
]
