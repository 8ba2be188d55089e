"""Checks of what stands on the command line, so that a wrong call is told from data that failed. No verb lives here."""

import re
from collections.abc import Callable
from pathlib import Path

import typer

from amanah.periods import checked_period, checked_quarter

Check = Callable[[str | None], str | None]


def _checked(check: Callable[[str], object]) -> Check:
    """A typer callback that takes the text as it is when ``check`` raises no ``ValueError``."""

    def callback(value: str | None) -> str | None:
        try:
            if value is not None:
                check(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        return value

    return callback


def a_named_file(given: str) -> tuple[str, Path]:
    """``NAME=FILE`` as both."""
    name, _, path = given.partition("=")
    return name, Path(path)


def named_files(given: list[str] | None) -> list[str] | None:
    """A typer callback for ``NAME=FILE``, as often as it is given."""
    named = [a_named_file(one) for one in given or ()]
    for name, path in named:
        if re.fullmatch(_NAME, name) is None:
            raise typer.BadParameter("expected NAME=FILE, a name such as peduli_wni: small letters, figures, - and _")
        if not path.is_file():
            raise typer.BadParameter(f"{name}: there is no such file")
    if len({name for name, _ in named}) < len(named):
        raise typer.BadParameter("each name may stand once")
    return given


def _noise(name: str) -> None:
    from amanah.demo.corridor.noise import profile

    profile(name)


def _stream(name: str) -> None:
    from schemas.streams import STREAMS

    if name not in STREAMS:
        raise ValueError(f"no such stream {name!r}; known are {', '.join(STREAMS)}")


def _engine(name: str) -> None:
    if name not in _ENGINES:
        raise ValueError(f"no such engine {name!r}; known are {', '.join(_ENGINES)}")


_NAME = r"[a-z][a-z0-9_-]{0,40}"
_ENGINES = ("duckdb", "spark")
a_period = _checked(checked_period)
a_quarter = _checked(checked_quarter)
a_stream = _checked(_stream)
a_noise = _checked(_noise)
an_engine = _checked(_engine)
