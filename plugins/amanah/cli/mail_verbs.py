"""``amanah node mail ...``: mails that have not arrived, and trying them again."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.node import Node

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    node: NodeFile,
    every: Annotated[bool, typer.Option("--all", help="Those that left, too.")] = False,  # noqa: FBT002 - typer's way
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the mails that wait, were refused or came back: to whom, since when, and the server's code."""
    show(Node.load(node).mails(every=every), as_json=as_json)


@app.command()
def retry(
    node: NodeFile,
    message_id: Annotated[str | None, typer.Argument(help="Only this mail, as `list` shows it.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Queue again what was refused or came back, once its address has been put right."""
    show({"queued again": Node.load(node).retry_mail(message_id)}, as_json=as_json)


@app.command()
def bounced(
    node: NodeFile,
    notification: Annotated[
        Path,
        typer.Argument(
            allow_dash=True, exists=True, dir_okay=False, help="The mail that says so; - reads it from standard input."
        ),
    ],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Note that a mail of ours came back, from the notification (RFC 3464) that a mail server sent."""
    content = typer.get_binary_stream("stdin").read() if str(notification) == "-" else notification.read_bytes()
    show({"came back": Node.load(node).mail_bounced(content)}, as_json=as_json)
