"""``amanah validate``: anyone can check a file against the contract, and sees what to correct."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from command_line import Amanah

from schemas.streams import STREAMS
from schemas.texts import to_text


def refused(out: Path) -> set[tuple[str, str, str]]:
    """(record ref, field, code) of everything in quarantine."""
    findings = pq.read_table(out / "quarantine.parquet").to_pylist()
    return {(finding["record_ref"], finding["field"], finding["code"]) for finding in findings}


def as_csv(parquet: Path, csv: Path) -> None:
    """The same records as CSV."""
    table = pq.read_table(parquet)
    texts = [pyarrow.array([to_text(value) or None for value in column.to_pylist()]) for column in table.columns]
    pyarrow.csv.write_csv(pyarrow.table(texts, table.column_names), csv)


@pytest.fixture
def generated(amanah: Amanah, tmp_path: Path) -> Path:
    assert amanah("generate", "--records", "1500", "--out", str(tmp_path / "generated")).status == 0
    return tmp_path / "generated"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "party", "stream"),
    [
        ("ours", "IDN", "placement"),
        ("theirs", "SAU", "placement"),
        ("complaints_ours", "IDN", "complaint"),
        ("complaints_theirs", "SAU", "complaint"),
    ],
)
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_exactly_the_planted_faults_are_quarantined(
    amanah: Amanah, generated: Path, tmp_path: Path, file: str, party: str, stream: str, kind: str
) -> None:
    path = generated / f"{file}.{kind}"
    if kind == "csv":
        as_csv(generated / f"{file}.parquet", path)
    faults = [
        (fault["record_ref"], fault["field"], fault["code"])
        for fault in pq.read_table(generated / "faults.parquet").to_pylist()
        if (fault["party"], fault["stream"]) == (party, stream)
    ]
    refs = set(pq.read_table(generated / f"{file}.parquet")["record_ref"].to_pylist())
    assert faults or file == "complaints_ours"

    said = amanah("validate", str(path), "--stream", stream, "--out", str(tmp_path / "out"), "--json")

    counts = json.loads(said.output)
    accepted = set(pq.read_table(tmp_path / "out" / "accepted.parquet")["record_ref"].to_pylist())
    assert refused(tmp_path / "out") == set(faults)
    assert accepted == refs - {ref for ref, _, _ in faults}
    assert (counts["read"], counts["quarantined"]) == (len(refs), len({ref for ref, _, _ in faults}))
    assert said.status == (1 if faults else 0)


def test_the_counts_are_shown_and_nothing_written_without_a_folder(amanah: Amanah, tmp_path: Path) -> None:
    file = tmp_path / "placements.csv"
    file.write_text("record_ref,stage,sex\nIDN-P-1,arrived,F\nIDN-P-2,arrived,W\nIDN-P-3,arrived,V\n")

    said = amanah("validate", str(file), "--stream", "placement")

    assert said.status == 1
    assert said.output.splitlines() == [
        *("stream: placement", "read: 3", "accepted: 1", "quarantined: 2"),
        *("reasons", "  sex unknown_code: 2", "warnings"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["placements.csv"]


def test_what_was_accepted_can_be_validated_again(amanah: Amanah, tmp_path: Path) -> None:
    file = tmp_path / "complaints.csv"
    file.write_text("record_ref,kind,received_on,stage\nIDN-C-1,wages_unpaid,2026-07-08,received\n")
    out = tmp_path / "out"

    assert amanah("validate", str(file), "--stream", "complaint", "--out", str(out)).status == 0
    again = amanah("validate", str(out / "accepted.parquet"), "--stream", "complaint", "--out", str(tmp_path / "again"))

    assert again.status == 0
    assert pq.read_schema(tmp_path / "again" / "accepted.parquet").names == list(STREAMS["complaint"].fields)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["nowhere.csv", "--stream", "placement"], 2, "does not exist"),
        (["{file}"], 2, "--stream"),
        (["{file}", "--stream", "remittance"], 2, "known are placement, complaint"),
        (["{file}", "--stream", "placement", "--agreement", "nowhere.yaml"], 2, "does not exist"),
        (["{file}", "--stream", "complaint"], 1, "no column of the contract is called visa_no"),
    ],
)
def test_a_wrong_call_and_a_wrong_file_are_told_apart(
    amanah: Amanah, tmp_path: Path, arguments: list[str], status: int, says: str
) -> None:
    file = tmp_path / "placements.csv"
    file.write_text("record_ref,stage,visa_no\nIDN-P-1,arrived,QZ9990001\n")

    said = amanah("validate", *(argument.replace("{file}", str(file)) for argument in arguments))

    assert said.status == status
    assert says in said.error
    assert "QZ9990001" not in said.error


@pytest.mark.parametrize("called", ["accepted.parquet", "quarantine.parquet", "warnings.parquet"])
def test_the_file_that_is_validated_is_never_one_that_is_replaced(amanah: Amanah, tmp_path: Path, called: str) -> None:
    pq.write_table(pyarrow.table({"record_ref": ["IDN-P-1"], "stage": ["arrived"]}), tmp_path / called)
    before = (tmp_path / called).read_bytes()

    said = amanah("validate", str(tmp_path / called), "--stream", "placement", "--out", str(tmp_path))

    assert said.status == 2
    assert "name another folder" in " ".join(said.error.replace("│", "").split())
    assert [path.name for path in tmp_path.iterdir()] == [called]
    assert (tmp_path / called).read_bytes() == before


def test_a_folder_that_cannot_be_written_into_is_a_wrong_call(amanah: Amanah, tmp_path: Path) -> None:
    file = tmp_path / "placements.csv"
    file.write_text("record_ref,stage\nIDN-P-1,arrived\n")

    said = amanah("validate", str(file), "--stream", "placement", "--out", str(file / "out"))

    assert said.status == 2
    assert "cannot write into" in said.error


@pytest.mark.slow
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    file = tmp_path / "placements.csv"
    lines = (f"IDN-P-{number},arrived,NAME {number}" for number in range(20_000))
    file.write_text("\n".join(["record_ref,stage,name_latin", *lines]))
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "from amanah.cli.main import main; main()"
    )
    arguments = ["validate", str(file), "--stream", "placement", "--out", str(tmp_path / "out")]

    said = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)

    assert said.returncode == 1
    assert f"amanah: cannot write into {tmp_path / 'out'}: File too large; make room and validate again" in said.stderr
    assert not list((tmp_path / "out").iterdir())
