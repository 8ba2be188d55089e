"""``amanah pages``: the pages in a browser, without Airflow."""

from typing import Annotated

import typer

from amanah.cli.node_options import NodeFile
from amanah.node import Node
from amanah.pages import serve
from amanah.pages.visitors import Forbidden, visitor


def pages(
    node: NodeFile,
    name: Annotated[str, typer.Option("--as", help="Who you are, by the name in the node's file of people.")],
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where to serve, on this machine only.")] = 8090,
) -> None:
    """Serve the node's pages on this machine, for one person: what their role sees; ends with Ctrl-C."""
    opened = Node.load(node)
    try:
        visitor(opened, name)
    except Forbidden:
        raise typer.BadParameter("the node's file of people does not name them", param_hint="--as") from None
    key = serve.new_key()
    typer.echo(serve.link(port, key))
    serve.serve(opened, name, port=port, key=key)
