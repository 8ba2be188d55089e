"""What happens to each message, line by line, from the node's ledger: ids, verdicts, codes and counts."""

from collections.abc import Iterator

from sqlalchemy import func, select

from amanah.node import Node
from amanah.store.tables import ledger


class Journal:
    """The entries of a node's ledger from now on."""

    def __init__(self, node: Node) -> None:
        self._engine = node.database.engine
        with self._engine.connect() as connection:
            self._told = connection.execute(select(func.coalesce(func.max(ledger.c.position), 0))).scalar_one()

    def news(self) -> Iterator[str]:
        """A line for each entry since the last time."""
        query = select(ledger).where(ledger.c.position > self._told).order_by(ledger.c.position)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self._told = row.position
            detail = ", ".join(
                f"{name} {value}" for name, value in row.detail.items() if value != "" and not name.endswith("sha256")
            )
            yield f"{row.at:%H:%M:%S}  {row.message_id}  {row.event}" + (f"  {detail}" if detail else "")
