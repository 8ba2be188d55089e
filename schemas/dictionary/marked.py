"""Names, numbers and signs in a text, kept from being turned round in a page that runs from right to left."""

import re
from collections.abc import Collection

from markupsafe import Markup, escape

# A token with a hyphen, dot, slash or underscore inside, or one of the mirrored or neutral signs alone.
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[._/-][A-Za-z0-9]+)+|(?<!\S)[</-](?!\S)")


def marked(text: str, *, known: Collection[str]) -> Markup:
    """``text`` as HTML: each token runs left to right, and one that is a field's name looks like a name."""
    pieces, end = [], 0
    for found in _TOKEN.finditer(text):
        name = "code" if found[0] in known else "bdi"
        pieces += [escape(text[end : found.start()]), Markup('<{0} dir="ltr">{1}</{0}>').format(name, found[0])]
        end = found.end()
    return Markup().join([*pieces, escape(text[end:])])
