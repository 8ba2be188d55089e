"""``amanah doctor`` where Airflow runs: the node as its pipelines open it, with Airflow's connections."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from airflow.sdk import Connection

from amanah.airflow.connections import api_settings, find, open_node, prefix_of, transport
from amanah.node import Node
from amanah.node.doctor import Finding, SftpWay, State, Ways
from amanah.node.doctor import examine as examine_node

# Without it Airflow's library asks no database for connections outside of a task: only variables and secrets backends.
_AS_THE_SCHEDULER = ("_AIRFLOW_PROCESS_CONTEXT", "server")
_KINDS = {"sftp": "sftp", "api": "api", "smtp": "mail", "db": "database", "keys": "keys"}  # connection -> in node.yaml


def examine(file: Path) -> list[Finding]:
    """Look at everything that the node of ``file`` has in this Airflow; see :func:`amanah.node.doctor.examine`.

    Raises ``SettingsError`` when ``node.yaml``, or a connection in its place, cannot be used at all.
    """
    os.environ.setdefault(*_AS_THE_SCHEDULER)
    node = open_node(str(file))
    return [*_connections(node), *examine_node(node, _ways(node))]


def _connections(node: Node) -> Iterator[Finding]:
    """For each connection that a pipeline of the node may use: whether it is there, and what is used if not."""
    for kind, setting in _KINDS.items():
        name = f"{prefix_of(node.us)}_{kind}"
        check = f"connection {name}"
        if find(name) is not None:
            yield Finding(check, State.OK, "Airflow has it")
        elif kind == "smtp":
            do = f"set up {name}: docs/production.md, section 3"
            yield Finding(check, State.FAILED, "Airflow has none: a failed task is told to nobody", do)
        elif kind not in ("sftp", "api") or kind in node.wires:
            yield Finding(check, State.OK, f"Airflow has none; {setting} of node.yaml is used")


def _ways(node: Node) -> Ways:
    given = Ways.of(node.settings)
    over_sftp, over_https = (find(f"{prefix_of(node.us)}_{kind}") for kind in ("sftp", "api"))
    return Ways(
        _sftp(node, over_sftp) if over_sftp is not None else given.sftp,
        api_settings(over_https) if over_https is not None else given.api,
        f"set up the connection {prefix_of(node.us)}_sftp or _api: docs/production.md, section 3",
        State.FAILED,
    )


def _sftp(node: Node, connection: Connection) -> SftpWay:
    file = connection.extra_dejson.get("key_file")
    where = f"{connection.host}:{connection.port or 22}"
    return SftpWay(where, partial(transport, node, attempts=1), Path(file) if file else None)
