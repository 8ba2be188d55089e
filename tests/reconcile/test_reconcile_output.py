"""What comes out: three files, a summary fit for a log, ids that both nodes share and that last."""

import hashlib
import json
import re

import pyarrow.parquet as pq

from amanah.reconcile import write

OURS = """
    record_ref | contract_no | passport_no | name_latin  | wage_amount | wage_currency | stage
    IDN-P-1    | KK-1        | C1111111    | SITI AMINAH | 1500        | SAR           | arrived
    IDN-P-2    | KK-2        | C2222222    | DEWI        |             |               | arrived
"""
THEIRS = """
    record_ref | contract_no | passport_no | name_latin  | wage_amount | wage_currency | stage
    SAU-P-9    | KK-1        | C1111111    | SITI RAHAYU | 1200        | SAR           | died
"""


def test_the_three_files_hold_the_outcome(corridor, tmp_path):
    outcome = corridor.placements(OURS, THEIRS)
    write(outcome, tmp_path / "new" / "out")
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == [
        "discrepancies.parquet",
        "links.parquet",
        "summary.json",
    ]
    assert pq.read_table(tmp_path / "new" / "out" / "links.parquet").equals(outcome.links)
    assert pq.read_table(tmp_path / "new" / "out" / "discrepancies.parquet").equals(outcome.discrepancies)
    assert json.loads((tmp_path / "new" / "out" / "summary.json").read_text(encoding="utf-8")) == outcome.summary


def test_the_summary_counts_and_tells_nothing_about_anybody(corridor):
    summary = corridor.placements(OURS, THEIRS).summary
    assert summary["records"] == {"ours": 2, "theirs": 1}
    assert summary["linked"] == 1
    assert summary["alone"] == {"ours": 1, "theirs": 0}
    assert summary["discrepancies"] == {
        "field": {"high": 1, "low": 1},
        "missing_there": {"medium": 1},
        "stage": {"medium": 1},
    }
    for personal in ("SITI", "C1111111", "1200", "IDN-P"):
        assert personal not in json.dumps(summary)


def test_an_id_stays_while_the_values_change(corridor):
    def wage_case(wage):
        found = corridor.placements(OURS, THEIRS.replace("1200", wage)).discrepancies.to_pylist()
        return next(row["id"] for row in found if row["field"] == "wage_amount")

    assert re.fullmatch("[0-9a-f]{16}", wage_case("1200"))
    assert wage_case("1200") == wage_case("1100")


def test_an_id_is_a_hash_of_what_it_is_about_so_that_anyone_can_work_it_out(corridor):
    """Nodes may run different versions of the software: this recipe may change only with the protocol."""

    def recipe(*about):
        return hashlib.sha256("\x1f".join(about).encode()).hexdigest()[:16]

    found = {row["field"]: row["id"] for row in corridor.placements(OURS, THEIRS).discrepancies.to_pylist()}
    assert found == {
        None: recipe("idn-sau", "placement", "missing", "IDN:IDN-P-2", "SAU:", ""),
        "name_latin": recipe("idn-sau", "placement", "field", "IDN:IDN-P-1", "SAU:SAU-P-9", "name_latin"),
        "wage_amount": recipe("idn-sau", "placement", "field", "IDN:IDN-P-1", "SAU:SAU-P-9", "wage_amount"),
        "stage": recipe("idn-sau", "placement", "stage", "IDN:IDN-P-1", "SAU:SAU-P-9", "stage"),
    }
