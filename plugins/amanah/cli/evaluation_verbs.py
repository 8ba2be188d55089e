"""``amanah evaluate``: make an edition; check, print or sign one that is there; compare two."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.checked import a_quarter
from amanah.cli.evaluating import Draft, Revise, Why, make
from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys
from amanah.node import Node, signing
from reports.comparison import Change, changes
from reports.figure import Cell
from reports.pdf import print_to
from reports.publication import Publication

app = typer.Typer(invoke_without_command=True)

_FILE = {"exists": True, "dir_okay": False}


@app.callback()
def evaluate(
    context: typer.Context,
    quarter: Annotated[
        str | None, typer.Option("--quarter", callback=a_quarter, help="The quarter to make, such as 2026-Q3.")
    ] = None,
    node: Annotated[
        Path | None, typer.Option("--node", envvar="AMANAH_NODE", **_FILE, help="The node's node.yaml.")
    ] = None,
    draft: Draft = False,  # noqa: FBT002
    revise: Revise = False,  # noqa: FBT002
    why: Why = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make the edition of a quarter, or do something with one that is there."""
    if context.invoked_subcommand is not None:
        if quarter is not None:
            raise typer.BadParameter(
                f"makes an edition; {context.invoked_subcommand} takes none", param_hint="--quarter"
            )
        return
    if quarter is None or node is None:
        raise typer.BadParameter("making an edition needs --quarter and --node; see amanah evaluate --help")
    make(node, quarter, draft=draft, revise=revise, why=why, as_json=as_json)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(**_FILE, help="A file of an edition, its SHA256SUMS beside it.")],
    signed_by: Annotated[
        list[Path],
        typer.Option(**_FILE, help="A side's certificate, as gpg --export writes it; may be given several times."),
    ],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say who signed a file of an edition, and whether it is untouched; fails when it is not."""
    found = signing.verify(file, keyring.partners(Keys(ours=(), partner=tuple(signed_by))))
    show(
        {
            "file": found.file,
            "sha256": found.sha256,
            "content": "not what was signed" if found.altered else "untouched",
            "signed by": {each.party: _signature(each) for each in found.signatures} or "nobody",
        },
        as_json=as_json,
    )
    if not found.holds:
        raise typer.Exit(1)


def _signature(found: signing.Signature) -> str:
    if found.fingerprint is None:
        return "does not hold: none of the certificates given made it over this list"
    return f"{found.fingerprint} at {found.signed_at:%Y-%m-%d %H:%M} UTC"


@app.command()
def sign(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The partner's edition.")],
    node: NodeFile,
) -> None:
    """Sign the partner's edition too, once its files are found untouched and you have read it."""
    opened = Node.load(node)
    show(str(signing.countersign(folder, opened.us, opened.endpoint.keys)), as_json=False)


@app.command()
def diff(
    v1: Annotated[Path, typer.Argument(**_FILE, help="publish.json of one edition.")],
    v2: Annotated[Path, typer.Argument(**_FILE, help="publish.json of another: a later one, or the partner's.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List every published figure that differs between two editions."""
    before, after = (Publication.model_validate_json(each.read_bytes()) for each in (v1, v2))
    show([_change(each) for each in changes(before, after)] or {"differ": 0}, as_json=as_json)


@app.command()
def pdf(
    pages: Annotated[list[Path], typer.Argument(**_FILE, metavar="FILE...", help="Pages of an edition.")],
    out: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder for the PDFs; beside each page if absent.")
    ] = None,
) -> None:
    """Print pages to tagged PDFs, by the Chromium of this machine; what is signed is the page."""
    for page in pages:
        printed = (out or page.parent) / f"{page.stem}.pdf"
        print_to(page, printed)
        show(str(printed), as_json=False)


def _change(found: Change) -> dict[str, str]:
    where = f"{found.indicator} / {found.row} / {found.column}"
    return {"figure": where, "first": _cell(found.before), "second": _cell(found.after)}


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "not there"
    return " ".join(str(part) for part in (cell.mark, cell.value, *cell.states) if part is not None)
