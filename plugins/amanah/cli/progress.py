"""How far long work has come, on standard error: one line that moves on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_LINE_EVERY = 1_000_000


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many of ``what``, such as "records read", there are by now."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(what) as status:
            yield lambda count: status.update(f"{count:,} {what}")
        return
    said = 0

    def say(count: int) -> None:
        nonlocal said
        if count // _LINE_EVERY > said // _LINE_EVERY:
            console.print(f"{count:,} {what}", highlight=False)
        said = count

    yield say
