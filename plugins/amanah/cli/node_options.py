"""Options that several of the node's commands share."""

from pathlib import Path
from typing import Annotated

import typer

NodeFile = Annotated[
    Path, typer.Option("--node", envvar="AMANAH_NODE", exists=True, dir_okay=False, help="The node's node.yaml.")
]
