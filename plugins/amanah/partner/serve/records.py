"""The records of a node that is served: synthetic ones, known month by month. Nobody in them exists."""

from datetime import UTC, datetime, timedelta

from amanah.demo import corridor
from amanah.demo.corridor import Corridor
from amanah.node import Node
from amanah.node.loading import AsGiven
from amanah.settings_file import SettingsError
from schemas.agreement import Agreement

SOURCE = "synthetic"
SEED = 7


def last_months(agreement: Agreement, count: int) -> list[str]:
    """The last months that are over and that the agreement covers, at most ``count``, the earliest first."""
    found: list[str] = []
    month = datetime.now(UTC).replace(day=1)
    while len(found) < count:
        month = (month - timedelta(days=1)).replace(day=1)
        if not agreement.covers(f"{month:%Y-%m}"):
            break
        found.append(f"{month:%Y-%m}")
    if not found:
        raise SettingsError(
            f"agreement {agreement.id} is in force from {agreement.in_force_from} until {agreement.in_force_until}; no "
            "month of it is over that could be published"
        )
    return found[::-1]


def generated(agreement: Agreement, months: list[str], records: int) -> Corridor:
    """A corridor of these months."""
    return corridor.generate(records=records, seed=SEED, noise="none", months=months, agreement=agreement)


def load(node: Node, made: Corridor, stream: str, month: str) -> int:
    """Let ``node`` come to hold what its systems would show of ``month``; return how many records changed."""
    agreement = node.agreement
    rows = [
        {name: value for name, value in record.items() if name != "updated_at"}
        for record in made.changes(node.us, stream, month)
    ]
    loader = AsGiven(node.us, agreement, agreement.checked_stream(stream), SOURCE, {})
    with node.database.engine.begin() as connection:
        return loader.load(connection, rows, {}, period=month, batch=f"{SOURCE} {month}").changed
