"""Named transforms: how the text of one native column becomes one contract value, and back.

A mapping names them, one or several in a row. Reading is for sources; writing is its inverse, for whoever has to speak
as a ministry (the demonstration, test data).
"""

from amanah.sources.transforms.registry import FAMILIES, TRANSFORMS, named
from amanah.sources.transforms.transform import Transform

__all__ = ["FAMILIES", "TRANSFORMS", "Transform", "named"]
