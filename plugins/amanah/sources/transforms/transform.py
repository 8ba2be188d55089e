"""What a transform is, and how several in a row become one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import GenericAlias
from typing import Any, get_origin

TEXT = "text"


def _no_way_back(_: Any) -> str:
    raise ValueError("the transform only reads; what it was before cannot be known")


@dataclass(frozen=True)
class Transform:
    """One transform, or several in a row.

    ``gives`` is the type of the value read; ``expects`` says in words what the text must be; ``of_date`` is whether the
    text is a date, also when what is read is something about it. A text that cannot be read
    raises ``ValueError``, always without the text itself; so does a value that cannot be written.
    """

    name: str
    gives: Any
    expects: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = _no_way_back
    of_date: bool = False


def chain(steps: Sequence[Transform]) -> Transform:
    """``steps`` one after the other; what follows a list is done to each of its items.

    A text that becomes empty on the way is given back as empty text, an item that does so is left out.

    Raises:
        ValueError: a step cannot follow the one before it; the text names both.
    """
    gives: Any = steps[0].gives
    for before, step in pairwise(steps):
        gives = _after(gives, before, step)

    def read(text: str) -> Any:
        value: Any = text
        for step in steps:
            if isinstance(value, list):
                value = [read for read in (step.read(item) for item in value) if read != ""]
            elif value == "":
                return ""
            else:
                value = step.read(value)
        return value

    def write(value: Any) -> str:
        for step in reversed(steps):
            items = isinstance(value, list) and get_origin(step.gives) is not list
            value = [step.write(item) for item in value] if items else step.write(value)
        return str(value)

    wants = [step.expects for step in steps if step.expects != TEXT]
    of_date = any(step.of_date for step in steps)
    return Transform(" ".join(step.name for step in steps), gives, ", ".join(wants) or TEXT, read, write, of_date)


def _after(gives: Any, before: Transform, step: Transform) -> Any:
    if gives is str:
        return step.gives
    if gives == list[str] and get_origin(step.gives) is not list:
        return GenericAlias(list, (step.gives,))
    raise ValueError(f"{step.name} cannot follow {before.name}, which does not give text")
