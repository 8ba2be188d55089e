"""The data dictionary: every field, code and rule of the contract on one page per language, for the people who sign it.

What a field is comes from its model; what people call it from ``fields/``; the other words from ``words/``.
"""

from schemas.dictionary.page import pages, render

__all__ = ["pages", "render"]
