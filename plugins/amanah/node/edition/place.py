"""The place where editions are published: a folder, or an object store that fsspec reaches."""

from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from amanah.node.signing import SUMS
from amanah.settings_file import SettingsError


def put(folder: Path, to: str, where: str) -> list[str]:
    """Make ``to``/``where`` hold exactly the files of ``folder``; return the names of those written.

    The list of hashes and its signatures come last, so that a reader never finds them before what they speak of. What
    is there already with the same content is left alone. Raises ``SettingsError`` for a place that cannot be used.
    """
    place, root = opened(to)
    top = f"{root.rstrip('/')}/{where}"
    place.makedirs(top, exist_ok=True)
    files = sorted((each for each in folder.iterdir() if each.is_file()), key=lambda each: (_is_last(each), each.name))
    written = [each.name for each in files if _write(place, f"{top}/{each.name}", each.read_bytes())]
    kept = {each.name for each in files}
    for gone in (each for each in place.ls(top, detail=False) if each.rpartition("/")[2] not in kept):
        place.rm(gone)
    return written


def opened(to: str) -> tuple[Any, str]:
    """The file system of the place ``to`` and its folder there. Raises ``SettingsError`` where fsspec has none."""
    try:
        place, root = url_to_fs(to)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"node.yaml's published.to cannot be used: {error}") from None
    return place, str(root)


def _is_last(file: Path) -> bool:
    return file.name.startswith(SUMS)


def _write(place: Any, path: str, content: bytes) -> bool:
    """Write a file in one piece; False where it was there."""
    if place.exists(path) and place.cat_file(path) == content:
        return False
    with place.transaction:
        place.pipe_file(path, content)
    return True
