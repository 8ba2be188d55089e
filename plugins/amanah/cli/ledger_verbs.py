"""``amanah ledger ...``: what happened to every message, whether the ledger holds, and evidence for others."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from amanah.cli.checked import a_period
from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson, show
from amanah.cli.progress import counting
from amanah.exchange import ledger
from amanah.exchange.ledger import Head
from amanah.exchange.ledger import evidence as evidence_folder
from amanah.exchange.ledger import search as ledger_search
from amanah.exchange.ledger.check import Checked
from amanah.exchange.ledger.search import Life, Wanted
from amanah.node import Node

app = typer.Typer(no_args_is_help=True)

_ONE_ROLE = (
    "role {role} could change the ledger: it owns it, so only the chain and heads noted elsewhere protect it. Give "
    "node.yaml a database_owner (docs/production.md, section 9)"
)


def _a_head(text: str) -> Head:
    try:
        return Head.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _a_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"expected a day or a time, such as 2026-07-31 or 2026-07-31T10:00Z, got {text!r}"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


MessageIdOption = Annotated[str | None, typer.Option("--message", help="A message id, or that of its answer.")]
Month = Annotated[str | None, typer.Option("--period", callback=a_period, help="A month, such as 2026-07.")]


@app.command()
def head(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer's way
    """Print the ledger's last entry as HASH:POSITION, to be noted where nobody who runs the node can change it."""
    opened = Node.load(node)
    with opened.database.engine.connect() as connection:
        found = ledger.head(connection)
    _warn(opened.ledger_room().warning)
    if found is None:
        raise LookupError("the ledger has no entry yet: nothing has been built or received")
    show({"hash": found.hash, "position": found.position} if as_json else str(found), as_json=as_json)


@app.command()
def verify(
    node: NodeFile,
    known_head: Annotated[
        Head | None,
        typer.Option("--known-head", parser=_a_head, metavar="HASH:POSITION", help="A head noted earlier, elsewhere."),
    ] = None,
    packages: Annotated[  # noqa: FBT002
        bool, typer.Option("--packages/--no-packages", help="Also read every kept package and compare its hash.")
    ] = True,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check the chain, and that messages and kept packages are what it says. The exit status is 1 when they are not."""
    opened = Node.load(node)
    with counting("read") as told:
        found = opened.verify(known_head, packages=packages, told=told)
    if found.power.could_rewrite:
        _warn(_ONE_ROLE.format(role=found.power.role))
    _warn(found.room.warning)
    show(_as_data(found), as_json=True) if as_json else _say(found)
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def find(
    node: NodeFile,
    message: MessageIdOption = None,
    code: Annotated[
        int | None, typer.Option("--code", help="Messages refused, or with records refused, by this code.")
    ] = None,
    record: Annotated[str | None, typer.Option("--record", help="Messages that said something of this record.")] = None,
    period: Month = None,
    sender: Annotated[str | None, typer.Option("--sender", help="Messages of this party, such as SAU.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", parser=_a_moment, metavar="TIME", help="Something happened then or later."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", parser=_a_moment, metavar="TIME", help="Something happened before then."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many messages, the oldest first.")] = 100,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Tell the whole life of the messages that fit. Times are UTC; a day without a time begins at midnight."""
    wanted = Wanted(message, code, record, period, sender, since, until)
    if wanted == Wanted():
        raise typer.BadParameter(
            "say what to look for: --message, --code, --record, --period, --sender, --since, --until"
        )
    opened = Node.load(node)
    with opened.database.engine.connect() as connection:
        lives = ledger_search.find(connection, wanted, parties=list(opened.agreement.parties), limit=limit + 1)
        found = list(lives)
    more, found = len(found) > limit, found[:limit]
    if as_json:
        show(found, as_json=True)
    else:
        for line in _lines(found):
            typer.echo(line)
    _warn(f"only the first {limit} are shown: look for less, or raise --limit" if more else None)
    if not found:
        raise LookupError("no message fits")


@app.command()
def evidence(
    node: NodeFile,
    out: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist yet.")],
    period: Month = None,
    message: MessageIdOption = None,
    with_packages: Annotated[  # noqa: FBT002
        bool, typer.Option("--with-packages", help="Also the sealed packages; they open for their receiver only.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write a folder that anybody can check with gpg and sha256sum, by the recipe in it; nothing personal is in it."""
    if (period is None) == (message is None):
        raise typer.BadParameter("give either --period or --message")
    with counting("entries written") as told:
        written = evidence_folder.write(
            Node.load(node).endpoint, out, period=period, message_id=message, with_packages=with_packages, told=told
        )
    for each in written.without_receipt:
        _warn(f"{each}: its answer came without a receipt, so only its hash can be shown, not the partner's word")
    result: dict[str, Any] = {
        "folder": str(written.folder),
        "messages": written.messages,
        "receipts": written.receipts,
        "packages": written.packages,
        "entries": written.entries,
        "head": str(written.head),
    }
    show(result, as_json=as_json)


def _warn(text: str | None) -> None:
    if text is not None:
        typer.echo(f"amanah: {text}", err=True)


def _as_data(found: Checked) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "head": str(found.head) if found.head else None,
        "entries": found.entries,
        "messages": found.messages,
        "packages": found.packages,
        "packages_past_retention": found.packages_past_retention,
        "faults_found": found.faults_found,
        "faults": [{"where": fault.where, "what": fault.what, "do": fault.do} for fault in found.faults],
        "role_could_rewrite": found.power.could_rewrite,
        "bytes": found.room.bytes,
        "warning": found.room.warning,
    }


def _say(found: Checked) -> None:
    for fault in found.faults:
        typer.echo(f"{fault.where}: {fault.what}\n    {fault.do}")
    if found.faults_found > len(found.faults):
        typer.echo(f"and {found.faults_found - len(found.faults):,} more")
    gone = f", {found.packages_past_retention:,} past their retention" if found.packages_past_retention else ""
    looked = f"{found.entries:,} entries, {found.messages:,} messages, {found.packages:,} packages{gone}"
    typer.echo(f"{'the ledger holds' if found.holds else f'{found.faults_found:,} fault(s)'}: {looked}")
    if found.head is not None:
        typer.echo(f"head {found.head}")


def _lines(found: list[Life]) -> Iterator[str]:
    for life in found:
        way = "sent" if life.direction == "out" else "received"
        what = f"{life.kind} of {life.period or 'no month'}, {life.records:,} record(s)"
        yield f"{life.message_id}: {what}, {way}; {life.state}"
        for step in life.steps:
            detail = ", ".join(f"{name} {value}" for name, value in sorted(step.detail.items()) if value != "")
            yield f"  {step.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {step.event}{f'  ({detail})' if detail else ''}"
        if life.codes:
            yield "  refused: " + ", ".join(f"{code} x{count:,}" for code, count in life.codes.items())
        if life.record is not None:
            said = life.record
            what = f"{said.action}, revision {said.revision}" if said.action else "not applied"
            yield f"  record {said.record_ref}: {what}" + (f"; refused: {said.refused}" if said.refused else "")
