"""In which encoding a text file is: what the mapping declares, held against what the bytes say for certain.

Windows-1256 and Windows-1252 give some text for nearly any bytes, so neither is ever guessed. UTF-8 is different:
other text is not valid as UTF-8 by accident.
"""

import codecs
from pathlib import Path
from typing import BinaryIO

from amanah.sources.errors import SourceError
from amanah.sources.mapping import Mapping

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BY_MARK = {"utf-8": "utf-8-sig", "utf-16": "utf-16"}
_BLOCK = 1 << 20
_DECLARE = "declare it in the mapping (drop: {encoding: windows-1256} and the like), or save the file as UTF-8"


def codec_of(path: Path, mapping: Mapping) -> str:
    """The codec with which to open ``path``. Raises ``SourceError`` when that is not certain, or not as declared."""
    declared, where = mapping.drop.encoding, f"{mapping.name}: {path.name}"
    with path.open("rb") as file:
        head = file.read(_BLOCK)
        certain = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
        if certain is None and b"\0" in head:
            raise SourceError(f"{where} is not text, or UTF-16 without a byte order mark; save it as UTF-8")
        codec = _BY_MARK[certain] if certain else "utf-8"
        if certain is None and declared != "utf-16":
            file.seek(0)
            certain = _utf8(file)
    if certain == "ascii":  # the same in all of them
        return codec
    if declared not in (certain, "detect") and certain is not None:
        raise SourceError(f"{where} is {certain}, the mapping declares {declared}; correct the mapping")
    if certain is not None:
        return codec
    if declared in ("windows-1256", "windows-1252"):
        return declared
    if declared == "utf-16":
        raise SourceError(f"{where} has no byte order mark, so it is not UTF-16 as the mapping declares")
    raise SourceError(f"{where} is not UTF-8, and what else it is cannot be told from the bytes; {_DECLARE}")


def _utf8(file: BinaryIO) -> str | None:
    """``ascii`` or ``utf-8``, or None when the bytes of ``file`` are neither."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ascii_only = True
    try:
        while block := file.read(_BLOCK):
            ascii_only = ascii_only and block.isascii()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return "ascii" if ascii_only else "utf-8"
