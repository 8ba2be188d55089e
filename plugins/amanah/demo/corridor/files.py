"""A corridor as Parquet files, for those who want the tables and not the software."""

from pathlib import Path

import pyarrow.parquet as pq

from amanah.demo.corridor.corridor import Corridor


def write(corridor: Corridor, out: Path) -> None:
    """Write the tables of ``corridor`` into the folder ``out``, which is made if it is missing.

    ``ours`` are the origin's placements, ``theirs`` the destination's, as each holds them in its own register at the
    end of the last month: so ``ours`` has what never leaves (national identity numbers, machine readable lines), and
    ``theirs``, where nobody gets to know it, has none. ``truth`` says which belong together; ``faults`` which records
    of the four tables break the contract, at which field and with which code.
    """
    out.mkdir(parents=True, exist_ok=True)
    tables = {
        "ours": corridor.current(corridor.origin, "placement"),
        "theirs": corridor.current(corridor.destination, "placement"),
        "truth": corridor.truth,
        "complaints_ours": corridor.current(corridor.origin, "complaint"),
        "complaints_theirs": corridor.current(corridor.destination, "complaint"),
        "faults": corridor.standing_faults,
    }
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")
