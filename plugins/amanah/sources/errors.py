"""What can go wrong with a source, as a whole. What is wrong with one value is a ``MappingProblem`` instead.

No text raised here ever holds a value out of a record.
"""


class MappingError(ValueError):
    """The mapping file cannot be used; the text names the file and every fault found, with its line."""


class SourceUnavailable(ConnectionError):
    """The system is down, refuses the connection or takes too long. Its rows are "not available", never zero."""


class TooFewRows(SourceUnavailable):
    """The system answers with fewer rows than it has in a usual month; they are "not available" too.

    An emptied table or a cut-off file must not look like a quiet month.
    """


class SourceError(ValueError):
    """The system answers, but not what the mapping expects; trying again does not help."""
