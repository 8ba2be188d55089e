"""``amanah demo ...``: the whole corridor on one machine."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.demo.house import PROJECT

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--folder", help="Everything is written below this folder.")]
Records = Annotated[int, typer.Option("--records", min=100, help="Placements a side.")]
Months = Annotated[int, typer.Option("--months", min=1, max=9, help="How many months, up to September 2026.")]

_FOLDER = PROJECT / "var" / "demo"


@app.command()
def run(folder: Folder = _FOLDER, records: Records = 20_000, months: Months = 9) -> None:
    """Run the demonstration from nothing; it ends by itself and stops everything it started."""
    from amanah.demo.run import run as run_demo  # other verbs need none of it

    run_demo(folder, records=records, months_played=months)


@app.command()
def up(folder: Folder = _FOLDER, records: Records = 20_000, months: Months = 9) -> None:
    """Run the demonstration and keep its services running, to look at them."""
    from amanah.demo.run import run as run_demo

    run_demo(folder, records=records, months_played=months, keep=True)


@app.command()
def down(folder: Folder = _FOLDER) -> None:
    """Stop what ``up`` left running."""
    from amanah.demo.services.processes import down as stop

    stop(folder)
