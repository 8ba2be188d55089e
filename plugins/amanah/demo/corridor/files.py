"""A corridor as Parquet files, for those who want the tables and not the software."""

from pathlib import Path

import pyarrow.parquet as pq

from amanah.demo.corridor.corridor import Corridor


def write(corridor: Corridor, out: Path) -> None:
    """Write the tables of ``corridor`` into the folder ``out``, which is made if it is missing.

    ``ours`` are the origin's placements, ``theirs`` the destination's, ``truth`` which belong together; complaints
    and planted faults beside them.
    """
    out.mkdir(parents=True, exist_ok=True)
    tables = {
        "ours": corridor.current(corridor.origin, "placement"),
        "theirs": corridor.current(corridor.destination, "placement"),
        "truth": corridor.truth,
        "complaints_ours": corridor.current(corridor.origin, "complaint"),
        "complaints_theirs": corridor.current(corridor.destination, "complaint"),
        "faults": corridor.faults,
    }
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")
