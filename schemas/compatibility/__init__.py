"""Whether a change of a published form is compatible, in words; the relation is written down in ``docs/schema.md``.

Within a major, what was valid stays valid (``OLD`` is part of ``NEW``), and nothing may be used or shown more freely.
What cannot be shown to keep to that counts as incompatible.
"""

from schemas.compatibility.change import Change, Grade, worst
from schemas.compatibility.files import compare
from schemas.compatibility.reading import NotPublished
from schemas.compatibility.schema import compare_schemas

__all__ = ["Change", "Grade", "NotPublished", "compare", "compare_schemas", "worst"]
