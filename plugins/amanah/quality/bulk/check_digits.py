"""Check digits of many numbers at once, on the bytes of a column. ``schemas`` says how, one number at a time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas import mrz

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
_FILLER, _LINE = ord("<"), 44
_NUMBER = 32  # figures of the longest number looked at
_VALUES = np.zeros(256, dtype=np.int32)
_VALUES[[ord(sign) for sign in _SIGNS]] = [mrz.check_digit("<<" + sign) for sign in _SIGNS]
_WEIGHTS = np.array([mrz.check_digit("<" * place + "1") for place in range(_LINE)], dtype=np.int32)

Bytes = npt.NDArray[np.uint8]
Verdicts = npt.NDArray[np.bool_]
Verdict = Callable[[pl.Series], Verdicts]


def mrz_holds(lines: pl.Series) -> pl.Series:
    """Which of ``lines`` agree with their check digits; False for what is absent or no such line."""
    return _of_those(lines, mrz.LINE, _mrz)


def luhn_holds(numbers: pl.Series) -> pl.Series:
    """Which of ``numbers`` end with their Luhn check digit; False for what is absent or not 1 to 32 figures."""
    return _of_those(numbers, f"^[0-9]{{1,{_NUMBER}}}$", _luhn)


def _of_those(texts: pl.Series, pattern: str, verdict: Verdict) -> pl.Series:
    """The verdicts on the texts that keep to ``pattern``, which are of ASCII signs; False for the others."""
    found = texts.str.contains(pattern).fill_null(value=False)
    result = np.zeros(len(texts), dtype=np.bool_)
    result[found.to_numpy()] = verdict(texts.filter(found))
    return pl.Series(texts.name, result)


def _mrz(lines: pl.Series) -> Verdicts:
    signs = _bytes(lines).reshape(-1, _LINE)
    composite = np.concatenate([signs[:, 0:10], signs[:, 13:20], signs[:, 21:43]], axis=1)
    optional = signs[:, 28:42]
    unused = (signs[:, 42] == _FILLER) & (optional == _FILLER).all(axis=1)
    verdicts: Verdicts = (
        _agrees(signs[:, 0:9], signs[:, 9])
        & _agrees(signs[:, 13:19], signs[:, 19])
        & _agrees(signs[:, 21:27], signs[:, 27])
        & _agrees(composite, signs[:, 43])
        & (unused | _agrees(optional, signs[:, 42]))
    )
    return verdicts


def _agrees(signs: Bytes, digit: Bytes) -> Verdicts:
    found = _VALUES[signs] @ _WEIGHTS[: signs.shape[1]] % 10
    verdicts: Verdicts = found + ord("0") == digit
    return verdicts


def _luhn(numbers: pl.Series) -> Verdicts:
    """From the right, every second figure counts double, by its digit sum."""
    figures = _bytes(numbers.str.zfill(_NUMBER)).reshape(-1, _NUMBER).astype(np.int32) - ord("0")
    doubled = figures[:, -2::-2] * 2
    total = figures[:, ::-2].sum(axis=1) + (doubled // 10 + doubled % 10).sum(axis=1)
    verdicts: Verdicts = total % 10 == 0
    return verdicts


def _bytes(texts: pl.Series) -> Bytes:
    return np.frombuffer(texts.str.join("").item().encode("ascii"), dtype=np.uint8)
