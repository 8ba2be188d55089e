"""pandas: an outer merge, then column against column. The work is that of ``bare_diff.py``."""

import json
import sys

import pandas as pd
import pyarrow.parquet as pq
from fields import FIELDS


def read(path: str) -> pd.DataFrame:
    """The columns that are compared; amounts as floating numbers, dates as times."""
    table = pq.read_table(path, columns=["record_ref", "contract_no", *FIELDS])
    at = table.schema.get_field_index("wage_amount")
    return table.set_column(at, "wage_amount", table["wage_amount"].cast("float64")).to_pandas(date_as_object=False)


def main() -> None:
    """Merge, compare, count, write."""
    ours, theirs, out = sys.argv[1:]
    merged = read(ours).merge(
        read(theirs), on="contract_no", how="outer", suffixes=("_ours", "_theirs"), indicator=True
    )
    both = merged[merged["_merge"] == "both"]
    differs = pd.DataFrame(index=both.index)
    for field in FIELDS:
        one, other = both[f"{field}_ours"], both[f"{field}_theirs"]
        apart = (one - other).abs() > 0.01 if field == "wage_amount" else one != other
        differs[field] = apart & ~(one.isna() & other.isna()) | (one.isna() != other.isna())
    differing = both[differs.any(axis=1)]
    pd.concat([differing, merged[merged["_merge"] != "both"]]).to_parquet(out)
    sides = merged["_merge"].value_counts()
    fields = {field: int(differs[field].sum()) for field in FIELDS}
    counts = {"only_ours": int(sides["left_only"]), "only_theirs": int(sides["right_only"])}
    print(json.dumps({**counts, "differing": len(differing), "fields": fields}))


main()
