"""DuckDB's plain full outer join over nine fields: what no comparison of two files can be far below.

Every diff in this folder does the same work in an environment of its own, ``python PEER.py OURS THEIRS OUT``: read both
Parquet files, match on the contract number, compare nine fields, write the rows that differ, print the counts.
"""

import json
import sys

import duckdb
from fields import FIELDS


def main() -> None:
    """Join, keep what differs, count, write."""
    ours, theirs, out = sys.argv[1:]
    differs = {field: f"o.{field} IS DISTINCT FROM t.{field}" for field in FIELDS}
    differs["wage_amount"] = (
        "abs(o.wage_amount - t.wage_amount) > 0.01 OR (o.wage_amount IS NULL) <> (t.wage_amount IS NULL)"
    )
    both = ", ".join(f"o.{field} AS {field}_ours, t.{field} AS {field}_theirs" for field in FIELDS)
    marks = ", ".join(f"({how}) AS {field}_differs" for field, how in differs.items())
    db = duckdb.connect()
    db.execute(
        f"CREATE TABLE differing AS SELECT o.record_ref AS ours_ref, t.record_ref AS theirs_ref, {both}, {marks}\n"
        f"FROM read_parquet('{ours}') o FULL JOIN read_parquet('{theirs}') t USING (contract_no)\n"
        f"WHERE o.record_ref IS NULL OR t.record_ref IS NULL OR {' OR '.join(f'({how})' for how in differs.values())}"
    )
    db.execute(f"COPY differing TO '{out}' (FORMAT parquet)")
    found = "ours_ref IS NOT NULL AND theirs_ref IS NOT NULL"
    counts = ", ".join(f"count(*) FILTER ({found} AND {field}_differs)" for field in FIELDS)
    row = db.execute(
        "SELECT count(*) FILTER (theirs_ref IS NULL), count(*) FILTER (ours_ref IS NULL),\n"
        f"  count(*) FILTER ({found}), {counts} FROM differing"
    ).fetchall()[0]
    fields = dict(zip(FIELDS, row[3:], strict=True))
    print(json.dumps({"only_ours": row[0], "only_theirs": row[1], "differing": row[2], "fields": fields}))


main()
