"""Checks of what stands on the command line, so that a wrong call is told from data that failed. No verb lives here."""

from collections.abc import Callable

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


_ENGINES = ("duckdb", "spark")
a_period = _checked(checked_period)
a_quarter = _checked(checked_quarter)
a_stream = _checked(_stream)
a_noise = _checked(_noise)
an_engine = _checked(_engine)
