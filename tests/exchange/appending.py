"""Appends to a ledger in a process of its own: ``python appending.py URL MESSAGE_ID COUNT``, once it is told to go."""

import sys

from amanah.exchange import ledger
from amanah.store.database import Database


def main(url: str, message_id: str, count: str) -> None:
    database = Database(url)
    database.engine.connect().close()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        with database.engine.begin() as connection:
            ledger.append(connection, message_id, "built")


if __name__ == "__main__":
    main(*sys.argv[1:])
