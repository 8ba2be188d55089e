"""``amanah version``."""

import typer

from amanah import __version__


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
