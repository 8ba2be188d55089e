"""datacompy on Polars or on pandas (the last argument says which). The work is that of ``bare_diff.py``."""

import json
import sys

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from datacompy import PandasCompare, PolarsCompare
from fields import FIELDS


def read(path: str) -> pa.Table:
    """The columns that are compared; amounts as floating numbers."""
    table = pq.read_table(path, columns=["contract_no", *FIELDS])
    at = table.schema.get_field_index("wage_amount")
    return table.set_column(at, "wage_amount", table["wage_amount"].cast("float64"))


def main() -> None:
    """Compare, count, write."""
    ours, theirs, out, engine = sys.argv[1:]
    names = {"df1_name": "ours", "df2_name": "theirs"}
    if engine == "polars":
        frames = [pl.read_parquet(path, columns=["contract_no", *FIELDS]) for path in (ours, theirs)]
        found = PolarsCompare(*frames, join_columns="contract_no", abs_tol={"wage_amount": 0.01}, **names)
        differing = found.all_mismatch()
        differing.write_parquet(out)
    else:
        frames = [read(path).to_pandas(date_as_object=False) for path in (ours, theirs)]
        found = PandasCompare(*frames, join_columns="contract_no", abs_tol={"wage_amount": 0.01}, **names)
        differing = found.all_mismatch()
        differing.to_parquet(out)
    unequal = {each["column"]: int(each["unequal_cnt"]) for each in found.column_stats}
    counts = {"only_ours": len(found.df1_unq_rows), "only_theirs": len(found.df2_unq_rows)}
    print(json.dumps({**counts, "differing": len(differing), "fields": {field: unequal[field] for field in FIELDS}}))


main()
