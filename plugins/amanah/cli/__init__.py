"""The command line: the same verbs as the pipelines, one thin function over one library call each.

Exit status: 0 done, 1 the data failed, 2 the call was wrong, 3 the partner or a service could not be reached.
"""

from amanah.cli.main import main

__all__ = ["main"]
