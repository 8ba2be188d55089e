"""``amanah schema ...``: the shared contract in its published forms."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.output import AsJson, show
from schemas import agreement as agreements
from schemas import compatibility, dictionary, publishing

app = typer.Typer(no_args_is_help=True)

OutFolder = Annotated[Path, typer.Option("--out", file_okay=False, help="Folder to write into; made if absent.")]


@app.command()
def export(out: OutFolder) -> None:
    """Write every published form: JSON Schema, Arrow and Parquet columns, CSV headers, examples, code lists."""
    for path in publishing.write(out):
        typer.echo(str(path))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(exists=True, help="A published file, or a folder of them.")],
    new: Annotated[Path, typer.Argument(exists=True, help="The same after the change.")],
    as_json: AsJson = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Say in words what changed between two published forms, and whether it is compatible; status 1 when it is not."""
    try:
        changes = compatibility.compare(old, new)
    except compatibility.NotPublished as error:
        raise typer.BadParameter(str(error)) from None
    verdict = compatibility.worst(changes)
    if as_json:
        show({"verdict": verdict.value, "changes": [asdict(change) for change in changes]}, as_json=True)
    else:
        show([str(change) for change in changes] or ["no differences"], as_json=False)
        typer.echo(f"in all: {verdict.value}")
    raise typer.Exit(1 if verdict.needs_new_major else 0)


@app.command()
def docs(
    out: OutFolder,
    agreement: Annotated[
        Path | None,
        typer.Option("--agreement", exists=True, dir_okay=False, help="Also say what this agreement grants."),
    ] = None,
) -> None:
    """Write the data dictionary: one page each in English, Indonesian and Arabic."""
    pages = dictionary.pages(agreements.load(agreement) if agreement else None)
    out.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        (out / name).write_text(page, encoding="utf-8")
        typer.echo(str(out / name))
