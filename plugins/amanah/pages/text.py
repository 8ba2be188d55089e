"""Text from records and people, made safe to look at: what would hide or turn around other text is spelled out."""

import re
import unicodedata

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    """``text`` with control, direction and invisible characters spelled out, as in ``[U+202E]``."""
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", unicodedata.normalize("NFC", text))


def cell(value: object) -> str:
    """``value`` for a spreadsheet: one that a program would take for a formula begins with an apostrophe.

    As OWASP recommends against CSV injection; Primero had to mend the same in 2026.
    """
    text = "" if value is None else visible(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
