"""Verbs on files: anyone can make a corridor and reconcile two tables, without a node or a service."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import Amanah

TABLES = ["abroad", "complaints_ours", "complaints_theirs", "faults", "ours", "theirs", "truth"]


def test_a_corridor_is_the_same_for_the_same_seed(amanah: Amanah, tmp_path: Path) -> None:
    for out, seed in (("one", "3"), ("two", "3"), ("three", "4")):
        amanah("generate", "--records", "30", "--seed", seed, "--out", str(tmp_path / out))

    def tables(out: str) -> list[pa.Table]:
        return [pq.read_table(tmp_path / out / f"{name}.parquet") for name in TABLES]

    assert tables("one") == tables("two")
    assert tables("one") != tables("three")


def test_a_corridor_without_complaints_is_made_without_them(amanah: Amanah, tmp_path: Path) -> None:
    clauses = yaml.safe_load((Path(__file__).parents[1] / "corridors" / "ken-jor.yaml").read_text(encoding="utf-8"))
    del clauses["streams"]["complaint"]
    agreement = tmp_path / "ken-jor.yaml"
    agreement.write_text(yaml.safe_dump(clauses, allow_unicode=True, sort_keys=False), encoding="utf-8")

    said = amanah("generate", "--records", "30", "--agreement", str(agreement), "--out", str(tmp_path / "out"))

    assert said.status == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"ours", "theirs", "truth", "faults", "abroad"}


def test_two_files_are_linked_and_compared(amanah: Amanah, corridor_files: Path, tmp_path: Path) -> None:
    files = [str(corridor_files / f"{side}.parquet") for side in ("ours", "theirs")]

    said = amanah("reconcile", *files, "--period", "2026-09", "--out", str(tmp_path / "out"), "--json")

    summary = json.loads(said.output)
    links = pq.read_table(tmp_path / "out" / "links.parquet")
    discrepancies = pq.read_table(tmp_path / "out" / "discrepancies.parquet")
    assert said.status == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == summary
    assert summary["linked"] == links.num_rows > 0
    counted = sum(count for by_severity in summary["discrepancies"].values() for count in by_severity.values())
    assert counted == discrepancies.num_rows > 0


def test_a_witness_is_heard_and_changes_nothing_of_what_was_found(
    amanah: Amanah, corridor_files: Path, tmp_path: Path
) -> None:
    files = [str(corridor_files / f"{name}.parquet") for name in ("ours", "theirs")]
    witness = f"peduli_wni={corridor_files / 'abroad.parquet'}"

    without = amanah("reconcile", *files, "--out", str(tmp_path / "without"), "--json")
    said = amanah("reconcile", *files, "--witness", witness, "--out", str(tmp_path / "with"), "--json")

    assert said.status == 0
    for name in ("links.parquet", "discrepancies.parquet"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()
    summary = json.loads(said.output)
    heard = summary.pop("witnesses")["peduli_wni"]
    assert summary == json.loads(without.output)
    assert json.loads((tmp_path / "with" / "summary.json").read_text())["witnesses"]["peduli_wni"] == heard
    testimony = pq.read_table(tmp_path / "with" / "testimony.parquet")
    assert testimony.num_rows == sum(count for says in heard["says"].values() for count in says.values()) > 0
    assert pq.read_table(tmp_path / "with" / "witnessed.parquet").num_rows == heard["in_neither"]


def test_a_run_without_a_witness_leaves_no_testimony_of_an_earlier_one(
    amanah: Amanah, corridor_files: Path, tmp_path: Path
) -> None:
    files = [str(corridor_files / f"{name}.parquet") for name in ("ours", "theirs")]
    witness = f"peduli_wni={corridor_files / 'abroad.parquet'}"
    amanah("reconcile", *files, "--witness", witness, "--out", str(tmp_path / "out"))

    amanah("reconcile", *files, "--out", str(tmp_path / "out"))

    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "links.parquet",
        "discrepancies.parquet",
        "summary.json",
    }


def test_a_witness_may_be_a_csv_file_with_some_of_the_columns(
    amanah: Amanah, corridor_files: Path, tmp_path: Path
) -> None:
    files = [str(corridor_files / f"{name}.parquet") for name in ("ours", "theirs")]
    (tmp_path / "embassy.csv").write_text("record_ref,passport_no\nIDN-P-KBR-1,X0000000\n", encoding="utf-8")
    witness = f"embassy={tmp_path / 'embassy.csv'}"

    said = amanah("reconcile", *files, "--witness", witness, "--out", str(tmp_path / "out"), "--json")

    assert said.status == 0
    assert json.loads(said.output)["witnesses"]["embassy"]["in_neither"] == 1
    assert "X0000000" not in said.output


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--witness", "abroad.parquet"], "expected NAME=FILE"),
        (["--witness", "Peduli WNI=abroad.parquet"], "expected NAME=FILE"),
        (["--witness", "peduli=nowhere.parquet"], "there is no such file"),
        (["--witness", "peduli=abroad.parquet", "--witness", "peduli=ours.parquet"], "each name may stand once"),
        (["--witness", "peduli=abroad.parquet", "--stream", "complaint"], "complaint records are not linked"),
    ],
)
def test_a_witness_that_cannot_be_heard_is_a_wrong_call(
    amanah: Amanah, corridor_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], says: str
) -> None:
    monkeypatch.chdir(corridor_files)

    said = amanah("reconcile", "ours.parquet", "theirs.parquet", *given, "--out", str(tmp_path / "out"))

    assert said.status == 2
    assert says in said.error
    assert not (tmp_path / "out").exists()


def test_of_one_file_each_record_gets_a_cluster(amanah: Amanah, tmp_path: Path) -> None:
    people = "id,name,born\nb,Anna Petrowa,1980-03-05\na,Anna Petrova,1980-03-05\nc,Bo Li,1975-12-01\n"
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    spec = "ref: id\nroles: {name: person_name, born: birth_date}\n"
    (tmp_path / "people.yaml").write_text(spec, encoding="utf-8")
    out = tmp_path / "out"

    said = amanah(
        "link", str(tmp_path / "people.csv"), "--spec", str(tmp_path / "people.yaml"), "--out", str(out), "--json"
    )

    assert said.status == 0
    assert json.loads(said.output)["records"] == 3
    assert json.loads(said.output)["clusters"] == 2
    assert pq.read_table(out / "clusters.parquet").to_pydict() == {"ref": ["a", "b", "c"], "cluster": ["a", "a", "c"]}
    assert pq.read_table(out / "links.parquet", columns=["ours_ref", "theirs_ref"]).to_pylist() == [
        {"ours_ref": "a", "theirs_ref": "b"}
    ]


def test_csv_files_give_what_parquet_files_give(amanah: Amanah, corridor_files: Path, tmp_path: Path) -> None:
    for side in ("ours", "theirs"):
        table = pq.read_table(corridor_files / f"{side}.parquet")
        lists = [field.name for field in table.schema if pa.types.is_list(field.type)]
        table = table.drop_columns(lists)
        pq.write_table(table, tmp_path / f"{side}.parquet")
        pyarrow.csv.write_csv(table, tmp_path / f"{side}.csv")

    for kind in ("parquet", "csv"):
        files = [str(tmp_path / f"{side}.{kind}") for side in ("ours", "theirs")]
        assert amanah("reconcile", *files, "--out", str(tmp_path / kind)).status == 0

    assert pq.read_table(tmp_path / "csv" / "links.parquet") == pq.read_table(tmp_path / "parquet" / "links.parquet")


def test_complaints_are_reconciled_with_the_links_of_their_placements(
    amanah: Amanah, corridor_files: Path, tmp_path: Path
) -> None:
    placements = [str(corridor_files / f"{side}.parquet") for side in ("ours", "theirs")]
    complaints = [str(corridor_files / f"complaints_{side}.parquet") for side in ("ours", "theirs")]
    amanah("reconcile", *placements, "--out", str(tmp_path / "placements"))
    links = str(tmp_path / "placements" / "links.parquet")

    said = amanah(
        "reconcile", *complaints, "--stream", "complaint", "--links", links, "--out", str(tmp_path / "complaints")
    )

    assert said.status == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ours.csv", "passport_no\nB1234567\n", "record_ref"),
        ("ours.csv", "record_ref,shoe_size\nIDN-P-1,43\n", "no column shoe_size"),
        ("ours.txt", "record_ref\nIDN-P-1\n", "expected a .parquet or .csv file"),
    ],
)
def test_a_table_that_is_not_the_contracts_is_status_1_and_says_why(
    amanah: Amanah, corridor_files: Path, tmp_path: Path, name: str, content: str, says: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")

    theirs = str(corridor_files / "theirs.parquet")
    said = amanah("reconcile", str(tmp_path / name), theirs, "--out", str(tmp_path / "out"))

    assert said.status == 1
    assert says in said.error
    assert "B1234567" not in said.error


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--us", "XXX", "known are IDN, SAU"),
        ("--stream", "remittance", "known are placement, complaint"),
        ("--period", "2026-13", "expected a month such as 2026-07"),
        ("--links", "nowhere.parquet", "does not exist"),
    ],
)
def test_a_wrong_option_is_status_2_and_says_what_would_be_right(
    amanah: Amanah, corridor_files: Path, tmp_path: Path, option: str, value: str, says: str
) -> None:
    files = [str(corridor_files / f"{side}.parquet") for side in ("ours", "theirs")]

    said = amanah("reconcile", *files, "--out", str(tmp_path / "out"), option, value)

    assert said.status == 2
    assert says in said.error
