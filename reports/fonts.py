"""The fonts inside a page: Noto Sans for Latin and Arabic script, cut down to the characters the page has.

A page looks the same wherever it is opened, and asks for nothing. The fonts come with two pinned packages (Noto Sans
and Noto Sans Arabic, both under the SIL Open Font License 1.1) and are not kept here.
"""

import base64
import io
from functools import cache

import fontpkg
from fontTools.ttLib import TTFont

# By the name that the style gives each.
FAMILIES = {
    "Amanah Latin": "Noto Sans",
    "Amanah Arabic": "Noto Sans Arabic",
}
LIGHTEST, BOLDEST = 400, 700
_FEATURES = ["tnum"]  # beside what every text needs: numbers of one width, as the style asks for
_KEPT_NAMES = [0, 1, 2, 5, 13, 14]  # whose it is, what it is, its version and its license


def embedded(text: str) -> str:
    """The ``@font-face`` rules with which every character of ``text`` is drawn: the same bytes for the same text."""
    wanted = frozenset(map(ord, text))
    rules = []
    for name, family in FAMILIES.items():
        own = wanted & _characters(family)
        if own:
            packed = base64.b64encode(_cut(family, own)).decode()
            rules.append(
                f'@font-face {{ font-family: "{name}"; font-weight: {LIGHTEST} {BOLDEST}; '
                f'src: url("data:font/woff2;base64,{packed}") format("woff2"); }}\n'
            )
            wanted -= own
    return "".join(rules)


@cache
def _characters(family: str) -> frozenset[int]:
    with TTFont(fontpkg.path(family), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _cut(family: str, characters: frozenset[int]) -> bytes:
    """The font with these characters only, in every weight from regular to bold, as WOFF2."""
    # What cuts fonts takes longer to load than all else of a node, whose verbs but one render no page.
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415

    options = Options(flavor="woff2", hinting=False, name_IDs=_KEPT_NAMES, notdef_outline=True)
    options.layout_features += _FEATURES
    with TTFont(fontpkg.path(family), recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        instantiateVariableFont(font, {"wdth": 100, "wght": (LIGHTEST, BOLDEST)}, inplace=True)
        font.flavor = "woff2"
        packed = io.BytesIO()
        font.save(packed)
    return packed.getvalue()
