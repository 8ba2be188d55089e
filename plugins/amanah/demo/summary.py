"""What a demonstration ends with: counts a person can check, and where to look."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from amanah.cases.people import Role
from amanah.cases.worklist import EXPECTED_REASONS
from amanah.demo.house import House
from amanah.demo.services.airflow import ADMIN, AirflowServices
from amanah.demo.services.airflow_settings import password_of
from amanah.demo.setup import name_of
from amanah.exchange import ledger
from amanah.node import Node

# Each line of the summary is one query over a node's database; ``:us`` is the node's party.
_COUNTS: Mapping[str, str] = {
    "records read from the ministry": "SELECT coalesce(sum(read), 0) FROM batch",
    "  of these in quarantine": "SELECT coalesce(sum(quarantined), 0) FROM batch",
    "record changes sent": "SELECT coalesce(sum(records), 0) FROM message WHERE direction = 'out'",
    "record changes received": "SELECT coalesce(sum(records), 0) FROM message WHERE direction = 'in'",
    "packages sent": "SELECT count(*) FROM message WHERE direction = 'out' AND stream <> 'status'",
    "  answered accepted": "SELECT count(*) FROM message WHERE direction = 'out' AND state = 'accepted'",
    "  answered rejected": "SELECT count(*) FROM message WHERE direction = 'out' AND state = 'rejected'",
    "  waiting for an answer": "SELECT count(*) FROM message WHERE direction = 'out' AND stream <> 'status' "
    "AND state NOT IN ('accepted', 'rejected')",
    "packages received and answered": "SELECT count(*) FROM message WHERE direction = 'in' AND state = 'answered'",
    "links": "SELECT count(*) FROM link WHERE closed_in IS NULL",
}
_CLASSES = """
    SELECT class, coalesce(reason, '') = ANY(:expected) AS expected, count(*)
    FROM discrepancy WHERE closed_in IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
_APPROVED = "SELECT quarter, version, by FROM edition_decision WHERE approved ORDER BY id"
_MORE: Mapping[str, str] = {
    "a witness speaks of": "SELECT count(DISTINCT id) FROM testimony WHERE closed_in IS NULL AND says <> 'silent'",
    "people only a witness knows": "SELECT count(*) FROM witnessed WHERE closed_in IS NULL",
    "cases open": "SELECT count(*) FROM \"case\" WHERE state = 'open'",
    "cases closed": "SELECT count(*) FROM \"case\" WHERE state = 'closed'",
    "mails sent": "SELECT count(*) FROM mail WHERE state = 'sent'",
}

_PAGES: Mapping[Role, str] = {
    Role.OFFICIAL: "worklist",
    Role.ENGINEER: "corridor",
    Role.AUDITOR: "messages",
    Role.TASK_FORCE: "editions",
}


def show(house: House, files: Mapping[str, Path], airflow: AirflowServices, *, kept: bool, seconds: float) -> None:
    """Print the summary."""
    console = Console(highlight=False)
    nodes = {party: Node.load(file) for party, file in files.items()}
    console.print()
    console.print(_table(nodes))
    console.print()
    for party, node in nodes.items():
        store = node.settings.store
        for page in sorted((store / "editions").glob("*/*/*.html")):
            console.print(f"{party} evaluation  {_short(page)}", soft_wrap=True)
        for approved in _approved(node):
            console.print(f"{party} approved    {approved}", soft_wrap=True)
        for page in sorted(
            (node.settings.store / "data_docs").glob("*/gx/uncommitted/data_docs/local_site/index.html")
        ):
            console.print(f"{party} Data Docs   {_short(page)}", soft_wrap=True)
    console.print(f"mails           {_short(house.mails)}/*.eml", soft_wrap=True)
    console.print(f"metrics         {_short(house.metrics)}", soft_wrap=True)
    console.print(f"service logs    {_short(house.folder / 'logs')}", soft_wrap=True)
    console.print()
    if kept:
        console.print(
            f"Airflow         {airflow.base_url}  user admin, password {password_of(house.folder, ADMIN)}",
            soft_wrap=True,
        )
        for party in nodes:
            _show_pages(console, house, airflow, party)
        console.print("Stop everything with: make down")
    else:
        console.print(
            "All services are stopped. To look at the same in the Airflow UI, with worklist and corridor: make up"
        )
    console.print(f"Done in {seconds:.0f} s.")


def _show_pages(console: Console, house: House, airflow: AirflowServices, party: str) -> None:
    """Where the pages of ``party`` are, and as whom to sign in to Airflow to see them."""
    for role, page in _PAGES.items():
        name = name_of(party, role)
        where = f"{airflow.base_url}/amanah/{party}/{page}"
        console.print(
            f"{party} {page:<11} {where}  user {name}, password {password_of(house.folder, name)}", soft_wrap=True
        )


def _table(nodes: Mapping[str, Node]) -> Table:
    table = Table("", *nodes, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    counted = {party: _counted(node) for party, node in nodes.items()}
    names = list(dict.fromkeys(name for counts in counted.values() for name in counts))
    for name in names:
        table.add_row(name, *(f"{counts.get(name, 0):,}" for counts in counted.values()))
    table.add_row("ledger", *("intact" if _ledger_holds(node) else "BROKEN" for node in nodes.values()))
    return table


def _counted(node: Node) -> dict[str, int]:
    with node.database.engine.connect() as connection:
        counts = _all(connection, _COUNTS)
        found = connection.execute(text(_CLASSES), {"expected": list(EXPECTED_REASONS)})
        for klass, expected, count in found:
            counts[f"  disagree: {klass}{' (as expected)' if expected else ''}"] = count
        return counts | _all(connection, _MORE)


def _all(connection: Connection, queries: Mapping[str, str]) -> dict[str, int]:
    return {name: int(connection.execute(text(query)).scalar_one()) for name, query in queries.items()}


def _approved(node: Node) -> list[str]:
    """Which version was approved, and by whom."""
    with node.database.engine.connect() as connection:
        return [f"version {row.version} of {row.quarter} by {row.by}" for row in connection.execute(text(_APPROVED))]


def _ledger_holds(node: Node) -> bool:
    with node.database.engine.connect() as connection:
        return ledger.first_broken_entry(connection) is None


def _short(path: Path) -> str:
    """The path as seen from where the person stands, when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
