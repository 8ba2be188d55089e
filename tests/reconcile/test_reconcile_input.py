"""Records come in as Parquet or CSV; what cannot be used is refused by name, without a personal value in the text."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amanah.reconcile import ReconcileError, read_table, reconcile
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

SECRET = "SECRET77"
PLACEMENT = arrow_schema(STREAMS["placement"])


def csv_file(tmp_path, text):
    path = tmp_path / "ours.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_cells_become_the_contracts_types(tmp_path):
    path = csv_file(
        tmp_path,
        "\ufeffrecord_ref,birth_date,wage_amount,previous_passport_nos,previous_passport_expiries,name_latin,first_known\n"
        'IDN-P-1,1990-03-04,1500.5,A1; A2,2024-01-31; 2019-05-02,"AMINAH, SITI",2026-08\n'
        "IDN-P-2,,,,,,\n",
    )
    table = read_table(path, stream="placement")
    assert table.schema.names == [*PLACEMENT.names, "first_known"]
    full, empty = table.to_pylist()
    assert full["birth_date"] == dt.date(1990, 3, 4)
    assert full["wage_amount"] == Decimal("1500.50")
    assert full["previous_passport_nos"] == ["A1", "A2"]
    assert full["previous_passport_expiries"] == [dt.date(2024, 1, 31), dt.date(2019, 5, 2)]
    assert full["name_latin"] == "AMINAH, SITI"
    assert full["visa_no"] is None
    assert {name for name, value in empty.items() if value is not None} == {"record_ref"}


def test_parquet_keeps_its_values_and_gains_the_absent_columns(tmp_path):
    pq.write_table(
        pa.table({"birth_date": [dt.date(1990, 3, 4)], "record_ref": ["IDN-P-1"]}), tmp_path / "ours.parquet"
    )
    table = read_table(tmp_path / "ours.parquet", stream="placement")
    assert table.schema == PLACEMENT
    assert table["birth_date"].to_pylist() == [dt.date(1990, 3, 4)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"record_ref,nik\nIDN-P-1,{SECRET}\n", "no column nik"),
        (f"name_latin\n{SECRET}\n", "record_ref is missing"),
        (f"record_ref,visa_no,visa_no\nIDN-P-1,{SECRET},V\n", "visa_no stands more than once"),
        (f"record_ref,name_latin\nIDN-P-1,A\n,{SECRET}\n", "record_ref: record 2 "),
        (f"record_ref,birth_date\nIDN-P-1,\nIDN-P-2,{SECRET}\n", "birth_date: record 2 .* is not a date"),
        ("record_ref,previous_passport_expiries\nIDN-P-1,2019-05-02;1977\n", "expiries: record 1 .* is not dates"),
        ("record_ref,birth_date\nIDN-P-1,1977-02-30\n", "birth_date: record 1 "),
        ("record_ref,wage_amount\nIDN-P-1,1977.1234\n", "wage_amount: record 1 .* is not an amount"),
        ("record_ref,first_known\nIDN-P-1,1977-13\n", "first_known: record 1 .* is not a month"),
        (f"record_ref,name_latin\nIDN-P-1,A,{SECRET}\n", "row 2 has not 2 cells"),
        ("", "record_ref is missing|not readable"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_without_quoting_it(tmp_path, text, says):
    with pytest.raises(ReconcileError, match=says) as refused:
        read_table(csv_file(tmp_path, text), stream="placement")
    assert SECRET not in str(refused.value)
    assert "1977" not in str(refused.value)
    assert "ours.csv" in str(refused.value)


def test_a_parquet_column_of_another_type_is_refused(tmp_path):
    pq.write_table(pa.table({"record_ref": ["IDN-P-1"], "wage_amount": [1977.123]}), tmp_path / "ours.parquet")
    with pytest.raises(ReconcileError, match="column wage_amount is double") as refused:
        read_table(tmp_path / "ours.parquet", stream="placement")
    assert "1977" not in str(refused.value)


@pytest.mark.parametrize("name", ["ours.xlsx", "absent.csv"])
def test_a_file_that_is_not_there_or_of_another_kind(tmp_path, name):
    (tmp_path / "ours.xlsx").touch()
    with pytest.raises(ReconcileError, match=name):
        read_table(tmp_path / name, stream="placement")


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ({"record_ref": ["IDN-P-1", "IDN-P-1"]}, "ours, placement: record_ref repeated 1 time"),
        ({"record_ref": ["IDN-P-1", None]}, "ours, placement: 1 record.s. without record_ref"),
        ({"record_ref": ["IDN-P-1"], "birth_date": [SECRET]}, "column birth_date is VARCHAR, expected DATE"),
        ({"record_ref": ["IDN-P-1"], "first_known": [dt.date(2026, 9, 1)]}, "column first_known is DATE"),
    ],
)
def test_tables_that_cannot_be_reconciled(agreement, ours, says):
    with pytest.raises(ReconcileError, match=says) as refused:
        reconcile(pa.table(ours), PLACEMENT.empty_table(), stream="placement", agreement=agreement, us="IDN")
    assert SECRET not in str(refused.value)


def test_calls_that_cannot_be_answered(agreement):
    empty = PLACEMENT.empty_table()
    with pytest.raises(ReconcileError, match="period"):
        reconcile(empty, empty, stream="placement", agreement=agreement, us="IDN", period="September")
    with pytest.raises(ReconcileError, match="give them as parents"):
        reconcile(empty, empty, stream="complaint", agreement=agreement, us="IDN")
    with pytest.raises(ValueError, match="MYS"):
        reconcile(empty, empty, stream="placement", agreement=agreement, us="MYS")


def test_two_empty_sides_agree(agreement):
    empty = PLACEMENT.empty_table()
    outcome = reconcile(empty, empty, stream="placement", agreement=agreement, us="IDN", period="2026-09")
    assert outcome.links.num_rows == outcome.discrepancies.num_rows == 0
