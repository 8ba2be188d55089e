"""``amanah node ...``: any step of a pipeline by hand."""

import getpass
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from amanah.cli import case_verbs, mail_verbs, quarantine_verbs
from amanah.cli.checked import a_period, a_quarter, a_stream
from amanah.cli.evaluating import Draft, Revise, Why, make
from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.node import Node

app = typer.Typer(no_args_is_help=True)
app.add_typer(case_verbs.app, name="case", help="Disagreements that somebody owns, and what is done with them.")
app.add_typer(mail_verbs.app, name="mail", help="Mails that have not arrived, and trying them again.")
app.add_typer(quarantine_verbs.app, name="quarantine", help="What waits for a person, and letting it out.")

Period = Annotated[str, typer.Option("--period", callback=a_period, help="A month, such as 2026-07.")]
Source = Annotated[str, typer.Option("--source", help="A source named in node.yaml.")]
Stream = Annotated[str, typer.Option("--stream", callback=a_stream, help="placement or complaint.")]


@app.command()
def migrate(node: NodeFile) -> None:
    """Bring the node's database to the newest version."""
    Node.load(node).migrate()


@app.command()
def extract(node: NodeFile, source: Source, period: Period, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer's way
    """Stage what changed in a source up to the end of a period."""
    show({"read": Node.load(node).extract(source, period)}, as_json=as_json)


@app.command()
def validate(node: NodeFile, source: Source, period: Period, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Check a staged batch and load it; what fails its schema goes to quarantine."""
    show(Node.load(node).validate(source, period), as_json=as_json)


@app.command()
def consolidate(node: NodeFile, stream: Stream, period: Period, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Make every record of a stream anew from what its systems say, after the terms of consolidation changed."""
    show(Node.load(node).consolidate(stream, period), as_json=as_json)


@app.command()
def confirm(
    node: NodeFile,
    source: Source,
    period: Period,
    check: Annotated[list[str], typer.Option("--check", help="A check that stopped it, such as volume; repeatable.")],
    why: Annotated[str, typer.Option("--why", help="What the source says about it; name no person. Kept.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides; the system's user if not given.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Confirm a batch that validate refused and that is right as it is; run validate again to load it."""
    if not why.strip():
        raise typer.BadParameter("expected what the source says about it", param_hint="--why")
    Node.load(node).confirm_batch(source, period, check, by=by or getpass.getuser(), why=why)
    show({"source": source, "period": period, "confirmed": check}, as_json=as_json)


@app.command()
def publish(
    node: NodeFile,
    stream: Stream,
    period: Period,
    snapshot: Annotated[  # noqa: FBT002
        bool, typer.Option("--snapshot", help="All there is instead of what changed: makes the partner's copy equal.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Build the package with what changed in a stream."""
    opened = Node.load(node)
    show((opened.publish_snapshot if snapshot else opened.publish)(stream, period), as_json=as_json)


@app.command()
def deliver(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Send every package that waits in the outbox."""
    show(Node.load(node).deliver(), as_json=as_json)


@app.command()
def collect(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Fetch every package of the partner that is not here yet."""
    show(Node.load(node).collect(), as_json=as_json)


@app.command()
def admit(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Check, apply and answer what has been collected."""
    show(Node.load(node).admit(), as_json=as_json)


@app.command()
def overdue(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002
    """List what is late, holds, was refused or raised an alarm, and what to do. The exit status is 1 if anything is."""
    found = Node.load(node).concerns()
    if as_json or not found:
        show([{**asdict(each), "do": each.do} for each in found], as_json=as_json)
    else:
        for each in found:
            about = each.message_id or f"{each.stream} {each.period}"
            detail = f" ({each.detail})" if each.detail else ""
            typer.echo(f"{each.what}: {about}, since {each.since:%Y-%m-%d %H:%M} UTC{detail}\n  -> {each.do}")
    if found:
        raise typer.Exit(1)


@app.command("pass")
def pass_(
    node: NodeFile,
    stream: Stream,
    why: Annotated[str, typer.Option("--why", help="What was found in the refused message; kept beside it.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides; the system's user if not given.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Let a stream go on that holds behind a message of the partner that was refused."""
    if not why.strip():
        raise typer.BadParameter("expected what was found in the refused message", param_hint="--why")
    show({"passed": Node.load(node).let_pass(stream, by=by or getpass.getuser(), why=why)}, as_json=as_json)


@app.command()
def reconcile(
    node: NodeFile,
    period: Period,
    whole: Annotated[  # noqa: FBT002
        bool, typer.Option("--whole", help="Look at everything, not only at what changed; the same is found.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Reconcile both sides as of the end of a period and bring the worklist up to date."""
    show(Node.load(node).reconcile(period, whole=whole), as_json=as_json)


@app.command()
def notify(
    node: NodeFile,
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day it is for; today if not given.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Mail the desks what is new, what may mean danger and what is past its deadline, and send what is queued."""
    show(Node.load(node).notify(day.date() if day else None), as_json=as_json)


@app.command()
def evaluate(
    node: NodeFile,
    quarter: Annotated[str, typer.Option("--quarter", callback=a_quarter, help="A quarter, such as 2026-Q3.")],
    draft: Draft = False,  # noqa: FBT002
    revise: Revise = False,  # noqa: FBT002
    why: Why = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Freeze a quarter once per version, render its evaluation, sign it and put it where readers look."""
    make(node, quarter, draft=draft, revise=revise, why=why, as_json=as_json)
