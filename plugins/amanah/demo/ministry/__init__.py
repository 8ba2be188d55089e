"""Two synthetic ministries: the systems that a node's sources read, filled from contract records.

Everything native (tables, files, codes) is derived from the mappings, the same ones the sources read by, so that
there is one truth. Nothing here is a real system of a real ministry.
"""

from amanah.demo.ministry.advance import advance
from amanah.demo.ministry.systems import (
    PARTIES,
    Systems,
    connection_to,
    consolidation_path,
    mapping_path,
    mappings,
)

__all__ = ["PARTIES", "Systems", "advance", "connection_to", "consolidation_path", "mapping_path", "mappings"]
