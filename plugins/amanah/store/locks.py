"""One at a time: two schedulers, two pullers or a person and a pipeline never do the same step together."""

import hashlib

from sqlalchemy import Connection, text


def hold(connection: Connection, name: str) -> None:
    """Wait until nobody else holds ``name`` in this database, then hold it until the transaction ends."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
