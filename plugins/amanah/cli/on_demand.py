"""The root of the command line, which loads a verb when it is called, not when it is listed."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from amanah.cli.verbs import VERBS, Verb


class OnDemand(TyperGroup):
    """The verbs as listed: name and line of help. What is called is loaded whole; see `whole` for all of them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({verb.name: TyperCommand(verb.name, help=verb.help) for verb in VERBS})

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that ``args`` begin with, loaded, and the rest of them."""
        name, listed, rest = super().resolve_command(ctx, args)
        called = [verb for verb in VERBS if verb.name == name]
        return name, whole(called).commands[called[0].name] if called else listed, rest


def whole(verbs: Iterable[Verb] = VERBS) -> TyperGroup:
    """The command line with ``verbs`` loaded, for who looks at more than names: documentation, tests."""
    app = typer.Typer()
    for verb in verbs:
        found = getattr(import_module(verb.module), verb.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb.name, help=verb.help)
        else:
            app.command(verb.name)(found)
    return typer.main.get_group(app)  # unlike get_command, a group also where there is one verb
