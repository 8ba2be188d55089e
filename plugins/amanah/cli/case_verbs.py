"""``amanah node case ...``: the cases of a node, and what a person does with them.

Several numbers do the same to each: what one cannot be done for keeps no other from being done. The exit status is
then 1, and what was not done is said.
"""

import getpass
from typing import Annotated, Any

import typer

from amanah.cases.ageing import Age
from amanah.cases.deeds import Deed
from amanah.cases.lifecycle import Action, Resolution, State, WaitsFor
from amanah.cases.search import PAGE
from amanah.cli.checked import a_period, a_stream
from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.node import Node
from amanah.node.witness import in_neither

app = typer.Typer(no_args_is_help=True)

_PERSONAL = "This is personal data: for this terminal only, not for a file or a mail."
Numbers = Annotated[list[str], typer.Argument(help="Case numbers, as `list` shows them.")]
Why = Annotated[str, typer.Option("--why", help="In your own words; kept in the case's history, never sent.")]
MayWhy = Annotated[str | None, typer.Option("--why", help="In your own words; kept in the case's history, never sent.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; the system's user if not given.")]
Seen = Annotated[
    int | None, typer.Option("--seen", help="Version that you looked at: refused when the case has changed since.")
]


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - each is an option of the command
    node: NodeFile,
    desk: Annotated[list[str] | None, typer.Option("--desk", help="Of this desk; repeatable.")] = None,
    state: Annotated[
        list[State] | None, typer.Option("--state", help="In this state; repeatable. What is unfinished if not given.")
    ] = None,
    klass: Annotated[list[str] | None, typer.Option("--class", help="Of this class; repeatable.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", callback=a_stream, help="placement or complaint.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="high, medium or low.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="An area, such as SA-01.")] = None,
    age: Annotated[Age | None, typer.Option("--age", help="By the deadline.")] = None,
    taken_by: Annotated[str | None, typer.Option("--taken-by", help="Taken by this person.")] = None,
    opened_in: Annotated[str | None, typer.Option("--opened-in", callback=a_period, help="A month.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="Beginning of the number.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="The last case of the page before.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many.")] = PAGE,
    as_json: AsJson = False,  # noqa: FBT002 - typer's way
) -> None:
    """List cases, the severe ones first, then those that are due first. Nothing in the list is personal."""
    wanted: dict[str, Any] = {
        "desks": desk,
        "classes": klass or (),
        "streams": (stream,) if stream else (),
        "severities": (severity,) if severity else (),
        "areas": (area,) if area else (),
        "age": age,
        "assignee": taken_by,
        "opened_in": opened_in,
        "number": number,
    }
    if state:
        wanted["states"] = tuple(each.value for each in state)
    found, more = Node.load(node).cases.listed(after=after, most=most, **wanted)
    show(found, as_json=as_json)
    if more is not None:
        typer.echo(f"more: --after {more}", err=True)


@app.command("show")
def show_(
    node: NodeFile,
    number: Annotated[str, typer.Argument(help="The case's number.")],
    why: Annotated[str, typer.Option("--why", help="What you look at it for; kept.")],
    by: By = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show one case with both values, what our witnesses say of it, and its history.

    It is personal data, and that you looked is kept.
    """
    if not why.strip():
        raise typer.BadParameter("expected what it is looked at for", param_hint="--why")
    found = Node.load(node).cases.show(number, by=by or getpass.getuser(), role="terminal", why=why)
    typer.echo(_PERSONAL, err=True)
    show(found, as_json=as_json)


@app.command()
def witnessed(
    node: NodeFile,
    desk: Annotated[
        list[str] | None, typer.Option("--desk", help="Of this desk; repeatable. All if not given.")
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", help="Show who they are; what you look at it for, which is kept.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Count the people whom a witness of ours knows and neither side has; with --why, personal data, list them."""
    database = Node.load(node).database
    if why is None:
        show(in_neither.counted(database, desk), as_json=as_json)
        return
    if not why.strip():
        raise typer.BadParameter("expected what it is looked at for", param_hint="--why")
    found = in_neither.listed(database, desk, by=by or getpass.getuser(), role="terminal", why=why)
    typer.echo(_PERSONAL, err=True)
    show(found, as_json=as_json)


@app.command()
def take(node: NodeFile, numbers: Numbers, by: By = None, seen: Seen = None, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Take cases on."""
    _do(node, numbers, Action.TAKE, by, seen, as_json=as_json)


@app.command()
def hand_over(
    node: NodeFile,
    numbers: Numbers,
    to: Annotated[str, typer.Option("--to", help="The desk, by its mail address in the agreement.")],
    why: Why,
    by: By = None,
    seen: Seen = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Hand cases over to another desk; routes do not move them any more."""
    _do(node, numbers, Action.HAND_OVER, by, seen, as_json=as_json, desk=to, why=why)


@app.command()
def wait(
    node: NodeFile,
    numbers: Numbers,
    for_: Annotated[WaitsFor, typer.Option("--for", help="What they wait for.")],
    why: Why,
    by: By = None,
    seen: Seen = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say that cases wait, and what for. The deadline stays."""
    _do(node, numbers, Action.WAIT, by, seen, as_json=as_json, waits_for=for_, why=why)


@app.command()
def comment(
    node: NodeFile,
    numbers: Numbers,
    why: Why,
    by: By = None,
    seen: Seen = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write something into the history."""
    _do(node, numbers, Action.COMMENT, by, seen, as_json=as_json, why=why)


@app.command()
def relate(
    node: NodeFile,
    number: Annotated[str, typer.Argument(help="The case's number.")],
    to: Annotated[str, typer.Option("--to", help="The other case's number.")],
    why: MayWhy = None,
    by: By = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Link two cases that have to do with each other; both histories say so."""
    _do(node, [number], Action.RELATE, by, None, as_json=as_json, other=to, why=why)


@app.command()
def acknowledge(
    node: NodeFile,
    numbers: Numbers,
    by: By = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say that you have seen that a worker may be in danger: the alert is not repeated any more."""
    _do(node, numbers, Action.ACKNOWLEDGE, by, None, as_json=as_json)


@app.command()
def resolve(
    node: NodeFile,
    numbers: Numbers,
    as_: Annotated[Resolution, typer.Option("--as", help="What was found.")],
    why: Why,
    ours: Annotated[
        str | None,
        typer.Option("--ours", help="With ours_wrong: what our record should say. The partner is told of it."),
    ] = None,
    by: By = None,
    seen: Seen = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say what was found. The case closes when the next exchange shows it, and comes back when it does not."""
    _do(node, numbers, Action.RESOLVE, by, seen, as_json=as_json, value=ours, resolution=as_, why=why)


@app.command()
def reopen(
    node: NodeFile,
    numbers: Numbers,
    why: Why,
    by: By = None,
    seen: Seen = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a resolution back."""
    _do(node, numbers, Action.REOPEN, by, seen, as_json=as_json, why=why)


@app.command()
def escalate(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Take what is past its deadline to the supervisors, and write it into the history of each."""
    show({"escalated": Node.load(node).cases.escalate()}, as_json=as_json)


def _do(
    node: Any,
    numbers: list[str],
    action: Action,
    by: str | None,
    seen: int | None,
    *,
    as_json: bool,
    value: str | None = None,
    **said: Any,
) -> None:
    if seen is not None and len(numbers) > 1:
        raise typer.BadParameter("a version is one case's: give one number with it", param_hint="--seen")
    if value is not None and len(numbers) > 1:
        raise typer.BadParameter("a value is one case's: give one number with it", param_hint="--ours")
    who = by or getpass.getuser()
    done = Node.load(node).cases.act_on_all(
        [Deed(number, action, who, seen=seen, **said) for number in numbers], value=value
    )
    show(done, as_json=as_json)
    if any(each.fault for each in done):
        raise typer.Exit(1)
