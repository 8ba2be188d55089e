"""``amanah node quarantine ...``: what waits for a person, and letting a corrected row out."""

import getpass
from typing import Annotated

import typer

from amanah.cli.checked import a_period
from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.node import Node

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The entry's number, as `list` shows it.")]


@app.command("list")
def list_(
    node: NodeFile,
    source: Annotated[str | None, typer.Option("--source", help="Only entries of this source.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", callback=a_period, help="Only entries of a month, such as 2026-07.")
    ] = None,
    settled: Annotated[bool, typer.Option("--settled", help="Those released or superseded instead.")] = False,  # noqa: FBT002 - typer's way
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List what waits in quarantine: which record and field, and why; never the row itself."""
    show(Node.load(node).quarantined(source=source, period=period, settled=settled), as_json=as_json)


@app.command("show")
def show_(node: NodeFile, number: Number, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Show one entry with its row as read. It is personal data: for this terminal, not for a file or a mail."""
    found = Node.load(node).quarantined_row(number)
    typer.echo("This is personal data: for this terminal only, not for a file or a mail.", err=True)
    show(found, as_json=as_json)


@app.command()
def release(
    node: NodeFile,
    number: Number,
    why: Annotated[str, typer.Option("--why", help="What was wrong and how it is known; kept beside the row.")],
    corrections: Annotated[
        list[str] | None, typer.Option("--set", metavar="COLUMN=VALUE", help="What a column should say; repeatable.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who releases it; the system's user if not given.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Read a refused row again, as corrected, and load it; or say why it still fails. The source's next row counts."""
    if not why.strip():
        raise typer.BadParameter("expected what was wrong and how it is known", param_hint="--why")
    correction = dict(_correction(text) for text in corrections or ())
    show(Node.load(node).release(number, correction, by=by or getpass.getuser(), why=why), as_json=as_json)


def _correction(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise typer.BadParameter("expected COLUMN=VALUE", param_hint="--set")
    return column, value
