"""``amanah doctor``: one line for each thing looked at, and an exit status for a monitor."""

import json
from dataclasses import asdict

import typer

from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson
from amanah.node import Node
from amanah.node.doctor import Finding, State, examine

_WIDTH = max(len(state) for state in State)


def doctor(node: NodeFile, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Look at what a node is configured with, what it reaches, and what ends soon; a warning comes 60 days before.

    Nothing is changed or sent, and no secret is shown. The exit status is 1 when something failed, 3 when all that
    failed is a service that could not be reached, 2 when node.yaml itself cannot be used; warnings leave it 0.
    """
    findings = examine(Node.load(node))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            do = f" -> {finding.do}" if finding.do else ""
            typer.echo(f"{finding.state:{_WIDTH}}  {finding.check}: {finding.said}{do}")
    status = _status(findings)
    if status:
        raise typer.Exit(status)


def _status(findings: list[Finding]) -> int:
    states = {finding.state for finding in findings}
    if State.FAILED in states:
        return 1
    return 3 if State.UNREACHABLE in states else 0
