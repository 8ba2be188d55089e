"""``amanah doctor``: one line for each thing looked at, and an exit status for a monitor."""

import json
import os
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.node_options import NodeFile
from amanah.cli.output import AsJson
from amanah.node import Node
from amanah.node.doctor import Finding, State, examine

_WIDTH = max(len(state) for state in State)


def doctor(
    node: NodeFile,
    airflow: Annotated[
        bool | None,
        typer.Option(
            "--airflow/--no-airflow",
            help="With Airflow's connections, as the pipelines; unless said, where AMANAH_NODES is set.",
        ),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Look at what a node is configured with, what it reaches, and what ends soon; a warning comes 60 days before.

    No package is sent and no secret is shown; over SFTP a small file is stored in our own folder and removed again. The
    exit status is 1 when something failed, 3 when all that failed is a service that could not be reached, 2 when
    node.yaml itself cannot be used; warnings leave it 0.
    """
    airflow = "AMANAH_NODES" in os.environ if airflow is None else airflow
    findings = _with_airflow(node) if airflow else examine(Node.load(node))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            do = f" -> {finding.do}" if finding.do else ""
            typer.echo(f"{finding.state:{_WIDTH}}  {finding.check}: {finding.said}{do}")
    status = _status(findings)
    if status:
        raise typer.Exit(status)


def _with_airflow(node: Path) -> list[Finding]:
    with redirect_stdout(sys.stderr):  # Airflow logs to the standard output, where the findings go
        from amanah.airflow import doctor as of_airflow  # seconds, that only this needs

        return of_airflow.examine(node)


def _status(findings: list[Finding]) -> int:
    states = {finding.state for finding in findings}
    if State.FAILED in states:
        return 1
    return 3 if State.UNREACHABLE in states else 0
