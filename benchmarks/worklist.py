"""The worklist: opening, filtering and searching it where a hundred thousand cases are, and how long they take to open.

``python -m benchmarks.worklist`` prints the table of ``docs/benchmarks.md``. What is timed is the whole answer of the
page, from the request to the last byte of HTML, beside PostgreSQL counting the same cases once.
"""

import argparse
import functools
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import yaml
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import text

from amanah.cases.worklist import update_cases
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor
from amanah.exchange import seal
from amanah.node.node import Node
from amanah.node.settings import KeySettings, NodeSettings
from amanah.pages.serve import make_app, new_key
from schemas.agreement import FOLDER

MONTH = "2026-07"
TIMES = 7
_FILL = """
    INSERT INTO discrepancy (id, stream, class, severity, reason, field, ours_ref, theirs_ref, area, ours, theirs,
                             opened_in)
    SELECT substr(md5(n::text), 1, 16),
           CASE WHEN n % 5 = 0 THEN 'complaint' ELSE 'placement' END,
           (ARRAY['field', 'stage', 'identity', 'duplicate', 'missing_here'])[1 + n % 5],
           (ARRAY['high', 'medium', 'medium', 'low'])[1 + n % 4], NULL,
           CASE WHEN n % 5 = 0 THEN 'wage_amount' END, 'IDN-P-' || n, 'SAU-P-' || n, 'SA-0' || (1 + n % 4),
           '1500.00 SAR', '1400.00 SAR', :month
    FROM generate_series(1, :cases) AS n
"""


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=100_000)
    given = asked.parse_args()
    with TemporaryDirectory() as folder, Supervisor(Path(folder)) as supervisor:
        node = _node(Path(folder), supervisor)
        with node.database.engine.begin() as connection:
            connection.execute(text(_FILL), {"month": MONTH, "cases": given.cases})
        opening = _seconds(lambda: _open_cases(node))
        with node.database.engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        key = new_key()
        with TestClient(make_app(node, "official", key)) as browser:
            browser.get(f"/enter/{key}")
            _print(node, browser, opening, given.cases)


def _open_cases(node: Node) -> None:
    with node.database.engine.begin() as connection:
        update_cases(connection, node.agreement, us=node.us, period=MONTH)


def _print(node: Node, browser: httpx.Client, opening: float, cases: int) -> None:
    print(f"| {cases:,} cases, milliseconds | median | slowest |\n|---|---|---|")
    print(f"| opening them all, with their history | {opening * 1000:,.0f} | |")
    _say("PostgreSQL counting them once, to compare", lambda: _counted(node))
    base = "/IDN/worklist"
    last = browser.get(base).text.split("after=")[1].split('"')[0].split("&")[0]
    pages = {
        "the worklist": base,
        "its second page": f"{base}?after={last}",
        "of one class": f"{base}?class=stage",
        "of one severity, overdue": f"{base}?severity=high&age=red",
        "by the beginning of a number": f"{base}?number=c4ca",
        "none found": f"{base}?number=zzzz",
    }
    for what, path in pages.items():
        _say(what, functools.partial(_got, browser, path))
    for form in ("csv", "xlsx"):
        path = f"{base}.{form}"
        took = _seconds(functools.partial(browser.get, path))
        print(f"| every case as {form.upper()} | {took * 1000:,.0f} | |")


def _got(browser: httpx.Client, path: str) -> None:
    browser.get(path).raise_for_status()


def _counted(node: Node) -> object:
    with node.database.engine.connect() as connection:
        return connection.execute(text('SELECT count(*) FROM "case"')).scalar_one()


def _say(what: str, work: Callable[[], object]) -> None:
    work()
    times = [_seconds(work) * 1000 for _ in range(TIMES)]
    print(f"| {what} | {statistics.median(times):,.0f} | {max(times):,.0f} |", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _node(folder: Path, supervisor: Supervisor) -> Node:
    server = Postgres(folder)
    server.start(supervisor)
    server.create_database("bench")
    ours, partner = folder / "ours", folder / "partner"
    for owner in (ours, partner):
        seal.generate(owner.name, owner.with_suffix(".key.pgp"), owner.with_suffix(".cert.pgp"))
    file = FOLDER / "idn-sau.yaml"
    settings: dict[str, Any] = {
        "party": "IDN",
        "agreement": file,
        "store": folder / "store",
        "database": SecretStr(server.url("bench")),
        "keys": KeySettings(ours=ours.with_suffix(".key.pgp"), partner=partner.with_suffix(".cert.pgp")),
        "people": folder / "people.yaml",
    }
    desks = sorted(
        {route.official for route in Node(NodeSettings.model_validate(settings)).agreement.parties["IDN"].routes}
    )
    people = {"desks": {desk: {} for desk in desks}, "people": {"official": {"role": "official", "desks": desks}}}
    settings["people"].write_text(yaml.safe_dump(people), encoding="utf-8")
    node = Node(NodeSettings.model_validate(settings))
    node.database.migrate()
    return node


if __name__ == "__main__":
    main()
