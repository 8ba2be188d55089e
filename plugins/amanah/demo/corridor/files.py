"""A corridor as Parquet files, for those who want the tables and not the software."""

from pathlib import Path

import pyarrow.parquet as pq

from amanah.demo.corridor.corridor import Corridor


def write(corridor: Corridor, out: Path) -> None:
    """Write the tables of ``corridor`` into the folder ``out``, which is made if it is missing.

    ``ours`` are the origin's placements, ``theirs`` the destination's, as each holds them in its own register at the
    end of the last month: so ``ours`` has what never leaves (national identity numbers, machine readable lines), and
    ``theirs``, where nobody gets to know it, has none. ``truth`` says which belong together; ``faults`` which records
    of the four tables break the contract, at which field and with which code. A stream not agreed has no tables.
    ``abroad`` is what citizens told their own foreign ministry, in the same columns: a witness for `amanah reconcile`.
    """
    out.mkdir(parents=True, exist_ok=True)
    registers = {
        "ours": (corridor.origin, "placement"),
        "theirs": (corridor.destination, "placement"),
        "complaints_ours": (corridor.origin, "complaint"),
        "complaints_theirs": (corridor.destination, "complaint"),
    }
    tables = {name: corridor.current(*which) for name, which in registers.items() if which in corridor.entries}
    tables |= {"truth": corridor.truth, "faults": corridor.standing_faults, "abroad": corridor.all_abroad()}
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")
