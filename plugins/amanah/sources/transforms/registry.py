"""All transforms by name."""

from collections.abc import Callable, Mapping, Sequence

from amanah.sources.transforms import dates, excel, figures, text
from amanah.sources.transforms.transform import Transform, chain

TRANSFORMS: Mapping[str, Transform] = {
    transform.name: transform
    for transform in (*text.TEXTS, text.items(";", "list_semicolon"), *figures.NUMBERS, *excel.EXCEL, *dates.DATES)
}

# Made as asked: what stands after the colon is up to the mapping.
FAMILIES: Mapping[str, Callable[[str], Transform]] = {
    "prefix:": text.prefix,
    "pad:": text.pad,
    "list:": text.items,
    "partial:": dates.partial,
    "precision_of:": dates.precision_of,
    "calendar_of:": dates.calendar_of,
}


def named(asked: str | Sequence[str]) -> Transform:
    """The transform called ``asked``, or several in a row: ``pad:10``, ``["digits", "date_dmy"]``.

    Raises:
        ValueError: there is no such transform, and the text lists those there are; or one cannot follow another.
    """
    return _one(asked) if isinstance(asked, str) else chain([_one(name) for name in asked])


def _one(name: str) -> Transform:
    family, colon, rest = name.partition(":")
    if name in TRANSFORMS:
        return TRANSFORMS[name]
    if f"{family}{colon}" in FAMILIES and rest:
        return FAMILIES[f"{family}{colon}"](rest)
    raise ValueError(f"no transform {name!r}; there are {', '.join(TRANSFORMS)} and {', '.join(FAMILIES)} with a value")
